"""`musegnn runs`: look at background runs, stop them, take them up, move them.

Each action returns what it says, as values for JSON and as text; one function prints either.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from musegnn import runs
from musegnn.cli.answer import in_columns, plain, print_json, print_text
from musegnn.runs.record import RunRecord
from musegnn.settings import Settings

Said = tuple[Any, str]  # values for JSON, and text
Action = Callable[[argparse.Namespace, Path], Said]
HEADER = ("run", "state", "epoch", "best", "left", "device", "name")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("runs", help="list, show, stop, resume, move background runs")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _add(actions, "list", "all runs, newest first", list_all, run_id=False)
    listing.add_argument("--state", choices=runs.STATES, help="only those in this state")
    listing.add_argument("--deleted", action="store_true", help="what lies in the trash")
    _add(actions, "show", "all that is known of a run", show)
    log = _add(actions, "log", "the last lines of its log", tell_log)
    log.add_argument("--lines", type=int, default=50)
    cancel = _add(
        actions, "cancel", "stop it: checkpoint, then end; by force after 8 s", cancel_run
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
    actions: argparse._SubParsersAction, name: str, text: str, act: Action, *, run_id: bool = True
) -> argparse.ArgumentParser:
    """Add one action."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text)
    if run_id:
        parser.add_argument("run_id", metavar="RUN")
    add_root(parser)
    parser.set_defaults(run=partial(perform, act))
    return parser


def perform(act: Action, options: argparse.Namespace) -> int:
    """Do one action and print what it says."""
    root = options.root or Settings.from_environment().runs
    values, text = act(options, Path(root).absolute())
    if options.json:
        print_json(values, indent=None)
    else:
        print_text(text)
    return 0


def describe(record: RunRecord) -> dict[str, Any]:
    """Return what is known of a run, by name, for JSON."""
    values = {key: value for key, value in vars(record).items() if key not in {"config", "mark"}}
    values |= {"progress": record.progress, "method": record.method}
    return dict(sorted(values.items()))


def list_all(options: argparse.Namespace, root: Path) -> Said:
    """List all runs, or those in the trash."""
    if options.deleted:
        deleted = runs.list_deleted(root)
        rows = [("run", "name"), *((run.run_id, run.name) for run in deleted)]
        return [vars(run) for run in deleted], "\n".join(in_columns(rows, n_left=2))
    runs.tend(root)
    records = [r for r in runs.list_runs(root) if options.state in (None, r.state)]
    text = "\n".join(in_columns([HEADER, *map(_row, records)], n_left=len(HEADER)))
    nothing = f"No runs in {root}. Start one with `musegnn submit`."
    return [describe(record) for record in records], text if records else nothing


def show(options: argparse.Namespace, root: Path) -> Said:
    """Tell all that is known of a run."""
    record = _find(options, root)
    values = describe(record)
    lines = [f"{key}: {plain(values[key])}" for key in values if values[key] not in (None, "", 0)]
    if record.config is not None:
        config = values["config"] = record.config.model_dump(mode="json")
        lines += [f"settings.{key}: {value}" for key, value in config["settings"].items()]
        lines += [f"graph: {graph.name} ({graph.n_genes} genes)" for graph in record.config.graphs]
    return values, "\n".join(lines)


def tell_log(options: argparse.Namespace, root: Path) -> Said:
    """Tell the end of a log."""
    record = _find(options, root)
    text = runs.read_log_tail(record.folder, lines=max(options.lines, 1))
    return {"run_id": record.run_id, "log": text}, text


def cancel_run(options: argparse.Namespace, root: Path) -> Said:
    """Stop a run."""
    record = runs.cancel(root, options.run_id)
    return _state(runs.wait_until_over(root, options.run_id) if options.wait else record)


def resume_run(options: argparse.Namespace, root: Path) -> Said:
    """Take a run up."""
    return _state(runs.resume(root, options.run_id, executor=options.executor))


def duplicate_run(options: argparse.Namespace, root: Path) -> Said:
    """Start another run like it."""
    return _state(runs.duplicate(root, options.run_id))


def rename_run(options: argparse.Namespace, root: Path) -> Said:
    """Give a run another name."""
    return _state(runs.rename(root, options.run_id, options.name))


def delete_run(options: argparse.Namespace, root: Path) -> Said:
    """Move a run to the trash."""
    runs.delete(root, options.run_id)
    return {"run_id": options.run_id, "state": "deleted"}, f"{options.run_id} deleted"


def undelete_run(options: argparse.Namespace, root: Path) -> Said:
    """Take a run out of the trash."""
    return _state(runs.undelete(root, options.run_id))


def export_run(options: argparse.Namespace, root: Path) -> Said:
    """Write a run as a zip file."""
    path = runs.export_run(
        root, options.run_id, options.output, with_checkpoint=not options.no_checkpoint
    )
    return {"run_id": options.run_id, "file": path}, str(path)


def import_run(options: argparse.Namespace, root: Path) -> Said:
    """Take a run out of a zip file."""
    return _state(runs.import_run(root, options.file))


def _find(options: argparse.Namespace, root: Path) -> RunRecord:
    """Look a run up."""
    runs.read_record(root, options.run_id)  # says it when there is none
    return next(r for r in runs.list_runs(root) if r.run_id == options.run_id)


def _state(record: RunRecord) -> Said:
    """Say in which state a run is now."""
    return describe(record), f"{record.run_id} {record.state}"


def _row(record: RunRecord) -> tuple[str, ...]:
    """Cells of a run in the list."""
    left = "" if record.seconds_left is None else f"{record.seconds_left:.0f} s"
    place = f" ({record.queue_place}.)" if record.queue_place else ""
    best = "" if record.best is None else f"{record.best_name} {record.best:.3g}"
    return (
        record.run_id,
        f"{record.state}{place}",
        f"{record.epoch}/{record.epochs}",
        best,
        left,
        record.device,
        record.name,
    )
