"""`musegnn orthologs`: which share of the genes of a cluster has its ortholog in the cluster."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from pathlib import Path

import pandas as pd

from musegnn import keys
from musegnn.analysis.orthologs.ortholog_proportion import (
    DEFINITION,
    SIGNIFICANT,
    OrthologProportion,
    ortholog_proportion,
)
from musegnn.embeddings import read_embedding_set
from musegnn.io.atomic import replacing
from musegnn.io.spreadsheet import table_text

_PRINTED = {  # column -> decimal places; None for counts and names
    "cluster": None,
    "first_genes": None,
    "second_genes": None,
    "comparable": None,
    "with_ortholog": None,
    "proportion": 3,
    "expected": 3,
    "fold": 2,
    "one_to_one_comparable": None,
    "one_to_one_proportion": 3,
}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("orthologs", help="orthologs of two species in the same cluster")
    parser.add_argument("embedding", type=Path, metavar="RESULT", help="folder or embedding.h5ad")
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
    embedding = read_embedding_set(options.embedding)
    result = ortholog_proportion(embedding, species=(first, second))
    if options.json:
        sys.stdout.write(json.dumps(_as_json(result), indent=2, allow_nan=False) + "\n")
        return 0
    if options.tsv is not None:
        with replacing(options.tsv) as path:
            path.write_text(table_text(result.named(), separator="\t"), encoding="utf-8")
        sys.stdout.write(f"wrote {len(result.clusters)} clusters to {options.tsv}\n")
    else:
        sys.stdout.write(_as_text(result))
    sys.stdout.write(f"{_sum(result)}\n{textwrap.fill(DEFINITION, 100)}\n")
    return 0


def _as_text(result: OrthologProportion) -> str:
    """Table for reading."""
    if result.clusters.empty:
        return ""
    shown = pd.DataFrame()
    for column, digits in _PRINTED.items():
        values = result.clusters[column]
        shown[column] = (
            values
            if digits is None
            else values.map(lambda v, d=digits: "" if pd.isna(v) else f"{v:.{d}f}")
        )
    shown.insert(
        list(shown.columns).index("fold") + 1, "q", result.clusters["q"].map("{:.2g}".format)
    )
    names = {"first_genes": f"{result.first}_genes", "second_genes": f"{result.second}_genes"}
    return shown.rename(columns=names).to_string(index=False) + "\n\n"


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


def _as_json(result: OrthologProportion) -> dict:
    """Numbers with their definition; null where a number does not exist."""
    table = result.named()
    records = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    return {
        "species": [result.first, result.second],
        "definition": DEFINITION,
        "n_clusters": result.n_clusters,
        "n_clusters_with_both": len(result.clusters),
        "comparable": result.comparable,
        "with_ortholog": result.with_ortholog,
        "proportion": result.proportion,
        "expected": result.expected / result.comparable,
        "fold": None if pd.isna(result.fold) else result.fold,
        "clusters": records,
    }
