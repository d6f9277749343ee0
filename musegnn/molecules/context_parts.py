"""Parts of a context that a person can look at: who stands around a node, and one walk from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import networkx as nx
import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.io.cx2 import plain_values
from musegnn.molecules.context_graph import GENE, MOLECULE, ContextGraph
from musegnn.molecules.context_walks import LENGTH, NOWHERE, walk
from musegnn.validation import writable

OF_A_KIND: Final = 10  # neighbours of each kind, the heaviest
BEYOND: Final = 3  # of each kind, of what stands a step further


@dataclass(frozen=True)
class ContextPart:
    """Nodes around one, and the edges between all of them.

    Parameters
    ----------
    nodes
        `node` (its number), `kind`, `source`, `name`, `step` (edges from the first one, 0 to 2;
        3 for nodes that were asked for besides), the first one first.
    edges
        `first`, `second` (numbers of nodes), `weight`, `rule`; of two edges between the same nodes
        the heavier one.
    n_left
        Neighbours of the first one that are not shown.
    """

    nodes: pd.DataFrame
    edges: pd.DataFrame
    n_left: int


def near_part(
    graph: ContextGraph,
    node: int,
    *,
    of_a_kind: int = OF_A_KIND,
    beyond: int = BEYOND,
    also: Sequence[int] = (),
) -> ContextPart:
    """Take a node, the heaviest neighbours of each kind, and the heaviest of these.

    Parameters
    ----------
    graph
        The context.
    node
        Number of the node.
    of_a_kind
        Neighbours of each kind.
    beyond
        Neighbours of each kind of what stands a step further; the same for each neighbour.
    also
        Further nodes to show, such as those of a walk.

    Raises
    ------
    InputError
        If there is no such node.
    """
    _check_node(graph, node)
    first, n_first = _heaviest(graph, node, of_a_kind)
    kept = {node: 0, **dict.fromkeys(first, 1)}
    for one in first:
        for other in _heaviest(graph, one, beyond)[0]:
            kept.setdefault(other, 2)
    for other in also:
        kept.setdefault(int(other), 3)
    numbers = np.array(list(kept), dtype=np.int64)
    blocks = [graph.blocks[at] for at in graph.block_of[numbers]]
    nodes = pd.DataFrame(
        {
            "node": numbers,
            "kind": [block.kind for block in blocks],
            "source": [block.source for block in blocks],
            "name": graph.names[numbers].astype(str),
            "step": list(kept.values()),
        }
    )
    return ContextPart(nodes, _edges_between(graph, numbers), n_first - len(first))


def walk_from(graph: ContextGraph, node: int, *, seed: int, length: int = LENGTH) -> pd.DataFrame:
    """Walk once from a node as a training does.

    Returns
    -------
    `step` (0 for the node itself), `node`, `weight` of the edge walked (NaN for the first), and
    `product`, the weight by which the features of the node have to be told. A walk from a node
    without edges has one row.

    Raises
    ------
    InputError
        If there is no such node.
    """
    _check_node(graph, node)
    rng = np.random.default_rng(seed)
    found = walk(graph.adjacency, np.array([node]), rng, length=length)
    visited = found.nodes[0] != NOWHERE
    product = found.weight[0][visited].astype(np.float64)
    last = np.concatenate([[np.nan], product[:-1]])
    return pd.DataFrame(
        {
            "step": np.arange(len(product)),
            "node": found.nodes[0][visited].astype(np.int64),
            "weight": product / last,
            "product": product,
        }
    )


def as_graphml(nodes: pd.DataFrame, edges: pd.DataFrame) -> bytes:
    """Write nodes and edges as GraphML, with every column.

    Parameters
    ----------
    nodes
        With a column `node`.
    edges
        With columns `first` and `second`, numbers of nodes.
    """
    graph = nx.Graph(name="a part of the context of molecules")
    for row in nodes.to_dict(orient="records"):
        graph.add_node(writable(str(row.pop("node"))), **plain_values(row))
    for row in edges.to_dict(orient="records"):
        ends = (writable(str(row.pop("first"))), writable(str(row.pop("second"))))
        graph.add_edge(*ends, **plain_values(row))
    return ("\n".join(nx.generate_graphml(graph)) + "\n").encode("utf-8")


def count_density(graph: ContextGraph) -> pd.DataFrame:
    """Tell of each rule how many of the pairs that it may join it joins.

    Returns
    -------
    `rule`, `between`, `edges`, `pairs` (that could be joined), `density` (their share), `above`
    (the bound on similarity, NaN for what is known), `mean_weight`.
    """
    counted = graph.count_edges()
    # all genes are one side of a rule, whether they have vectors or not
    side_of = [GENE if block.kind == GENE else block.label for block in graph.blocks]
    size_of: dict[str, int] = {}
    for side, block in zip(side_of, graph.blocks, strict=True):
        size_of[side] = size_of.get(side, 0) + len(block)
    pairs = []
    for part in graph.edges:
        first, second = (
            {side_of[at] for at in np.unique(graph.block_of[ends]).tolist()}
            for ends in (part.first, part.second)
        )
        one, other = (sum(size_of[side] for side in sides) for sides in (first, second))
        pairs.append(one * (one - 1) // 2 if first == second else one * other)
    bound = counted["rule"].str.extract(r", above (\d\.\d+)$")[0].astype(float)
    return pd.DataFrame(
        {
            "rule": counted["rule"],
            "between": counted["between"],
            "edges": counted["edges"],
            "pairs": pairs,
            "density": counted["edges"] / np.maximum(pairs, 1),
            "above": bound,
            "mean_weight": counted["mean weight"],
        }
    )


def count_shares(graph: ContextGraph) -> pd.DataFrame:
    """Tell how many molecules have a neighbour of each kind and source.

    Returns
    -------
    `what`, `molecules`, `share` (of all molecules), the last rows for any edge and for none.
    """
    molecules = graph.nodes_of(MOLECULE)
    near = graph.adjacency
    owner = np.repeat(np.arange(graph.n_nodes), near.degree)
    is_own = graph.block_of[owner] == 0
    owners, others = owner[is_own], graph.block_of[near.neighbour[is_own]]
    rows = []
    merged: dict[str, set[int]] = {}
    for at, block in enumerate(graph.blocks):
        own = set(np.unique(owners[others == at]).tolist())
        label = "genes it hits or changes" if block.kind == GENE else block.label
        label = "molecules like it" if block.kind == MOLECULE else label
        merged[label] = merged.get(label, set()) | own
    anything = set().union(*merged.values()) if merged else set()
    merged |= {"anything": anything, "nothing": set(molecules.tolist()) - anything}
    total = max(len(molecules), 1)
    rows = [(what, len(own), len(own) / total) for what, own in merged.items()]
    return pd.DataFrame(rows, columns=["what", "molecules", "share"])


def molecules_with(graph: ContextGraph, kind: str) -> np.ndarray:
    """Numbers of the molecules that are joined with a node of a kind, ascending."""
    near = graph.adjacency
    molecules = graph.nodes_of(MOLECULE)
    owner = np.repeat(np.arange(graph.n_nodes), near.degree)
    is_one = np.isin(owner, molecules) & np.isin(near.neighbour, graph.nodes_of(kind))
    return np.unique(owner[is_one])


def _heaviest(graph: ContextGraph, node: int, most: int) -> tuple[list[int], int]:
    """Heaviest neighbours of each kind, and how many there are in all."""
    near = graph.adjacency
    span = slice(near.start[node], near.start[node + 1])
    others, weight = near.neighbour[span], near.weight[span]
    order = np.lexsort((others, -weight))
    count: dict[int, int] = {}
    found = []
    for other in others[order].tolist():
        block = int(graph.block_of[other])
        count[block] = count.get(block, 0) + 1
        if count[block] <= most:
            found.append(other)
    return found, len(others)


def _edges_between(graph: ContextGraph, numbers: np.ndarray) -> pd.DataFrame:
    """Edges between some nodes, with the rule of each."""
    is_in = np.zeros(graph.n_nodes, dtype=bool)
    is_in[numbers] = True
    parts = []
    for part in graph.edges:
        own = part.only(is_in[part.first] & is_in[part.second])
        parts.append(
            pd.DataFrame(
                {
                    "first": np.minimum(own.first, own.second).astype(np.int64),
                    "second": np.maximum(own.first, own.second).astype(np.int64),
                    "weight": own.weight.astype(np.float64),
                    "rule": part.rule,
                }
            )
        )
    empty = pd.DataFrame({"first": [], "second": [], "weight": [], "rule": []})
    table = pd.concat(parts, ignore_index=True) if parts else empty
    table = table.sort_values(["first", "second", "weight"], ascending=[True, True, False])
    return table.drop_duplicates(["first", "second"], ignore_index=True)


def _check_node(graph: ContextGraph, node: int) -> None:
    """Raise `InputError` unless there is such a node."""
    if not 0 <= node < graph.n_nodes:
        msg = f"Expected a node between 0 and {graph.n_nodes - 1}, found {node}."
        raise InputError(msg, "Choose it again.")
