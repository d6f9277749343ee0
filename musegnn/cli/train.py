"""`musegnn train`: gene graphs to an embedding."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from musegnn.errors import InputError
from musegnn.launchers.team import is_member, run_team
from musegnn.progress import console_progress
from musegnn.runs.kind import find_kind
from musegnn.runs.presets import change_settings, preset_settings, read_settings
from musegnn.runs.request import parse_seeds


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("train", help="train a joint embedding on gene graphs")
    parser.add_argument("graphs", type=Path, nargs="+", metavar="GRAPH.h5ad")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN_DIR")
    parser.add_argument(
        "--preset", metavar="NAME", help="default or paper, see experiments/ (default: default)"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE.yaml", help="settings of your own instead of a preset"
    )
    parser.add_argument("--epochs", type=int, help="rounds over all graphs (default: the preset's)")
    parser.add_argument("--seed", type=int, help="seed of weights and draws (default: 0)")
    parser.add_argument(
        "--seeds",
        metavar="SEEDS",
        help="one run for each seed, such as 0-9, in RUN_DIR/seed_0 and so on",
    )
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument(
        "--kernel",
        metavar="NAME",
        help="published method: auto, dgl (sparse) or dense; auto decides by density and device",
    )
    parser.add_argument(
        "--precision",
        metavar="FORMAT",
        help="number format of matrix products, float32 or bfloat16 (default: the preset's)",
    )
    parser.add_argument("--name", help="name shown in the dashboard (default: name of RUN_DIR)")
    parser.add_argument(
        "--resume", action="store_true", help="take up a run that was stopped, from its checkpoint"
    )
    parser.add_argument(
        "--hold-out",
        type=int,
        metavar="SEED",
        help="hide a tenth of the edges and a fifth of the names, for `musegnn benchmark`",
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="train in N processes of this machine, each with its share of the graphs (default: 1)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train and write the result folder, or one for each seed."""
    if options.processes != 1 and not is_member():
        if options.seeds is not None:
            msg = "Expected either `--seeds` or `--processes`, found both."
            raise InputError(msg, "Run the seeds one after the other, or side by side.")
        return run_team(sys.argv[1:], options.processes)
    if options.config is not None and options.preset is not None:
        msg = "Expected either `--preset` or `--config`, found both."
        raise InputError(msg, "Leave one of them out.")
    changes = {name: getattr(options, name) for name in ("epochs", "seed", "kernel", "precision")}
    preset = "" if options.config is not None else options.preset or "default"
    settings = (
        preset_settings(preset, **changes) if preset else read_settings(options.config, **changes)
    )
    kind = find_kind(settings.kind)
    if not (kind.trains and kind.reads_graphs):
        msg = f"Expected settings of a training on gene graphs, found those of {kind.title!r}."
        raise InputError(msg, "Choose the preset default or paper, or start from a copy of one.")
    # torch takes seconds to import: only this command pays for it
    from musegnn.worker.train import train_here  # noqa: PLC0415

    progress = console_progress()
    for seed, folder in _runs(options, settings.seed):
        try:
            train_here(
                folder,
                change_settings(settings, seed=seed),
                options.graphs,
                device=options.device,
                is_resumed=options.resume,
                console=progress,
                name=options.name,
                preset=preset,
                hold_out=options.hold_out,
            )
        finally:
            progress.finish()  # an error starts on a line of its own
    return 0


def _runs(options: argparse.Namespace, seed: int) -> list[tuple[int, Path]]:
    """Seeds and the folder of each."""
    if options.seeds is None:
        return [(seed, options.output)]
    if options.seed is not None:
        msg = "Expected either `--seed` or `--seeds`, found both."
        raise InputError(msg, "Leave one of them out.")
    return [(n, options.output / f"seed_{n}") for n in parse_seeds(options.seeds, most=10**6)]
