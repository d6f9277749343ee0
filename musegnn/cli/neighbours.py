"""`musegnn neighbours`: nearest neighbours of a gene, exact, and what speaks for each."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.annotated_atlas import AnnotatedAtlas, read_atlas
from musegnn.analysis.choices import ANY, CELLS, EVIDENCE_FILTERS, SCOPES, STUDIES
from musegnn.analysis.known.known_genes import COLUMNS as KNOWN_COLUMNS
from musegnn.analysis.known.known_genes import DEFINITION, KnownGenes
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest, find_neighbours
from musegnn.cli.answer import SET_HELP, filled, laid_out, respond, tell
from musegnn.cli.genes import add_blocks
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import reliability_columns
from musegnn.embeddings.study_block import COLUMNS, StudyBlock
from musegnn.errors import InputError
from musegnn.validation import check_choice

_SHOWN = (
    *("gene", "cosine", "rank", "percentile", "mutual"),
    *("reliability_word", "co_expression", "statistic", "why"),
)
_LAYOUTS = {
    **dict.fromkeys(("cosine", "cosine_cells", "cosine_studies"), "{:.3f}"),
    "percentile": "{:.1f}",
    "knowledge_percentile": "{:.1f}",
    "statistic": "{:.2f}",
}


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("neighbours", help="list the nearest neighbours of a gene")
    parser.add_argument("embedding", type=Path, metavar="ATLAS", help=SET_HELP)
    parser.add_argument(
        "gene", metavar="GENE", help="symbol, alias, ortholog, Ensembl or Entrez id"
    )
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
    add_blocks(parser)
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
    atlas = read_atlas(options.embedding, options.knowledge, tell=tell)
    evidence = atlas.evidence
    studies = None if options.blocks == CELLS else atlas.studies
    results = [
        _result(
            NeighbourRequest(
                row,
                k=options.k,
                scope=options.scope,
                minimum_cosine=options.minimum_cosine,
                evidence=options.evidence,
                blocks=options.blocks,
                weight=options.weight,
            ),
            atlas.embedding,
            evidence,
            studies,
            atlas.known,
        )
        for row in find_rows(atlas, options.gene, options.dataset)
    ]
    return respond(
        text=lambda: "\n\n".join(map(_as_text, results)) + "\n",
        document=lambda: results,
        as_json=options.json,
        below=[
            f"{kind}: {'; '.join(tables) or 'no table at hand'}"
            for kind, tables in evidence.sources.items()
        ]
        + ([] if studies is None else [filled(studies.studies.statement)])
        + ([filled(DEFINITION)] if any("known" in r["neighbours"] for r in results) else []),
    )


def find_rows(atlas: AnnotatedAtlas, gene: str, dataset: str | None) -> list[int]:
    """Return the rows of a gene, in one context or in all that have it.

    Raises
    ------
    InputError
        If the gene or the context is not there; the nearest names are listed.
    """
    embedding, search = atlas.embedding, atlas.search
    if dataset is not None:
        check_choice(dataset, [str(name) for name in embedding.datasets.index], name="dataset")
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


def _result(
    request: NeighbourRequest,
    embedding: EmbeddingSet,
    evidence: GeneEvidence,
    studies: StudyBlock | None,
    known: KnownGenes,
) -> dict[str, Any]:
    """Neighbours of one gene in its context, with evidence and how often chance gives it."""
    gene = str(embedding.genes[keys.GENE].iloc[request.row])
    dataset = str(embedding.genes[keys.DATASET].iloc[request.row])
    graph = read_context_graph(embedding, dataset)
    answer = find_neighbours(
        request,
        embedding=embedding,
        evidence=evidence,
        graph=graph,
        studies=studies,
        known=known,
    )
    table = answer.neighbours.drop(columns="row").rename(columns={"evidence": "co_expression"})
    firm = reliability_columns(embedding, np.array([request.row]), request.k)
    return {
        "gene": gene,
        "dataset": dataset,
        "reliability": firm["reliability_word"].iloc[0],
        "scope": request.scope,
        "candidates": answer.n_candidates,
        "fitting": answer.n_fitting,
        "neighbours": table[[*_SHOWN, *(column for column in table if column not in _SHOWN)]],
        "background": answer.background,
        "sources": evidence.sources,
        "blocks": request.blocks,
        **({} if studies is None else _facts(studies, request)),
    }


def _facts(studies: StudyBlock, request: NeighbourRequest) -> dict[str, Any]:
    """What of other studies the answer depends on, and whether they know the gene."""
    weight = {} if request.blocks == STUDIES else {"studies_weight": request.weight}
    is_known = bool(studies.knows(request.row))
    return {**studies.studies.facts, **weight, "studies_know_the_gene": is_known}


def _as_text(result: dict[str, Any]) -> str:
    """Tables for reading."""
    title = f"{result['gene']} in {result['dataset']}, reliability: {result['reliability']}"
    table, candidates = result["neighbours"], f"{result['candidates']:,} candidates"
    if table.empty:
        return f"{title}\nno neighbour meets the filters among {candidates}"
    shown = list(_SHOWN)
    if "brought_by" in table:
        shown[2:2] = COLUMNS
    if "known" in table:
        shown[-1:-1] = KNOWN_COLUMNS[:2]
    if result["scope"] != SCOPES[0]:
        shown.insert(1, "context")
    if not result.get("studies_know_the_gene", True):
        title += "\nOther studies know nothing of it: the list is that of your cells."
    below = _against_chance(result["background"], candidates)
    return f"{title}\n{laid_out(table[shown], _LAYOUTS)}{below}"


def _against_chance(background: pd.DataFrame, candidates: str) -> str:
    """How much of the evidence chance explains; without annotation nothing was looked up."""
    if background.empty:
        return ""
    chance = background.to_dict(orient="records")
    nearest = chance[0]["nearest"]
    parts = [
        f"{row['kind']} {row['found']} (expected {row['background'] * nearest:.2g}, "
        f"p {row['p']:.2g})"
        for row in chance
    ]
    return f"\nOf the {nearest} nearest, against {candidates} (hypergeometric): {', '.join(parts)}"
