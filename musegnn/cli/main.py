"""Command line: the same functions as the dashboard."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from musegnn import __version__
from musegnn.cli import (
    access,
    app,
    baseline,
    benchmark,
    causal,
    compare,
    enrich,
    fuse,
    graph,
    knowledge,
    lineage,
    modules,
    molecules,
    neighbours,
    orthologs,
    place,
    runs,
    signature,
    submit,
    surprising,
    targets,
    train,
)
from musegnn.errors import MuseGNNError

COMMANDS = (
    graph,
    train,
    place,
    lineage,
    fuse,
    submit,
    runs,
    neighbours,
    surprising,
    compare,
    enrich,
    modules,
    causal,
    targets,
    signature,
    molecules,
    knowledge,
    orthologs,
    baseline,
    benchmark,
    app,
    access,
)
USAGE_ERROR = 2
INTERRUPTED = 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="musegnn", description="Gene embeddings from co-expression graphs of many tissues."
    )
    parser.add_argument("--version", action="version", version=f"musegnn {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.register(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    Exit code: 0 on success, 2 when the input cannot be used or some of many datasets failed, 130
    when interrupted.
    """
    options = build_parser().parse_args(arguments)
    try:
        return options.run(options)
    except MuseGNNError as error:
        sys.stderr.write(f"musegnn {options.command}: {error}\n")
        return USAGE_ERROR
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: no result was written\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
