"""`musegnn neighbours`: nearest neighbours of a gene, exact, and what speaks for each."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from musegnn import keys
from musegnn.analysis.choices import ANY, EVIDENCE_FILTERS, SCOPES
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest, find_neighbours
from musegnn.embeddings import EmbeddingSet, read_embedding_set
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import open_store
from musegnn.settings import Settings
from musegnn.validation import check_choice


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("neighbours", help="list the nearest neighbours of a gene")
    parser.add_argument("embedding", type=Path, metavar="EMBEDDING.h5ad")
    parser.add_argument("gene", metavar="GENE", help="symbol, Ensembl id or ortholog")
    parser.add_argument("--dataset", help="context to search in (default: all that have the gene)")
    parser.add_argument("-k", type=int, default=20, help="number of neighbours (default: 20)")
    parser.add_argument(
        "--scope", default=SCOPES[0], help=f"where to search: {', '.join(SCOPES)} (default: first)"
    )
    parser.add_argument(
        "--evidence",
        default=ANY,
        help=f"list only neighbours with it: {', '.join(EVIDENCE_FILTERS)} (default: first)",
    )
    parser.add_argument(
        "--minimum-cosine", type=float, default=-1.0, metavar="C", help="list none below it"
    )
    parser.add_argument(
        "--knowledge",
        type=Path,
        metavar="DIR",
        help="folder of annotation (default: $MUSEGNN_KNOWLEDGE, else the cache of the user)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the neighbours with what speaks for each."""
    embedding = read_embedding_set(options.embedding)
    rows = find_rows(embedding, options.gene, options.dataset)
    requests = [
        NeighbourRequest(
            row,
            k=options.k,
            scope=options.scope,
            minimum_cosine=options.minimum_cosine,
            evidence=options.evidence,
        )
        for row in rows
    ]
    store = open_store(options.knowledge or Settings.from_environment().knowledge)
    index = EvidenceIndex(store) if store is not None else None
    evidence = GeneEvidence(embedding, GeneSearch(embedding).ortholog_groups, index)
    results = [_result(embedding, request, evidence) for request in requests]
    if options.json:
        sys.stdout.write(json.dumps(results, indent=2, allow_nan=False) + "\n")
        return 0
    for result in results:
        sys.stdout.write(_as_text(result))
    for kind, tables in evidence.sources.items():
        sys.stdout.write(f"{kind}: {'; '.join(tables) or 'no table at hand'}\n")
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


def _result(embedding: EmbeddingSet, request: NeighbourRequest, evidence: GeneEvidence) -> dict:
    """Neighbours of one gene in its context, with evidence and how often chance gives it."""
    gene = str(embedding.genes[keys.GENE].iloc[request.row])
    dataset = str(embedding.genes[keys.DATASET].iloc[request.row])
    graph = read_context_graph(embedding, dataset)
    answer = find_neighbours(request, embedding=embedding, evidence=evidence, graph=graph)
    table = answer.neighbours.drop(columns="row").rename(columns={"evidence": "co_expression"})
    shown = ["gene", "cosine", "rank", "percentile", "mutual", "co_expression", "statistic", "why"]
    table = table[[*shown, *(column for column in table if column not in shown)]]
    return {
        "gene": gene,
        "dataset": dataset,
        "scope": request.scope,
        "candidates": answer.n_candidates,
        "fitting": answer.n_fitting,
        "neighbours": _records(table),
        "background": _records(answer.background),
        "sources": {kind: list(tables) for kind, tables in evidence.sources.items()},
    }


def _records(table: pd.DataFrame) -> list[dict]:
    """Rows as JSON holds them: null where a number does not exist."""
    return table.astype(object).where(table.notna(), None).to_dict(orient="records")


def _as_text(result: dict) -> str:
    """Tables for reading."""
    lines = [f"{result['gene']} in {result['dataset']}"]
    table = pd.DataFrame(result["neighbours"])
    if table.empty:
        lines.append(f"no neighbour meets the filters among {result['candidates']:,} candidates")
        return "\n".join(lines) + "\n\n"
    shown = list(table.columns[: table.columns.get_loc("why") + 1])
    if result["scope"] != SCOPES[0]:
        shown.insert(1, "context")
    table = table[shown]
    for column, digits in (("cosine", 3), ("percentile", 1), ("statistic", 2)):
        table[column] = table[column].map(
            lambda value, digits=digits: "" if pd.isna(value) else f"{value:.{digits}f}"
        )
    lines.append(table.to_string(index=False))
    nearest = result["background"][0]["nearest"]
    parts = [
        f"{row['kind']} {row['found']} (expected {row['background'] * nearest:.2g}, "
        f"p {row['p']:.2g})"
        for row in result["background"]
    ]
    lines.append(
        f"Of the {nearest} nearest, against {result['candidates']:,} candidates (hypergeometric): "
        f"{', '.join(parts)}"
    )
    return "\n".join(lines) + "\n\n"
