"""`musegnn surprising`: pairs of a context that stand out in the data and not in knowledge."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from musegnn.analysis.annotated_atlas import read_atlas
from musegnn.analysis.known.surprise import DEFINITION, SIGNIFICANT, Company, company_of, stand_out
from musegnn.cli.answer import SET_HELP, filled, laid_out, respond, tell
from musegnn.cli.neighbours import find_rows
from musegnn.validation import check_positive

_LAYOUTS = {"cosine": "{:.3f}", "p": "{:.2g}", "q": "{:.2g}", "knowledge_percentile": "{:.1f}"}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "surprising", help="list pairs that stand out in a context and not in what is known"
    )
    parser.add_argument("embedding", type=Path, metavar="ATLAS", help=SET_HELP)
    parser.add_argument("dataset", metavar="CONTEXT", help="context whose pairs are looked at")
    parser.add_argument("--gene", metavar="GENE", help="list the pairs of this gene alone")
    parser.add_argument("-n", type=int, default=20, help="pairs to print (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffles (default: 0)")
    parser.add_argument(
        "--csv", metavar="FILE", type=Path, help="write all pairs into a CSV file (-: print it)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the pairs."""
    check_positive(options.n, name="n")
    atlas = read_atlas(options.embedding, tell=tell)
    standing = stand_out(atlas.known, options.dataset, seed=options.seed)
    row = None
    if options.gene:
        (row,) = find_rows(atlas, options.gene, options.dataset)
    found = company_of(atlas.known, standing, row)
    table = found.table.drop(columns=["row", "other_row"])
    document: dict[str, Any] = {
        "dataset": options.dataset,
        "gene": options.gene,
        "seed": options.seed,
        "pairs": found.n_pairs,
        "significant": found.n_significant,
        "told_by_knowledge": found.n_asked,
        "known": found.n_known,
        "surprising": found.n_surprising,
        "company": table,
    }
    shown = laid_out(table.head(options.n), _LAYOUTS) + "\n" if len(table) else ""
    return respond(
        text=lambda: f"{_summary(found, options.dataset)}\n{shown}",
        document=lambda: document,
        as_json=options.json,
        table=table,
        file=options.csv,
        unit="pairs",
        below=[filled(DEFINITION)],
    )


def _summary(found: Company, dataset: str) -> str:
    """What was found, in one line."""
    kinds = found.table["kind"].value_counts()
    rest = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items()) or "none left"
    return (
        f"{dataset}: {found.n_significant:,} of {found.n_pairs:,} pairs stand out in the data "
        f"(q < {SIGNIFICANT}); knowledge tells of {found.n_asked:,} of them, {found.n_known:,} "
        f"are known. The others: {rest}."
    )
