"""`musegnn neighbours`: nearest neighbours of a gene, exact, in the embedding space."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from musegnn import keys
from musegnn.embeddings import EmbeddingSet, nearest_neighbours, read_embedding_set
from musegnn.embeddings.co_expression import co_expression_evidence, read_context_graph
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.validation import check_choice


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("neighbours", help="list the nearest neighbours of a gene")
    parser.add_argument("embedding", type=Path, metavar="EMBEDDING.h5ad")
    parser.add_argument("gene", metavar="GENE", help="symbol, Ensembl id or ortholog")
    parser.add_argument("--dataset", help="context to search in (default: all that have the gene)")
    parser.add_argument("-k", type=int, default=20, help="number of neighbours (default: 20)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the neighbours."""
    embedding = read_embedding_set(options.embedding)
    rows = find_rows(embedding, options.gene, options.dataset)
    results = [_result(embedding, row, options.k) for row in rows]
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2, allow_nan=False) + "\n")
        return 0
    for result in results:
        sys.stdout.write(f"{result['gene']} in {result['dataset']}\n")
        table = pd.DataFrame(result["neighbours"])
        for column, digits in (("cosine", 3), ("percentile", 1), ("statistic", 2)):
            table[column] = table[column].map(
                lambda value, digits=digits: "" if pd.isna(value) else f"{value:.{digits}f}"
            )
        sys.stdout.write(table.to_string(index=False) + "\n\n")
    return 0


def find_rows(embedding: EmbeddingSet, gene: str, dataset: str | None) -> list[int]:
    """Return the rows of a gene, in one context or in all that have it.

    Raises
    ------
    InputError
        If the gene or the context is not there; the nearest names are listed.
    """
    if dataset is not None:
        check_choice(dataset, [str(name) for name in embedding.datasets.index], name="dataset")
    search = GeneSearch(embedding)
    match = search.find(gene)
    if match.status != "found":
        raise InputError(match.message, f"Searched in {embedding.name}.")
    rows = [int(row) for row in search.rows(match.gene)]
    if dataset is None:
        return rows
    datasets = embedding.genes[keys.DATASET].astype(str)
    kept = [row for row in rows if datasets.iloc[row] == dataset]
    if not kept:
        elsewhere = ", ".join(sorted({datasets.iloc[row] for row in rows}))
        msg = f"Expected {match.gene} in {dataset}, found it only in {elsewhere}."
        raise InputError(msg, "It is not among the variable genes there: choose another dataset.")
    return kept


def _result(embedding: EmbeddingSet, row: int, k: int) -> dict:
    """Neighbours of one gene in its context, with co-expression evidence."""
    gene = str(embedding.genes[keys.GENE].iloc[row])
    dataset = str(embedding.genes[keys.DATASET].iloc[row])
    table = nearest_neighbours(embedding, row, k=k)
    names = embedding.genes[keys.GENE].iloc[table["row"]].astype(str).tolist()
    table = table.drop(columns="row")
    table.insert(0, "gene", names)
    graph = read_context_graph(embedding, dataset)
    if graph is None:
        table["co_expression"], table["statistic"] = "no graph at hand", float("nan")
    else:
        evidence = co_expression_evidence(graph, gene, names)
        table["co_expression"] = evidence["evidence"]
        table["statistic"] = evidence["statistic"]
    records = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    return {"gene": gene, "dataset": dataset, "neighbours": records}
