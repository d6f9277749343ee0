"""`musegnn orthologs`: which share of the genes of a cluster has its ortholog in the cluster."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from musegnn import keys
from musegnn.analysis.orthologs.ortholog_proportion import (
    DEFINITION,
    SIGNIFICANT,
    OrthologProportion,
    ortholog_proportion,
)
from musegnn.cli.answer import SET_HELP, filled, laid_out, respond, tell
from musegnn.embeddings.embedding_set import read_embedding_set

_LAYOUTS = {
    "cluster": None,
    "first_genes": None,
    "second_genes": None,
    "comparable": None,
    "with_ortholog": None,
    "proportion": "{:.3f}",
    "expected": "{:.3f}",
    "fold": "{:.2f}",
    "q": "{:.2g}",
    "one_to_one_comparable": None,
    "one_to_one_proportion": "{:.3f}",
}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("orthologs", help="orthologs of two species in the same cluster")
    parser.add_argument("embedding", type=Path, metavar="RESULT", help=SET_HELP)
    parser.add_argument(
        "--species",
        nargs=2,
        default=["human", "mouse"],
        metavar="NAME",
        help=f"two of {', '.join(keys.SPECIES)} (default: human mouse)",
    )
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--json", action="store_true", help="print JSON instead of a table")
    answer.add_argument("--tsv", type=Path, metavar="OUT", help="write all columns to a file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print or write the table."""
    first, second = options.species
    result = ortholog_proportion(
        read_embedding_set(options.embedding, tell=tell), species=(first, second)
    )
    return respond(
        text=lambda: _as_text(result),
        document=lambda: _as_document(result),
        as_json=options.json,
        table=result.named(),
        file=options.tsv,
        separator="\t",
        unit="clusters",
        below=(_sum(result), filled(DEFINITION)),
    )


def _as_text(result: OrthologProportion) -> str:
    """Table for reading."""
    if result.clusters.empty:
        return ""
    names = {"first_genes": f"{result.first}_genes", "second_genes": f"{result.second}_genes"}
    shown = result.clusters[[*_LAYOUTS]]
    return laid_out(shown.rename(columns=names), _LAYOUTS) + "\n"


def _sum(result: OrthologProportion) -> str:
    """Say what all clusters together give."""
    fold = "" if pd.isna(result.fold) else f" (fold {result.fold:.2f})"
    expected = result.expected / result.comparable
    return (
        f"All {result.n_clusters} clusters: {result.with_ortholog} of {result.comparable} "
        f"comparable genes, proportion {result.proportion:.3f}, expected {expected:.3f}{fold}. "
        f"{len(result.clusters)} clusters hold both species, {result.n_beyond_chance} of them "
        f"beyond chance (q < {SIGNIFICANT})."
    )


def _as_document(result: OrthologProportion) -> dict[str, Any]:
    """Numbers with their definition."""
    return {
        "species": [result.first, result.second],
        "definition": DEFINITION,
        "n_clusters": result.n_clusters,
        "n_clusters_with_both": len(result.clusters),
        "comparable": result.comparable,
        "with_ortholog": result.with_ortholog,
        "proportion": result.proportion,
        "expected": result.expected / result.comparable,
        "fold": result.fold,
        "clusters": result.named(),
    }
