"""Causal network: curated, inferred and co-expressed pairs of some genes, each with its verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import networkx as nx
import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.causal.causal_discovery import Discovery
from musegnn.analysis.causal.context_signs import ContextSigns, count_agreement
from musegnn.analysis.causal.edge_verdicts import (
    NO_CLAIM,
    VERDICTS,
    expected_sign,
    judge,
    score_edges,
)
from musegnn.analysis.causal.node_choice import MOST_NODES, NodeChoice, choose_nodes
from musegnn.analysis.causal.regulation import Regulation
from musegnn.analysis.causal.regulon_agreement import regulon_agreement
from musegnn.analysis.choices import CO_EXPRESSED, CURATED, INFERRED, KINDS
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import GeneGraph
from musegnn.graphs.shared_cells_ledger import PROVENANCE_KEY

MOST_EDGES: Final = 1500
MOST_GENES: Final = 12_000  # all pairs of them take some 700 MB
EDGE_COLUMNS: Final = (
    *("regulator", "target", "kind", "is_directed", "sign", "verdict", "rule", "score"),
    *("confidence", "n_sources", "sources", "here", "statistic", "estimate"),
    *("contexts", "agree", "oppose", "elsewhere", "regulon", "closeness"),
    *("frequency", "inferred_direction"),
)
NODE_COLUMNS: Final = ("node", "role", "is_factor", "in_context", "degree", "targets", "regulators")


@dataclass(frozen=True)
class Sources:
    """What a causal network is made from.

    Parameters
    ----------
    embedding
        The atlas.
    regulation
        Curated pairs of the species of the context.
    factors
        Symbols of transcription factors.
    graph
        Co-expression graph of the context, or None when it is not at hand.
    signs
        Signs of co-expression in all contexts.
    common
        Symbol of the species -> name shared with its one-to-one orthologs.
    """

    embedding: EmbeddingSet
    regulation: Regulation
    factors: frozenset[str]
    graph: GeneGraph | None
    signs: ContextSigns
    common: Mapping[str, str]


@dataclass(frozen=True)
class NetworkRequest:
    """What is asked for.

    Parameters
    ----------
    genes
        Symbols in the nomenclature of the species.
    dataset
        The context.
    query
        "connect", "expand" or "all".
    around
        A gene whose curated partners are added; "" for none.
    kinds
        Which of `KINDS` to draw.
    """

    genes: tuple[str, ...]
    dataset: str
    query: str = "connect"
    around: str = ""
    kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True)
class CausalNetwork:
    """Nodes and edges of a causal network.

    Parameters
    ----------
    nodes
        `NODE_COLUMNS`: `role` is "chosen" or "added"; `is_factor` and `in_context` are bool;
        `degree`, `targets`, `regulators` count edges of this network.
    edges
        `EDGE_COLUMNS`, best known first. `sign`: +1, -1 or 0; of a curated edge the listed one, of
        the others that of the correlation. `rank` is left out, `confidence` is "" where there is
        none. NaN where something was not measured or not asked.
    hidden
        What was left out, and how much of it: "genes", "edges", "co-expressed pairs".
    circles
        Groups of genes that regulate each other in circles, the largest first.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    hidden: dict[str, int] = field(default_factory=dict)
    circles: tuple[tuple[str, ...], ...] = ()


def common_names(embedding: EmbeddingSet, species: str) -> dict[str, str]:
    """Map the symbols of a species to the names shared with one-to-one orthologs."""
    genes = embedding.genes
    part = genes.loc[genes[keys.SPECIES_COLUMN] == species, [keys.GENE, keys.COMMON_GENE]]
    part = part.astype(str).drop_duplicates(keys.GENE)
    return dict(zip(part[keys.GENE], part[keys.COMMON_GENE], strict=True))


def build_network(
    request: NetworkRequest,
    sources: Sources,
    *,
    discovery: Discovery | None = None,
    most_nodes: int = MOST_NODES,
    most_edges: int = MOST_EDGES,
) -> CausalNetwork:
    """Collect the pairs of some genes and judge each.

    Parameters
    ----------
    request
        What is asked for.
    sources
        What is known.
    discovery
        Edges inferred in this context, or None when nobody asked for them.
    most_nodes, most_edges
        Largest numbers to keep; what is beyond is counted in `hidden`.

    Raises
    ------
    InputError
        If the query is unknown.
    """
    choice = choose_nodes(
        sources.regulation,
        request.genes,
        query=request.query,
        around=request.around,
        inferred=_inferred_regulators(discovery, request),
        most_nodes=most_nodes,
    )
    edges = _list_edges(choice, request, sources, discovery)
    is_left_out = (edges["kind"] == CO_EXPRESSED) & (CO_EXPRESSED not in request.kinds)
    edges = edges[~is_left_out].reset_index(drop=True)
    edges = measure_edges(edges, request.dataset, sources)
    edges = edges.join(judge(edges))
    edges["score"] = score_edges(edges)
    edges, n_hidden = _best(edges, most_edges)
    hidden = {
        "genes": choice.n_hidden,
        "edges": n_hidden,
        "co-expressed pairs": int(is_left_out.sum()),
    }
    nodes = _list_nodes(choice, edges, sources)
    return CausalNetwork(
        nodes,
        edges.loc[:, list(EDGE_COLUMNS)],
        {name: n for name, n in hidden.items() if n},
        find_circles(edges),
    )


def find_circles(edges: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Find the groups of genes in which each regulates each other, directly or not."""
    directed = edges[edges["is_directed"].to_numpy(dtype=bool)]
    graph = nx.DiGraph()
    graph.add_edges_from(zip(directed["regulator"], directed["target"], strict=True))
    groups = (tuple(sorted(group)) for group in nx.strongly_connected_components(graph))
    return tuple(sorted((g for g in groups if len(g) > 1), key=lambda g: (-len(g), g)))


def _list_edges(
    choice: NodeChoice, request: NetworkRequest, sources: Sources, discovery: Discovery | None
) -> pd.DataFrame:
    """List curated, then inferred, then co-expressed pairs, each pair of genes once.

    Co-expressed ones are listed asked or not: what is left out is counted.
    """
    parts = []
    inferred = _inferred_by_pair(discovery, choice.nodes)
    listed = sources.regulation.among(choice.nodes)
    curated = _curated_edges(listed, sources.regulation, inferred)
    taken = {frozenset(pair) for pair in zip(listed["regulator"], listed["target"], strict=True)}
    if CURATED in request.kinds:
        parts.append(curated)
    if INFERRED in request.kinds:
        parts.append(_inferred_edges(inferred, taken))
        taken |= inferred.keys()
    if sources.graph is not None:
        parts.append(_co_expressed_edges(sources.graph, choice.chosen, taken))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else curated.iloc[:0]


def _inferred_regulators(discovery: Discovery | None, request: NetworkRequest) -> list[str]:
    """Genes from which inferred edges lead to chosen ones, the most stable edges first."""
    if discovery is None or INFERRED not in request.kinds:
        return []
    onto_chosen = discovery.edges["target"].isin(request.genes)
    return [str(name) for name in discovery.edges.loc[onto_chosen, "source"].unique()]


def _inferred_by_pair(
    discovery: Discovery | None, nodes: Collection[str]
) -> dict[frozenset[str], pd.Series]:
    """Inferred edges by their two genes."""
    if discovery is None:
        return {}
    inside = set(nodes)
    return {
        frozenset((row["source"], row["target"])): row
        for _, row in discovery.edges.iterrows()
        if row["source"] in inside and row["target"] in inside
    }


def _curated_edges(
    listed: pd.DataFrame, regulation: Regulation, inferred: dict[frozenset[str], pd.Series]
) -> pd.DataFrame:
    """Curated pairs; one that was inferred too carries its frequency."""
    frequency, direction = [], []
    for regulator, target in zip(listed["regulator"], listed["target"], strict=True):
        found = inferred.get(frozenset((regulator, target)))
        frequency.append(np.nan if found is None else found["frequency"])
        direction.append("" if found is None else _direction(found, str(regulator)))
    source = regulation.table["source"].to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "regulator": listed["regulator"].to_numpy(dtype=object),
            "target": listed["target"].to_numpy(dtype=object),
            "kind": CURATED,
            "is_directed": True,
            "sign": listed["sign"].to_numpy(dtype=np.int64),
            "confidence": listed["confidence"].to_numpy(dtype=object),
            "rank": listed["rank"].to_numpy(dtype=np.int64),
            "n_sources": listed["n_sources"].to_numpy(dtype=np.int64),
            "sources": [
                ", ".join(sorted(set(source[start:stop])))
                for start, stop in zip(listed["start"], listed["stop"], strict=True)
            ],
            "frequency": np.array(frequency, dtype=float),
            "inferred_direction": direction,
        }
    )


def _direction(found: pd.Series, regulator: str) -> str:
    """Compare the direction of an inferred edge with the curated one."""
    if not found["is_directed"]:
        return "not determined"
    return "same" if found["source"] == regulator else "reverse"


def _inferred_edges(
    inferred: dict[frozenset[str], pd.Series], taken: set[frozenset[str]]
) -> pd.DataFrame:
    """Inferred pairs that no table lists."""
    rows = [row for pair, row in inferred.items() if pair not in taken]
    return _unlisted(
        INFERRED,
        [row["source"] for row in rows],
        [row["target"] for row in rows],
        is_directed=[bool(row["is_directed"]) for row in rows],
        sign=[int(np.sign(row["correlation"])) for row in rows],
        frequency=[float(row["frequency"]) for row in rows],
        direction=["" if row["is_directed"] else "not determined" for row in rows],
    )


def _co_expressed_edges(
    graph: GeneGraph, genes: Collection[str], taken: set[frozenset[str]]
) -> pd.DataFrame:
    """Co-expressed pairs of the chosen genes that are nothing else."""
    symbols = graph.genes[keys.GENE].astype(str).to_numpy()
    rows = np.flatnonzero(np.isin(symbols, sorted(genes)))
    part = graph.adjacency[rows][:, rows].tocoo()
    pairs = sorted(
        (str(first), str(second))
        for first, second in zip(symbols[rows[part.row]], symbols[rows[part.col]], strict=True)
        if first < second and frozenset((first, second)) not in taken
    )
    place = {name: row for row, name in enumerate(symbols)}
    return _unlisted(
        CO_EXPRESSED,
        [first for first, _ in pairs],
        [second for _, second in pairs],
        is_directed=[False] * len(pairs),
        sign=[int(graph.significance[place[a], place[b]]) for a, b in pairs],
        frequency=[np.nan] * len(pairs),
        direction=[""] * len(pairs),
    )


def _unlisted(
    kind: str,
    first: list[str],
    second: list[str],
    *,
    is_directed: list[bool],
    sign: list[int],
    frequency: list[float],
    direction: list[str],
) -> pd.DataFrame:
    """Edges that no table lists."""
    return pd.DataFrame(
        {
            "regulator": np.array(first, dtype=object),
            "target": np.array(second, dtype=object),
            "kind": kind,
            "is_directed": np.array(is_directed, dtype=bool),
            "sign": np.array(sign, dtype=np.int64),
            "confidence": "",
            "rank": -1,
            "n_sources": 0,
            "sources": "",
            "frequency": np.array(frequency, dtype=float),
            "inferred_direction": np.array(direction, dtype=object),
        }
    )


def measure_edges(edges: pd.DataFrame, dataset: str, sources: Sources) -> pd.DataFrame:
    """Add what the data say about each pair.

    Parameters
    ----------
    edges
        `regulator`, `target`, `sign` and `rank` (negative where no table lists the pair).
    dataset
        The context.
    sources
        What is known.

    Returns
    -------
    The same rows, numbered from 0, with `here`, `statistic`, `estimate`, `contexts`, `agree`,
    `oppose`, `elsewhere`, `regulon` and `closeness`.
    """
    edges = edges.reset_index(drop=True)
    regulators, targets = edges["regulator"].tolist(), edges["target"].tolist()
    here, statistic, estimate = _pair_here(sources.graph, regulators, targets)
    listed = np.where(edges["rank"] >= 0, edges["sign"], 0)
    first, second = (
        [sources.common.get(name, name) for name in names] for names in (regulators, targets)
    )
    others = _other_contexts(dataset, sources)
    signs = sources.signs.of_pairs(first, second)[:, others]
    contexts, agree, oppose = count_agreement(signs, expected_sign(listed, here))
    edges["here"], edges["statistic"], edges["estimate"] = here, statistic, estimate
    edges["contexts"], edges["agree"], edges["oppose"] = contexts, agree, oppose
    total = np.nan_to_num(signs).sum(axis=1)
    edges["elsewhere"] = np.where(contexts > 0, total / np.maximum(contexts, 1), np.nan)
    symbols, co_expression, cosine = similarities(dataset, sources)
    pair = (sources.regulation, symbols)
    edges["regulon"] = regulon_agreement(*pair, co_expression, regulators, targets, is_signed=True)
    edges["closeness"] = regulon_agreement(*pair, cosine, regulators, targets, is_signed=False)
    return edges


def similarities(dataset: str, sources: Sources) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Return the genes of a context, their signs of co-expression and their cosines.

    Returns
    -------
    G symbols; `(G, G)` signs, all 0 without a graph; `(G, G)` cosines in the embedding.

    Raises
    ------
    InputError
        If the context has more than `MOST_GENES`: what is compared grows with their square.
    """
    rows = sources.embedding.rows_of_dataset(dataset)
    if len(rows) > MOST_GENES:
        msg = (
            f"Expected a context of at most {MOST_GENES:,} genes, found {len(rows):,} in {dataset}."
        )
        raise InputError(msg, "Choose a context of variable genes.")
    symbols = pd.Index(sources.embedding.genes[keys.GENE].iloc[rows].astype(str))
    unit = sources.embedding.unit_vectors[rows]
    signs = np.zeros((len(rows), len(rows)), dtype=np.int8)
    if sources.graph is not None:
        order = pd.Index(sources.graph.genes[keys.GENE].astype(str)).get_indexer(symbols)
        known = np.flatnonzero(order >= 0)
        signs[np.ix_(known, known)] = sources.graph.significance[np.ix_(order[known], order[known])]
    return symbols, signs, unit @ unit.T


def _other_contexts(dataset: str, sources: Sources) -> np.ndarray:
    """Positions of the contexts that do not share cells with this one."""
    sharing = {dataset}
    if sources.graph is not None:
        sharing |= set(sources.graph.provenance.get(PROVENANCE_KEY, {}))
    names = sources.signs.contexts
    return np.array([i for i, name in enumerate(names) if name not in sharing], dtype=np.int64)


def _pair_here(
    graph: GeneGraph | None, regulators: list[str], targets: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sign, statistic and estimate of each pair in the context; NaN where not measured or kept."""
    here, statistic, estimate = (np.full(len(targets), np.nan) for _ in range(3))
    if graph is None or not len(targets):
        return here, statistic, estimate
    symbols = pd.Index(graph.genes[keys.GENE].astype(str))
    rows, columns = symbols.get_indexer(regulators), symbols.get_indexer(targets)
    known = np.flatnonzero((rows >= 0) & (columns >= 0))
    if not len(known):  # of no pair a sparse matrix gives no numbers
        return here, statistic, estimate
    rows, columns = rows[known], columns[known]
    here[known] = graph.significance[rows, columns]
    # a compact graph keeps numbers on edges only
    is_dense = isinstance(graph.statistic, np.ndarray)
    kept = np.asarray(graph.adjacency[rows, columns]).ravel().astype(bool) | is_dense
    if not kept.any():
        return here, statistic, estimate
    for values, whole in ((statistic, graph.statistic), (estimate, graph.estimate)):
        values[known[kept]] = np.asarray(whole[rows[kept], columns[kept]]).ravel()
    return here, statistic, estimate


def _best(edges: pd.DataFrame, most_edges: int) -> tuple[pd.DataFrame, int]:
    """Order the edges: by kind, verdict and score; keep the first ones and count the rest."""
    order = {name: i for i, name in enumerate((*VERDICTS[:2], VERDICTS[3], VERDICTS[2], NO_CLAIM))}
    ranked = edges.assign(
        by_kind=edges["kind"].map({name: i for i, name in enumerate(KINDS)}),
        by_verdict=edges["verdict"].map(order),
        by_score=-edges["score"].round(9),
    ).sort_values(["by_kind", "by_verdict", "by_score", "regulator", "target"], ignore_index=True)
    kept = ranked.head(most_edges).drop(columns=["by_kind", "by_verdict", "by_score"])
    return kept, len(ranked) - len(kept)


def _list_nodes(choice: NodeChoice, edges: pd.DataFrame, sources: Sources) -> pd.DataFrame:
    """Describe the genes of the network; the chosen ones first."""
    names = list(choice.nodes)
    both = pd.concat([edges["regulator"], edges["target"]])
    directed = edges[edges["is_directed"].to_numpy(dtype=bool)]
    here = set() if sources.graph is None else set(sources.graph.genes[keys.GENE].astype(str))

    def counted(values: pd.Series) -> list[int]:
        return [int(n) for n in values.value_counts().reindex(names, fill_value=0)]

    return pd.DataFrame(
        {
            "node": names,
            "role": ["chosen"] * len(choice.chosen) + ["added"] * len(choice.added),
            "is_factor": [name in sources.factors for name in names],
            "in_context": [name in here for name in names],
            "degree": counted(both),
            "targets": counted(directed["regulator"]),
            "regulators": counted(directed["target"]),
        },
        columns=list(NODE_COLUMNS),
    )
