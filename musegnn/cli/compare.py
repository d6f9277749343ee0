"""`musegnn compare`: which genes keep their neighbourhood from one context to another."""

from __future__ import annotations

import argparse
import dataclasses
import math
from pathlib import Path
from typing import Any

from musegnn import keys
from musegnn.analysis.choices import MEASURES
from musegnn.analysis.comparison.context_alignment import DEFINITION as ALIGNMENT_DEFINITION
from musegnn.analysis.comparison.context_alignment import Alignment, align_contexts
from musegnn.analysis.comparison.neighbourhood_change import (
    DEFINITION,
    SIGNIFICANT,
    ChangeSettings,
    NeighbourhoodChange,
    neighbourhood_change,
)
from musegnn.analysis.comparison.shared_edges import pairs_sharing_cells
from musegnn.analysis.comparison.tissue_change import DEFINITION as TISSUE_DEFINITION
from musegnn.analysis.comparison.tissue_change import tissue_change, tissue_sentences
from musegnn.cli.answer import SET_HELP, filled, laid_out, respond, tell
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.errors import InputError

_USUAL = ChangeSettings()
_LAYOUTS = {
    "gene": None,
    "call": None,
    "effect": "{:.2f}",
    "effect_low": "{:.2f}",
    "effect_high": "{:.2f}",
    "expected": "{:.1f}",
    "change": "{:.3f}",
    "jaccard": "{:.3f}",
    "rbo": "{:.3f}",
    "n_kept": "{:d}",
    "q_kept": "{:.2g}",
    "nearness": "{:.2f}",
    "q_differs": "{:.2g}",
    "q_changed": "{:.2g}",
    "first_nearest": None,
    "second_nearest": None,
}

_TISSUE_LAYOUTS = {
    "gene": None,
    "call": None,
    "effect": "{:.2f}",
    "effect_low": "{:.2f}",
    "effect_high": "{:.2f}",
    "within_first": "{:.2f}",
    "within_second": "{:.2f}",
    "across": "{:.2f}",
    "n_first": "{:d}",
    "n_second": "{:d}",
    "p": "{:.2g}",
    "q": "{:.2g}",
}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "compare", help="list the genes whose neighbourhood changes between two contexts"
    )
    parser.add_argument("embedding", type=Path, metavar="RESULT", help=SET_HELP)
    parser.add_argument("first", nargs="?", metavar="A", help="name of a context")
    parser.add_argument("second", nargs="?", metavar="B", help="name of another one")
    parser.add_argument(
        "--tissues",
        nargs=2,
        metavar=("A", "B"),
        help="two tissues in place of two contexts: their contexts are replicates",
    )
    parser.add_argument(
        "-k", "--k", type=int, default=_USUAL.k, help="neighbours of a gene (default: %(default)s)"
    )
    parser.add_argument(
        "--metric",
        choices=MEASURES,
        default=_USUAL.measure,
        help="overlap that change and the test of what is kept go by (default: %(default)s)",
    )
    parser.add_argument(
        "--persistence",
        type=float,
        default=_USUAL.persistence,
        help="of the rank-biased overlap, above 0 and below 1 (default: %(default)s)",
    )
    parser.add_argument(
        "--permutations",
        type=int,
        default=_USUAL.permutations,
        help="shuffles for the null of the rank-biased overlap (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=_USUAL.seed, help="default: %(default)s")
    parser.add_argument("--top", type=int, default=20, help="genes to print (default: %(default)s)")
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--json", action="store_true", help="print all genes as JSON")
    answer.add_argument("--csv", type=Path, metavar="OUT", help="write all genes to a file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print or write the comparison."""
    if (options.tissues is None) == (options.second is None) or (
        options.tissues is not None and options.first is not None
    ):
        msg = "Expected the names of two contexts, or `--tissues` with those of two tissues."
        raise InputError(msg, "For example `musegnn compare RESULT --tissues blood liver`.")
    if options.tissues is not None:
        return _compare_tissues(options)
    settings = ChangeSettings(
        k=options.k,
        measure=options.metric,
        persistence=options.persistence,
        permutations=options.permutations,
        seed=options.seed,
    )
    embedding = read_embedding_set(options.embedding, tell=tell)
    names = [str(name) for name in embedding.datasets.index]
    first, second = (
        read_context_graph(embedding, name) if name in names else None
        for name in (options.first, options.second)
    )
    change = neighbourhood_change(
        embedding, options.first, options.second, settings, graphs=(first, second)
    )
    alignment = align_contexts(embedding, change.common, seed=settings.seed)
    return respond(
        text=lambda: laid_out(change.table[[*_LAYOUTS]].head(options.top), _LAYOUTS) + "\n",
        document=lambda: _as_document(change, alignment),
        as_json=options.json,
        table=change.table,
        file=options.csv,
        unit="genes",
        below=(*_sum(change, alignment), "", filled(DEFINITION)),
    )


def _compare_tissues(options: argparse.Namespace) -> int:
    """Print or write how two tissues differ."""
    embedding = read_embedding_set(options.embedding, tell=tell)
    first, second = options.tissues
    is_theirs = embedding.datasets[keys.TISSUE].astype(str).isin(options.tissues)
    graphs = [read_context_graph(embedding, str(n)) for n in embedding.datasets.index[is_theirs]]
    change = tissue_change(
        embedding,
        first,
        second,
        k=options.k,
        permutations=options.permutations,
        seed=options.seed,
        share_cells=pairs_sharing_cells(graphs),
    )
    lines = tissue_sentences(change)
    return respond(
        text=lambda: (
            laid_out(change.table.head(options.top), _TISSUE_LAYOUTS) + "\n"
            if len(change.table)
            else ""
        ),
        document=lambda: {
            "first": first,
            "second": second,
            "first_contexts": change.first_contexts,
            "second_contexts": change.second_contexts,
            "settings": change.settings,
            "definition": TISSUE_DEFINITION,
            "n_ways": change.n_ways,
            "n_differing": change.n_differing,
            "overall": _number(change.overall),
            "overall_p": _number(change.overall_p),
            "not_tested_because": change.note or None,
            "confounded_with": change.confounded or None,
            "genes": change.table,
        },
        as_json=options.json,
        table=change.table,
        file=options.csv,
        unit="genes",
        below=(*lines, "", filled(TISSUE_DEFINITION)),
    )


def _number(value: float) -> float | None:
    """A number, or None for one that does not exist."""
    return None if math.isnan(value) else value


def _sum(change: NeighbourhoodChange, alignment: Alignment) -> list[str]:
    """Say what all genes together give."""
    common, table = change.common, change.table
    tested = (
        f"{change.n_changed} changed more than between two datasets of one tissue"
        if change.n_changed is not None
        else f"change could not be tested: {change.null.note}"
    )
    held_out = (
        "" if math.isnan(alignment.held_out) else f", {alignment.held_out:.3f} on held-out genes"
    )
    return [
        f"{len(common)} common genes of {common.n_first} in {common.first} and {common.n_second} "
        f"in {common.second}; {common.n_not_one_to_one} ortholog groups left out.",
        f"Mean Jaccard {table['jaccard'].mean():.3f} (by chance {change.jaccard_by_chance:.3f}), "
        f"mean RBO {table['rbo'].mean():.3f} (by chance {change.rbo_by_chance:.3f}).",
        (
            f"{change.n_differing} of {change.n_told} genes that are measured firmly enough in "
            f"both have other neighbours than sampling explains (q < {SIGNIFICANT})."
            if not change.not_called
            else f"No gene can be called changed, since {change.not_called}."
        ),
        f"{change.n_kept} genes keep more than by chance (q < {SIGNIFICANT}); {tested}.",
        f"Residual {alignment.before:.3f} before the alignment, {alignment.after:.3f} after, "
        f"{alignment.by_chance:.3f} with shuffled names (p = {alignment.p:.2g}){held_out}.",
    ]


def _as_document(change: NeighbourhoodChange, alignment: Alignment) -> dict[str, Any]:
    """Numbers with their definition; a number of the alignment that does not exist is left out."""
    common, null = change.common, change.null
    fitted = {
        name: value
        for name, value in dataclasses.asdict(alignment).items()
        if name != "rotation" and not (isinstance(value, float) and math.isnan(value))
    }
    return {
        "left": common.first,
        "right": common.second,
        "settings": dataclasses.asdict(change.settings),
        "definition": DEFINITION,
        "n_common": len(common),
        "n_left": common.n_first,
        "n_right": common.n_second,
        "n_not_one_to_one": common.n_not_one_to_one,
        "jaccard_by_chance": change.jaccard_by_chance,
        "rbo_by_chance": change.rbo_by_chance,
        "n_kept": change.n_kept,
        "n_changed": change.n_changed,
        "n_told": change.n_told,
        "n_differing": change.n_differing,
        "not_called_because": change.not_called or None,
        "tested_against": null.pairs,
        "not_tested_because": null.note or None,
        "alignment": {**fitted, "definition": ALIGNMENT_DEFINITION},
        "genes": change.table,
    }
