"""Node choice: which genes stand in a network around a set, by the queries All, Connect, Expand."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import networkx as nx

from musegnn.analysis.causal.regulation import Regulation
from musegnn.analysis.choices import QUERIES
from musegnn.validation import check_choice

QUERY_MEANING: Final = {
    "connect": "Connect: pairs among the chosen genes only",
    "expand": "Expand: also the shortest curated bridges between parts that are not joined",
    "all": "All: also everything that regulates the chosen genes or is regulated by them",
}
MOST_NODES: Final = 300
LONGEST_BRIDGE: Final = 3  # pairs in a bridge: at most two genes in between


@dataclass(frozen=True)
class NodeChoice:
    """Genes of a network.

    Parameters
    ----------
    chosen
        Genes that were asked for, sorted.
    added
        Genes that the query added, best joined first.
    n_hidden
        Genes that the query would add too, beyond the largest number of nodes.
    """

    chosen: tuple[str, ...]
    added: tuple[str, ...]
    n_hidden: int

    @property
    def nodes(self) -> tuple[str, ...]:
        """All genes: the chosen ones, then the added ones."""
        return (*self.chosen, *self.added)


def choose_nodes(
    regulation: Regulation,
    genes: Collection[str],
    *,
    query: str = "connect",
    around: str = "",
    inferred: Sequence[str] = (),
    most_nodes: int = MOST_NODES,
) -> NodeChoice:
    """Choose the genes of a network.

    Parameters
    ----------
    regulation
        Curated pairs.
    genes
        Genes in question.
    query
        One of `QUERIES`.
    around
        A gene whose curated partners are added too; "" for none.
    inferred
        Genes from which inferred edges lead to chosen ones, best first; added unless the query is
        "connect".
    most_nodes
        Largest number of nodes; chosen genes with more curated pairs to the others come first.

    Returns
    -------
    The choice; the same for the same input, whatever the order of the genes.

    Raises
    ------
    InputError
        If the query is unknown.
    """
    check_choice(query, QUERIES, name="query")
    chosen = sorted(set(genes))
    inside = set(chosen)
    weight = _links_to(regulation, inside)
    if len(chosen) > most_nodes:
        best = sorted(chosen, key=lambda name: (-weight.get(name, 0), name))
        return NodeChoice(tuple(sorted(best[:most_nodes])), (), len(chosen) - most_nodes)
    added: list[str] = []
    if query == "expand":
        added = _bridges(regulation, chosen, weight, most_nodes - len(chosen))
    if query != "connect":
        new = [gene for gene in dict.fromkeys(inferred) if gene not in inside and gene not in added]
        added += new[: max(0, most_nodes - len(chosen) - len(added))]
    wanted = set(regulation.partners(around)) if around else set()
    if query == "all":
        wanted |= weight.keys()
    rest = sorted(wanted - inside - set(added), key=lambda name: (-weight.get(name, 0), name))
    room = max(0, most_nodes - len(chosen) - len(added))
    return NodeChoice(tuple(chosen), (*added, *rest[:room]), len(rest) - len(rest[:room]))


def _links_to(regulation: Regulation, genes: Collection[str]) -> dict[str, int]:
    """Number of chosen genes each gene is joined to, for all genes with at least one."""
    weight: dict[str, int] = {}
    for gene in sorted(genes):
        for partner in regulation.partners(gene):
            weight[partner] = weight.get(partner, 0) + 1
    return weight


def _bridges(
    regulation: Regulation, chosen: Sequence[str], weight: dict[str, int], room: int
) -> list[str]:
    """Genes in between that join the parts of the network, the shortest bridges first.

    One part after the other grows, the largest first: each time the nearest gene of another part is
    joined to it. Of equally short bridges the one over the gene with most links to the chosen genes
    is taken.
    """
    graph = nx.Graph()
    graph.add_nodes_from(chosen)
    pairs = regulation.among(chosen)
    graph.add_edges_from(zip(pairs["regulator"], pairs["target"], strict=True))
    parts = sorted((set(part) for part in nx.connected_components(graph)), key=_by_size)
    added: list[str] = []
    for longest in range(2, LONGEST_BRIDGE + 1):
        done: list[set[str]] = []
        while parts:
            core, *parts = parts
            goals = set().union(*parts)
            path = _shortest(regulation, core, goals, weight, longest)
            between = path[1:-1]
            if not path or len(added) + len(between) > room:
                done.append(core)
                continue
            added += between
            reached = next(part for part in parts if path[-1] in part)
            parts.remove(reached)
            parts.insert(0, core | reached | set(between))
        parts = sorted(done, key=_by_size)
    return added


def _by_size(part: set[str]) -> tuple[int, str]:
    """Order parts: the largest first, then by name."""
    return -len(part), min(part)


def _shortest(
    regulation: Regulation,
    core: set[str],
    goals: Collection[str],
    weight: dict[str, int],
    longest: int,
) -> list[str]:
    """Shortest path from the core to one of the goals, at most `longest` pairs; [] for none."""

    def order(name: str) -> tuple[int, str]:
        return -weight.get(name, 0), name

    came_from: dict[str, str] = {}
    depth = dict.fromkeys(sorted(core, key=order), 0)
    queue = deque(depth)
    while queue and goals:
        gene = queue.popleft()
        if depth[gene] == longest:
            continue
        new = [partner for partner in regulation.partners(gene) if partner not in depth]
        reached = [partner for partner in new if partner in goals]
        if reached:
            path = [min(reached, key=order), gene]
            while path[-1] in came_from:
                path.append(came_from[path[-1]])
            return path[::-1]
        if depth[gene] + 1 < longest:  # what lies at the very end need not be looked behind
            for partner in sorted(new, key=order):
                depth[partner], came_from[partner] = depth[gene] + 1, gene
                queue.append(partner)
    return []
