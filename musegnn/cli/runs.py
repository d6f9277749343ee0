"""`musegnn runs`: look at background runs, stop them, take them up, move them."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from musegnn import runs
from musegnn.runs.record import RunRecord
from musegnn.settings import Settings

HEADER = ("run", "state", "epoch", "best", "left", "device", "name")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("runs", help="list, show, stop, resume, move background runs")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _add(actions, "list", "all runs, newest first", list_all, run_id=False)
    listing.add_argument("--state", choices=runs.STATES, help="only those in this state")
    listing.add_argument("--deleted", action="store_true", help="what lies in the trash")
    _add(actions, "show", "all that is known of a run", show)
    log = _add(actions, "log", "the last lines of its log", print_log)
    log.add_argument("--lines", type=int, default=50)
    cancel = _add(
        actions, "cancel", "stop it: checkpoint, then end; by force after 10 s", cancel_run
    )
    cancel.add_argument("--wait", action="store_true", help="return when it has stopped")
    resume = _add(actions, "resume", "take it up from its last checkpoint", resume_run)
    resume.add_argument("--executor", choices=("local", "slurm"))
    _add(actions, "duplicate", "start another with the same settings", duplicate_run)
    rename = _add(actions, "rename", "give it another name", rename_run)
    rename.add_argument("name")
    _add(actions, "delete", "move it to the trash", delete_run)
    _add(actions, "undelete", "take it out of the trash", undelete_run)
    export = _add(actions, "export", "write it as one zip file", export_run)
    export.add_argument("-o", "--output", type=Path, default=Path(), metavar="FILE.zip")
    export.add_argument("--no-checkpoint", action="store_true", help="smaller; not to be resumed")
    importing = _add(actions, "import", "take a run out of a zip file", import_run, run_id=False)
    importing.add_argument("file", type=Path, metavar="FILE.zip")


def add_root(parser: argparse.ArgumentParser) -> None:
    """Add the options that all commands about runs have."""
    parser.add_argument(
        "--runs",
        type=Path,
        dest="root",
        metavar="FOLDER",
        help="folder of all runs (default: MUSEGNN_RUNS, or musegnn/runs in the user's data)",
    )
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def _add(
    actions: argparse._SubParsersAction, name: str, text: str, act: Any, *, run_id: bool = True
) -> argparse.ArgumentParser:
    """Add one action."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text)
    if run_id:
        parser.add_argument("run_id", metavar="RUN")
    add_root(parser)
    parser.set_defaults(run=act)
    return parser


def describe(record: RunRecord) -> dict[str, Any]:
    """Return a record as plain values for JSON."""
    values = {key: value for key, value in vars(record).items() if key not in {"config", "mark"}}
    values |= {"folder": str(record.folder), "progress": record.progress, "method": record.method}
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in sorted(values.items())
    }


def list_all(options: argparse.Namespace) -> int:
    """Print all runs, or those in the trash."""
    root = _root(options)
    if options.deleted:
        deleted = runs.list_deleted(root)
        if options.json:
            rows = [{**vars(run), "deleted": run.deleted.isoformat()} for run in deleted]
            print(json.dumps(rows))
        else:
            print(_table([(run.run_id, run.name) for run in deleted], ("run", "name")))
        return 0
    runs.tend(root)
    records = [r for r in runs.list_runs(root) if options.state in (None, r.state)]
    if options.json:
        print(json.dumps([describe(record) for record in records]))
    elif records:
        print(_table([_row(record) for record in records], HEADER))
    else:
        print(f"No runs in {root}. Start one with `musegnn submit`.")
    return 0


def show(options: argparse.Namespace) -> int:
    """Print all that is known of a run."""
    record = _find(options)
    values = describe(record)
    if record.config is not None:
        values["config"] = record.config.model_dump(mode="json")
    if options.json:
        print(json.dumps(values))
        return 0
    config = values.pop("config", {})
    for key, value in values.items():
        if value not in (None, "", 0):
            print(f"{key}: {value}")
    for key, value in config.get("settings", {}).items():
        print(f"settings.{key}: {value}")
    for graph in config.get("graphs", []):
        print(f"graph: {graph['name']} ({graph['n_genes']} genes)")
    return 0


def print_log(options: argparse.Namespace) -> int:
    """Print the end of a log."""
    record = _find(options)
    text = runs.read_log_tail(record.folder, lines=max(options.lines, 1))
    print(json.dumps({"run_id": record.run_id, "log": text}) if options.json else text)
    return 0


def cancel_run(options: argparse.Namespace) -> int:
    """Stop a run."""
    root = _root(options)
    record = runs.cancel(root, options.run_id)
    if options.wait:
        record = runs.wait_until_over(root, options.run_id)
    return _answer(options, record)


def resume_run(options: argparse.Namespace) -> int:
    """Take a run up."""
    return _answer(options, runs.resume(_root(options), options.run_id, executor=options.executor))


def duplicate_run(options: argparse.Namespace) -> int:
    """Start another run like it."""
    return _answer(options, runs.duplicate(_root(options), options.run_id))


def rename_run(options: argparse.Namespace) -> int:
    """Give a run another name."""
    return _answer(options, runs.rename(_root(options), options.run_id, options.name))


def delete_run(options: argparse.Namespace) -> int:
    """Move a run to the trash."""
    runs.delete(_root(options), options.run_id)
    _say(options, {"run_id": options.run_id, "state": "deleted"})
    return 0


def undelete_run(options: argparse.Namespace) -> int:
    """Take a run out of the trash."""
    return _answer(options, runs.undelete(_root(options), options.run_id))


def export_run(options: argparse.Namespace) -> int:
    """Write a run as a zip file."""
    path = runs.export_run(
        _root(options),
        options.run_id,
        options.output,
        with_checkpoint=not options.no_checkpoint,
    )
    print(json.dumps({"run_id": options.run_id, "file": str(path)}) if options.json else path)
    return 0


def import_run(options: argparse.Namespace) -> int:
    """Take a run out of a zip file."""
    return _answer(options, runs.import_run(_root(options), options.file))


def _root(options: argparse.Namespace) -> Path:
    """Folder of all runs."""
    root = options.root or Settings.from_environment().runs
    return Path(root).absolute()


def _find(options: argparse.Namespace) -> RunRecord:
    """Look a run up."""
    runs.read_record(_root(options), options.run_id)  # says it when there is none
    found = [r for r in runs.list_runs(_root(options)) if r.run_id == options.run_id]
    return found[0]


def _answer(options: argparse.Namespace, record: RunRecord) -> int:
    """Say in which state a run is now."""
    if options.json:
        print(json.dumps(describe(record)))
    else:
        _say(options, {"run_id": record.run_id, "state": record.state})
    return 0


def _say(options: argparse.Namespace, values: dict[str, str]) -> None:
    """Print two values."""
    print(json.dumps(values) if options.json else " ".join(values.values()))


def _row(record: RunRecord) -> tuple[str, ...]:
    """Cells of a run in the list."""
    left = "" if record.seconds_left is None else f"{record.seconds_left:.0f} s"
    place = f" ({record.queue_place}.)" if record.queue_place else ""
    best = "" if record.best is None else f"{record.best_name} {record.best:.3g}"
    return (
        record.run_id,
        f"{record.state}{place}",
        f"{record.epoch}/{record.epochs}" if record.epochs else f"{record.step}/{record.steps}",
        best,
        left,
        record.device,
        record.name,
    )


def _table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> str:
    """Lay rows out in columns."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    )
    return "\n".join(lines)
