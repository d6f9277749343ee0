"""`musegnn train`: gene graphs to an embedding."""

from __future__ import annotations

import argparse
from pathlib import Path

from musegnn.progress import console_progress


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("train", help="train a joint embedding on gene graphs")
    parser.add_argument("graphs", type=Path, nargs="+", metavar="GRAPH.h5ad")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN_DIR")
    parser.add_argument("--preset", default="default", metavar="NAME", help="default or paper")
    parser.add_argument("--epochs", type=int, help="rounds over all graphs (default: the preset's)")
    parser.add_argument("--seed", type=int, help="seed of weights and draws (default: 0)")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument(
        "--kernel",
        metavar="NAME",
        help="auto, dgl (sparse) or dense; auto decides by density and device",
    )
    parser.add_argument("--name", help="name shown in the dashboard (default: name of RUN_DIR)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train and write the result folder."""
    # torch takes seconds to import: only this command pays for it
    from musegnn.training.config import training_preset  # noqa: PLC0415
    from musegnn.worker import run_training  # noqa: PLC0415

    config = training_preset(
        options.preset, epochs=options.epochs, seed=options.seed, kernel=options.kernel
    )
    progress = console_progress()
    try:
        run_training(
            options.graphs,
            options.output,
            config,
            device=options.device,
            name=options.name,
            progress=progress,
        )
    finally:
        progress.finish()  # an error starts on a line of its own
    return 0
