"""`musegnn baseline`: gene graphs to an embedding by something simpler than training."""

from __future__ import annotations

import argparse
from pathlib import Path

from musegnn.progress import console_progress
from musegnn.runs.presets import parse_settings
from musegnn.validation import check_choice


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("baseline", help="embed gene graphs by a simple rival or control")
    parser.add_argument(
        "method", metavar="METHOD", help="such as procrustes_pca; an unknown name lists all of them"
    )
    parser.add_argument("--graphs", type=Path, nargs="+", required=True, metavar="GRAPH.h5ad")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN_DIR")
    parser.add_argument("--width", type=int, default=32, help="numbers in a vector (default: 32)")
    parser.add_argument("--seed", type=int, default=0, help="seed of every draw (default: 0)")
    parser.add_argument("--epochs", type=int, help="rounds of training (default: the method's)")
    parser.add_argument("--name", help="name shown in the dashboard (default: name of RUN_DIR)")
    parser.add_argument(
        "--hold-out",
        type=int,
        metavar="SEED",
        help="hide a tenth of the edges and a fifth of the names, for `musegnn benchmark`",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Fit and write the result folder."""
    # libraries that compute take seconds to import: only this command pays for them
    from musegnn.baselines.registry import BASELINES  # noqa: PLC0415
    from musegnn.worker.here import open_here, perform_here  # noqa: PLC0415

    check_choice(options.method, tuple(BASELINES), name="baseline")
    given = {name: getattr(options, name) for name in ("width", "seed", "epochs")}
    settings = parse_settings({"method": "baseline", "baseline": options.method, **given})
    asked = {"device": "cpu", "name": options.name, "hold_out": options.hold_out}
    progress = console_progress()
    try:
        config, graphs = open_here(options.output, settings, options.graphs, **asked)
        perform_here(options.output, config, graphs, console=progress)
    finally:
        progress.finish()  # an error starts on a line of its own
    return 0
