"""`musegnn lineage`: where the cells of a dataset stand on their way."""

from __future__ import annotations

import argparse
from pathlib import Path

from musegnn.cli.answer import filled, laid_out, print_json, print_text
from musegnn.lineages.cells import VALUES
from musegnn.lineages.result import LineageResult, read_lineage, summary_of
from musegnn.lineages.spaces import SPACES
from musegnn.lineages.words import CLUSTERED, describe_lineage, scores_table
from musegnn.progress import console_progress
from musegnn.runs.kinds.lineage import LineageSettings
from musegnn.runs.presets import parse_settings
from musegnn.settings import Settings

_SHOWN = 15  # genes along the lineage


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "lineage", help="pseudotime, tree and genes along the way of the cells of a dataset"
    )
    parser.add_argument("input", type=Path, metavar="FILE", help="expression, cells by genes")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--vectors",
        default="",
        metavar="SET[:CONTEXT]",
        help="vectors of genes: folder of a run or of its result, or embedding.h5ad, and of one "
        "context (default: $MUSEGNN_ATLAS, else the atlas that ships, mean over its contexts)",
    )
    parser.add_argument(
        "--without",
        metavar="CONTEXT",
        help="context that the mean leaves out (default: the one that is called as FILE)",
    )
    parser.add_argument("--labels", metavar="COLUMN", help="column that says what each cell is")
    parser.add_argument(
        "--label-file", type=Path, metavar="TABLE", help="table of cells and their labels"
    )
    parser.add_argument("--root", metavar="LABEL", help="label of the first cells")
    parser.add_argument("--root-gene", metavar="GENE", help="gene that marks the first cells")
    parser.add_argument("--tree", metavar="'A>B>C, B>D'", help="known tree of labels")
    parser.add_argument("--values", choices=VALUES, help="what the numbers are (default: counts)")
    parser.add_argument("--layer", help="where in the file they are (default: found)")
    parser.add_argument("--space", choices=SPACES, help="where cells lie (default: joint)")
    parser.add_argument("--n-top", type=int, help="genes of the vector of a cell (default: 100)")
    parser.add_argument("--resolution", type=float, help="of the clusters (default: 1)")
    parser.add_argument("--seed", type=int, help="of clusters, map and control (default: 0)")
    parser.add_argument("--title", help="name of the result (default: name of DIR)")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Trace the lineage and say what it shows."""
    # libraries that compute take seconds to import: only this command pays for them
    from musegnn.worker.lineage import trace_here  # noqa: PLC0415

    vectors, context = split_set(options.vectors)
    names = (
        *("labels", "root", "root_gene", "tree", "values", "layer", "space", "n_top"),
        *("resolution", "seed", "without"),
    )
    given = {name: getattr(options, name) for name in names}
    asked = {name: value for name, value in given.items() if value is not None}
    settings = parse_settings({"method": LineageSettings.kind, "context": context, **asked})
    if not isinstance(settings, LineageSettings):  # the method says so
        raise TypeError
    progress = console_progress()
    try:
        trace_here(
            options.output,
            options.input,
            vectors,
            settings,
            labels=options.label_file,
            name=options.title or "",
            console=progress,
        )
    finally:
        progress.finish()  # an error starts on a line of its own
    answer(read_lineage(options.output / "result"), as_json=options.json)
    return 0


def split_set(text: str) -> tuple[Path, str]:
    """Take `SET:CONTEXT` apart; a path that is there is taken whole."""
    if not text:
        return Settings.from_environment().atlas, ""
    if Path(text).exists() or ":" not in text:
        return Path(text), ""
    path, _, context = text.rpartition(":")
    return Path(path), context


def answer(result: LineageResult, *, as_json: bool) -> None:
    """Say what a lineage shows, or print all of it."""
    if as_json:
        print_json(summary_of(result))
        return
    for sentence in (*describe_lineage(result), *result.notes):
        print_text(filled(sentence))
    table = scores_table(result).dropna(axis=1, how="all")
    print_text("", laid_out(table, dict.fromkeys(table.columns[1:], "{:.3f}")))
    if "ari" in table:
        print_text(filled(CLUSTERED))
    print_text("", laid_out(result.programs.head(_SHOWN)))
    tree = ", ".join(f"{first} > {second}" for first, second in result.groups.tree)
    print_text("", filled(f"Tree: {tree}"), f"written: {result.folder}")
