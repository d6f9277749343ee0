"""Known trees: stages of a lineage and which comes of which, as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import networkx as nx

from musegnn.errors import InputError
from musegnn.validation import format_list


@dataclass(frozen=True)
class KnownTree:
    """A rooted tree of labels.

    Parameters
    ----------
    edges
        `(earlier, later)` pairs.
    """

    edges: tuple[tuple[str, str], ...]

    @cached_property
    def root(self) -> str:
        """The label that comes of none."""
        return next(iter(self.depth))

    @cached_property
    def depth(self) -> dict[str, int]:
        """Steps from the root of each label, the root first."""
        graph = nx.DiGraph(self.edges)
        (root,) = (node for node, number in graph.in_degree() if number == 0)
        return dict(nx.single_source_shortest_path_length(graph, root))

    @cached_property
    def pairs(self) -> frozenset[frozenset[str]]:
        """Edges without direction."""
        return frozenset(frozenset(edge) for edge in self.edges)

    def __str__(self) -> str:
        """As it is written."""
        return ", ".join(f"{first}>{second}" for first, second in self.edges)


def parse_tree(text: str, labels: Sequence[str] = ()) -> KnownTree | None:
    """Read a tree such as `A>B>C, B>D`.

    Parameters
    ----------
    text
        Chains between commas or lines, stages of a chain between `>`; "" for no tree.
    labels
        Labels of the cells, which each stage must be among; empty asks for none.

    Raises
    ------
    InputError
        If it is no tree, or names what no cell is called.
    """
    if not text.strip():
        return None
    edges: list[tuple[str, str]] = []
    for chain in text.replace("\n", ",").split(","):
        stages = [stage.strip() for stage in chain.split(">")]
        if chain.strip():
            if len(stages) < 2 or not all(stages):
                msg = f"Expected stages joined by `>`, such as A>B>C, found {chain.strip()!r}."
                raise InputError(msg, "Write each way of the lineage, ways between commas.")
            edges += pairwise(stages)
    edges = list(dict.fromkeys(edges))
    graph = nx.DiGraph(edges)
    unknown = [node for node in graph if labels and node not in labels]
    if unknown:
        msg = f"Expected labels of the cells in the tree, found {format_list(unknown)}."
        raise InputError(msg, f"The cells are called {format_list(list(labels), limit=12)}.")
    if not edges or not nx.is_arborescence(graph):
        msg = f"Expected one tree with one root, found {text.strip()[:80]!r}."
        raise InputError(msg, "Each stage but the first comes of exactly one other.")
    return KnownTree(tuple(edges))
