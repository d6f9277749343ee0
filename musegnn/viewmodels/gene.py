"""Gene: who the neighbours of a gene are in one context, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.embeddings.co_expression import (
    SAME_GENE,
    GraphState,
    co_expression_evidence,
    graph_state,
)
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.validation import check_choice
from musegnn.viewmodels.export import config_hash
from musegnn.viewmodels.gene_contexts import build_contexts
from musegnn.viewmodels.gene_network import build_network

Scope = Literal["this context", "same tissue", "same species", "all contexts"]
SCOPES: Final[tuple[str, ...]] = get_args(Scope)
NETWORK_LIMIT: Final = 24  # labels of more genes would lie on each other
NO_GRAPH: Final = "no graph at hand"


@dataclass(frozen=True)
class GeneRequest:
    """What the user asks of the Gene page.

    Parameters
    ----------
    row
        Row of the gene in context.
    k
        Number of neighbours, 1 or more.
    scope
        Where to search, one of `SCOPES`.
    """

    row: int
    k: int = 20
    scope: str = "this context"


@dataclass(frozen=True)
class GeneView:
    """What the Gene page shows.

    Parameters
    ----------
    symbol, dataset, family
        The gene, its context, and its name across species.
    facts
        Label and value of what is known about the gene here.
    neighbours
        Best first: `row, rank, gene, context, cosine, percentile, mutual, evidence, statistic,
        estimate, significance`.
    contexts
        The same gene elsewhere, see `musegnn.viewmodels.gene_contexts.build_contexts`.
    graph_state
        Whether the co-expression graph of the context is at hand.
    graph_note
        What is missing when it is not, else "".
    nodes, edges
        Network of the gene and its neighbours, see `musegnn.viewmodels.gene_network.build_network`.
    caption, network_caption, contexts_caption
        One line below each table or picture: what, n, data, method.
    n_candidates
        Number of genes in context that were compared.
    """

    symbol: str
    dataset: str
    family: str
    facts: tuple[tuple[str, str], ...]
    neighbours: pd.DataFrame
    contexts: pd.DataFrame
    graph_state: GraphState
    graph_note: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    caption: str
    network_caption: str
    contexts_caption: str
    n_candidates: int


def build(
    request: GeneRequest,
    *,
    embedding: EmbeddingSet,
    search: GeneSearch,
    graph: GeneGraph | None,
) -> GeneView:
    """Collect what the Gene page shows.

    Parameters
    ----------
    request
        What was asked.
    embedding
        The atlas.
    search
        Index over its gene names.
    graph
        Co-expression graph of the context of the row, or None when it is not at hand.

    Raises
    ------
    InputError
        If the row does not exist, the scope is unknown or k is not positive.
    """
    check_choice(request.scope, SCOPES, name="scope")
    n_rows = len(embedding.genes)
    if not 0 <= request.row < n_rows:
        msg = f"Expected a row between 0 and {n_rows - 1}, found {request.row}."
        raise InputError(msg, "Choose the gene again.")
    own = embedding.genes.iloc[request.row]
    symbol, dataset = str(own[keys.GENE]), str(own[keys.DATASET])
    candidates = candidate_rows(embedding, request.row, request.scope)
    neighbours = _neighbours(request, embedding, search, graph, candidates)
    drawn = neighbours.head(NETWORK_LIMIT)
    nodes, edges = build_network(request.row, drawn, embedding=embedding, graph=graph)
    state: GraphState = "available" if graph is not None else graph_state(embedding, dataset)
    n_candidates = int((candidates != request.row).sum())
    return GeneView(
        symbol=symbol,
        dataset=dataset,
        family=str(search.families[request.row]),
        facts=_facts(embedding, own, dataset),
        neighbours=neighbours,
        contexts=build_contexts(request.row, k=request.k, embedding=embedding, search=search),
        graph_state=state,
        graph_note=_graph_note(state, dataset),
        nodes=nodes,
        edges=edges,
        caption=(
            f"The {len(neighbours)} nearest of {n_candidates:,} genes in context to {symbol} in "
            f"{dataset} ({request.scope}), by cosine in the full embedding space, every candidate "
            f"compared; {embedding.name}, configuration {config_hash(embedding)}."
        ),
        network_caption=(
            f"{symbol} and its {len(drawn)} nearest genes, clockwise by rank from the top"
            f"{_hidden(len(neighbours) - len(drawn))}. Solid: co-expressed in {dataset} (CS-CORE "
            "edge). Dotted: neighbour in the embedding only. Distances carry no meaning."
        ),
        contexts_caption=(
            f"{symbol} in every context that has it. Overlap: share of the {request.k} nearest "
            "genes that both contexts agree on, counted over genes both contexts have."
        ),
        n_candidates=n_candidates,
    )


def candidate_rows(embedding: EmbeddingSet, row: int, scope: str) -> np.ndarray:
    """Return the rows that a search from `row` compares, ascending; the row itself included."""
    column = {
        "this context": keys.DATASET,
        "same tissue": keys.TISSUE,
        "same species": keys.SPECIES_COLUMN,
    }.get(scope)
    if column is None:
        return np.arange(len(embedding.genes))
    values = embedding.genes[column].to_numpy()
    return np.flatnonzero(values == values[row])


def _neighbours(
    request: GeneRequest,
    embedding: EmbeddingSet,
    search: GeneSearch,
    graph: GeneGraph | None,
    candidates: np.ndarray,
) -> pd.DataFrame:
    """Neighbours with their names and the evidence of the context of the gene."""
    table = nearest_neighbours(embedding, request.row, k=request.k, candidates=candidates)
    genes = embedding.genes.iloc[table["row"].to_numpy()]
    table["gene"] = genes[keys.GENE].astype(str).to_numpy()
    table["context"] = genes[keys.DATASET].astype(str).to_numpy()
    own = embedding.genes.iloc[request.row]
    here = _symbols_here(embedding, search, str(own[keys.DATASET]))
    is_here = (genes[keys.DATASET] == own[keys.DATASET]).to_numpy()
    families = search.families[table["row"].to_numpy()]
    others = [
        gene if inside else here.get(family, "")
        for gene, inside, family in zip(table["gene"], is_here, families, strict=True)
    ]
    if graph is None:
        table["evidence"], table["statistic"] = NO_GRAPH, np.nan
        table["estimate"], table["significance"] = np.nan, pd.array([pd.NA] * len(table), "Int8")
    else:
        found = co_expression_evidence(graph, str(own[keys.GENE]), others)
        for column in ("evidence", "statistic", "estimate", "significance"):
            table[column] = found[column].to_numpy()
        table["significance"] = found["significance"].array
    is_same = (families == search.families[request.row]) & ~is_here
    table.loc[is_same, "evidence"] = SAME_GENE
    order = ["row", "rank", "gene", "context", "cosine", "percentile", "mutual", "evidence"]
    return table[[*order, "statistic", "estimate", "significance"]]


def _symbols_here(embedding: EmbeddingSet, search: GeneSearch, dataset: str) -> dict[str, str]:
    """Gene family -> symbol in a context; the first symbol where a family has several."""
    rows = embedding.rows_of_dataset(dataset)[::-1]
    symbols = embedding.genes[keys.GENE].to_numpy(dtype=object)
    return {str(search.families[row]): str(symbols[row]) for row in rows}


def _hidden(n: int) -> str:
    """Say how many neighbours the picture leaves out."""
    return f" ({n} more in the table)" if n > 0 else ""


def _facts(embedding: EmbeddingSet, own: pd.Series, dataset: str) -> tuple[tuple[str, str], ...]:
    """What is known about the gene in its context."""
    entry = embedding.datasets.loc[dataset]
    return (
        ("tissue", str(own[keys.TISSUE])),
        ("species", str(own[keys.SPECIES_COLUMN])),
        ("Ensembl id", str(own[keys.GENE_ID]) or "not known"),
        ("edges", f"{int(own[keys.DEGREE]):,}"),
        ("mean expression per 10,000 counts", f"{float(own[keys.MEAN]):.3g}"),
        ("cluster", str(own[keys.CLUSTER])),
        ("cells", f"{int(entry.get('n_cells', 0)):,}"),
    )


def _graph_note(state: GraphState, dataset: str) -> str:
    """Say what is missing when there is no graph."""
    return {
        "available": "",
        "no folder": "This result folder has no `graphs` folder, so co-expression cannot be "
        "shown. Put the gene graphs it was trained on into `graphs/`.",
        "no file": f"The graph of {dataset} is not in the `graphs` folder, so co-expression cannot "
        f"be shown. Put `{dataset}.h5ad` there.",
    }[state]
