"""`musegnn submit`: ask for background runs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from musegnn import runs
from musegnn.cli.answer import print_json, print_text
from musegnn.cli.runs import add_root, describe
from musegnn.launchers.batch_job import read_parameters


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "submit", help="train in the background: the run goes on when this terminal is closed"
    )
    parser.add_argument(
        "config",
        type=Path,
        nargs="?",
        metavar="CONFIG.yaml",
        help="a request (graphs, preset or settings, seeds), or settings as in experiments/*.yaml, "
        f"whose `method` is the kind of run: {', '.join(sorted(runs.list_kinds()))}",
    )
    parser.add_argument(
        "--graphs", type=Path, metavar="FOLDER", help="graph files, or an atlas whose graphs to use"
    )
    for name, values in (("species", "species"), ("tissue", "tissues"), ("modality", "modalities")):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            dest=values,
            help=f"only graphs of this {name}",
        )
    parser.add_argument("--preset", metavar="NAME", help="default or paper, see experiments/")
    parser.add_argument("--name", help="name for people")
    parser.add_argument("--epochs", type=int, help="in place of those of the settings")
    parser.add_argument("--seed", type=int, action="append", dest="seeds", help="one run for each")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--threads", type=int, help="of a run on the CPU")
    parser.add_argument("--live-map-every", type=int, metavar="EPOCHS", help="0 makes no live map")
    parser.add_argument("--hold-out", type=int, metavar="SEED", help="hide edges for a benchmark")
    parser.add_argument("--executor", choices=("local", "slurm"), default="local")
    parser.add_argument(
        "--slurm",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="parameter for sbatch, such as partition=gpu",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="check it and tell time and memory, start nothing"
    )
    add_root(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Submit, or tell what it would take."""
    request = _read(options)
    root = runs.runs_root(options.root)
    if options.dry_run:
        forecast = runs.estimate(request, root=root, known=runs.list_runs(root))
        values: Any = vars(forecast)
        text = _tell(forecast)
    else:
        records = runs.submit(request, executor=options.executor, root=root)
        values = [describe(record) for record in records]
        text = "\n".join(record.run_id for record in records)
    if options.json:
        print_json(values, indent=None)
    else:
        print_text(text)
    return 0


def _read(options: argparse.Namespace) -> runs.RunRequest:
    """Make a request of the file and the options."""
    names = ("preset", "name", "epochs", "seeds", "device", "threads", "live_map_every", "hold_out")
    given = {name: getattr(options, name) for name in names}
    given["slurm"] = read_parameters(options.slurm) or None
    if options.graphs is not None:
        filters = {name: getattr(options, name) for name in ("species", "tissues", "modalities")}
        given["graphs"] = runs.choose_graphs(runs.list_graphs(options.graphs), **filters)
    if options.config is not None:
        return runs.read_request(options.config, **given)
    return runs.make_request(**{key: value for key, value in given.items() if value is not None})


def _tell(forecast: runs.Estimate) -> str:
    """Estimate in three lines."""
    lines = [
        f"{forecast.n_runs} run(s) of {forecast.n_datasets} datasets, {forecast.n_genes} genes in "
        f"context, {forecast.epochs} epochs"
    ]
    if forecast.seconds is not None:
        minutes, shortest, longest = (
            f"{(seconds or 0) / 60:.3g}"
            for seconds in (forecast.seconds, forecast.shortest, forecast.longest)
        )
        disk = "" if forecast.disk_mib is None else f", {forecast.disk_mib:.0f} MiB on the disk"
        lines.append(
            f"about {minutes} min each ({shortest} to {longest}), {forecast.memory_mib:.0f} MiB of "
            f"memory{disk}"
        )
    return "\n".join([*lines, forecast.source, *forecast.warnings])
