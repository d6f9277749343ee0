"""The cell context of molecules: what they change, what they hit, and what is like them.

Nodes come in blocks: molecules, signatures of expression, profiles of morphology (a block a source,
since features differ) and genes. Edges have a weight between 0 and 1 and no direction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from scipy import sparse

from musegnn.border.arrays import read_npz
from musegnn.errors import DataFileError, InputError

MOLECULE, EXPRESSION, MORPHOLOGY, GENE = "molecule", "expression", "morphology", "gene"
KINDS: Final = (MOLECULE, EXPRESSION, MORPHOLOGY, GENE)
SKELETON: Final = 14  # letters of an InChIKey that say how atoms are joined
_ROLE: Final = "a context graph of molecules"
_LARGEST: Final = 2**32  # bytes of one, unpacked
_NAMES: Final = ("facts", "first", "second", "weight", "rule", "smiles")


@dataclass(frozen=True)
class NodeBlock:
    """Nodes of one kind from one source.

    Parameters
    ----------
    kind
        One of `KINDS`.
    source
        Where they come from; kind and source name a block.
    names
        `N` names, each once: first blocks of InChIKeys for molecules, signatures and profiles,
        symbols for genes.
    features
        `(N, F)` numbers between 0 and 1 that a decoder has to tell; no columns for none.
    """

    kind: str
    source: str
    names: tuple[str, ...]
    features: np.ndarray

    def __post_init__(self) -> None:
        """Check that block and features fit.

        Raises
        ------
        InputError
            If a name stands twice, or features are not between 0 and 1.
        """
        if self.kind not in KINDS:
            msg = f"Expected nodes of a kind among {', '.join(KINDS)}, found {self.kind!r}."
            raise InputError(msg, "Name the kind of these nodes.")
        if len(set(self.names)) != len(self.names) or len(self.features) != len(self.names):
            msg = (
                f"Expected a row of features for each of {len(set(self.names)):,} different names "
                f"in {self.label}, found {len(self.names):,} names and {len(self.features):,} rows."
            )
            raise InputError(msg, "Join the rows of the same molecule first.")
        values = self.features
        if values.size and not (values.min() >= 0 and values.max() <= 1):
            msg = f"Expected features between 0 and 1 in {self.label}, found others."
            raise InputError(msg, "Scale them with `as_shares`.")

    @property
    def label(self) -> str:
        """Kind and source in words."""
        return f"{self.kind} ({self.source})"

    def __len__(self) -> int:
        """Count nodes."""
        return len(self.names)


@dataclass(frozen=True)
class Edges:
    """Edges of one rule.

    Parameters
    ----------
    rule
        Why they are there, in words.
    first, second
        `(E,)` int32 numbers of nodes.
    weight
        `(E,)` float32, above 0 and at most 1.
    """

    rule: str
    first: np.ndarray
    second: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        """Count edges."""
        return len(self.first)

    def only(self, kept: np.ndarray) -> Edges:
        """Keep some of them, by a mask or by places."""
        return Edges(self.rule, self.first[kept], self.second[kept], self.weight[kept])


@dataclass(frozen=True)
class Adjacency:
    """Neighbours of each node, laid out one after the other.

    Parameters
    ----------
    start
        `(N + 1,)` int64 where the neighbours of a node begin.
    neighbour
        `(2 E,)` int32, ascending for each node.
    weight
        `(2 E,)` float32; of two edges between the same nodes the heavier one counts.
    """

    start: np.ndarray
    neighbour: np.ndarray
    weight: np.ndarray

    @property
    def degree(self) -> np.ndarray:
        """`(N,)` neighbours of each node."""
        return np.diff(self.start)


@dataclass(frozen=True)
class ContextGraph:
    """Blocks of nodes, and edges between them.

    Parameters
    ----------
    blocks
        Nodes are numbered through them in this order.
    edges
        One entry a rule.
    smiles
        Structure of each molecule, in the order of the blocks of molecules.
    left_out
        Molecules whose edges were taken out, in words; "" for none.
    """

    blocks: tuple[NodeBlock, ...]
    edges: tuple[Edges, ...]
    smiles: tuple[str, ...] = ()
    left_out: str = ""

    def __post_init__(self) -> None:
        """Check that edges point to nodes.

        Raises
        ------
        InputError
            If they do not, or a weight is not above 0 and at most 1.
        """
        for edges in self.edges:
            ends = np.concatenate([edges.first, edges.second])
            is_node = not len(ends) or (ends.min() >= 0 and ends.max() < self.n_nodes)
            if not is_node or not ((edges.weight > 0) & (edges.weight <= 1)).all():
                msg = f"Expected edges between {self.n_nodes:,} nodes with a weight up to 1."
                raise InputError(msg, f"Check the edges of {edges.rule!r}.")

    @cached_property
    def starts(self) -> np.ndarray:
        """`(B + 1,)` number of the first node of each block, and of all."""
        return np.cumsum([0, *(len(block) for block in self.blocks)])

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.starts[-1])

    @cached_property
    def block_of(self) -> np.ndarray:
        """`(N,)` number of the block of each node."""
        return np.repeat(np.arange(len(self.blocks)), np.diff(self.starts))

    @cached_property
    def names(self) -> np.ndarray:
        """`(N,)` name of each node."""
        return np.array([name for block in self.blocks for name in block.names], dtype=object)

    def nodes_of(self, kind: str) -> np.ndarray:
        """Numbers of all nodes of a kind, ascending."""
        wanted = np.array([block.kind == kind for block in self.blocks], dtype=bool)
        return np.flatnonzero(wanted[self.block_of]) if self.blocks else np.zeros(0, np.int64)

    @cached_property
    def adjacency(self) -> Adjacency:
        """Neighbours of each node."""
        parts = self.edges
        first = np.concatenate([np.zeros(0, np.int32), *(part.first for part in parts)])
        second = np.concatenate([np.zeros(0, np.int32), *(part.second for part in parts)])
        weight = np.concatenate([np.zeros(0, np.float32), *(part.weight for part in parts)])
        rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
        both = np.concatenate([weight, weight])
        order = np.lexsort((-both, columns, rows))
        rows, columns, both = rows[order], columns[order], both[order]
        is_new = np.ones(len(rows), dtype=bool)
        is_new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        is_new &= rows != columns
        rows, columns, both = rows[is_new], columns[is_new], both[is_new]
        start = np.zeros(self.n_nodes + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=self.n_nodes), out=start[1:])
        return Adjacency(start, columns.astype(np.int32), both.astype(np.float32))

    def without(self, keys: Collection[str], *, why: str) -> ContextGraph:
        """Leave out every edge of some molecules, by the first block of their InChIKeys.

        Their signatures and profiles lose their edges too: a walk from another molecule would
        carry what the cell did with one that a benchmark asks about.

        Parameters
        ----------
        keys
            InChIKeys, whole or first blocks: a stereoisomer goes with its twin.
        why
            What asks about these molecules, in words.

        Returns
        -------
        The same nodes; molecules without edges walk nowhere.
        """
        skeletons = {key[:SKELETON] for key in keys if key}
        measured = [block.kind != GENE for block in self.blocks]
        is_hidden = np.fromiter(
            (name[:SKELETON] in skeletons for name in self.names), dtype=bool, count=self.n_nodes
        )
        is_hidden &= np.array(measured, dtype=bool)[self.block_of]
        edges = tuple(
            part.only(~(is_hidden[part.first] | is_hidden[part.second])) for part in self.edges
        )
        words = f"{self.left_out}; {why}" if self.left_out else why
        return replace(self, edges=edges, left_out=words)

    def without_kind(self, kind: str) -> ContextGraph:
        """Leave out every edge of the nodes of one kind: what the graph is without a modality."""
        gone = np.zeros(self.n_nodes, dtype=bool)
        gone[self.nodes_of(kind)] = True
        edges = tuple(part.only(~(gone[part.first] | gone[part.second])) for part in self.edges)
        return replace(self, edges=edges)

    def corrupted(self, seed: int) -> ContextGraph:
        """Return the control: edges of a rule exchange their ends within a block.

        Each edge does so by itself, and every node keeps its number of edges. New names for the
        nodes alone would leave molecules alike that share what they do.
        """
        rng = np.random.default_rng(seed)
        edges = []
        for part in self.edges:
            second, block = part.second.copy(), self.block_of[part.second]
            for number in np.unique(block):
                here = np.flatnonzero(block == number)
                second[here] = rng.permutation(second[here])
            edges.append(_without_loops(replace(part, second=second)))
        return replace(self, edges=tuple(edges))

    def count_nodes(self) -> pd.DataFrame:
        """Tell of each block how many nodes it has, how many of them have edges, and features."""
        degree = self.adjacency.degree
        rows = [
            {
                "kind": block.kind,
                "source": block.source,
                "nodes": len(block),
                "with edges": int((degree[start : start + len(block)] > 0).sum()),
                "features": block.features.shape[1],
            }
            for block, start in zip(self.blocks, self.starts[:-1], strict=True)
        ]
        return pd.DataFrame(rows, columns=["kind", "source", "nodes", "with edges", "features"])

    def count_edges(self) -> pd.DataFrame:
        """Tell of each rule how many edges it made, between which kinds, and how heavy they are."""
        kinds = np.array([block.kind for block in self.blocks], dtype=object)
        rows = []
        for part in self.edges:
            ends = kinds[self.block_of[np.stack([part.first, part.second])]]
            pair = sorted({" - ".join(sorted(two)) for two in ends[:, :5000].T})
            rows.append(
                {
                    "rule": part.rule,
                    "between": ", ".join(pair),
                    "edges": len(part),
                    "lightest": float(part.weight.min()) if len(part) else np.nan,
                    "mean weight": float(part.weight.mean()) if len(part) else np.nan,
                }
            )
        return pd.DataFrame(rows, columns=["rule", "between", "edges", "lightest", "mean weight"])

    def around(self, node: int, *, most: int = 40, steps: int = 2) -> pd.DataFrame:
        """Tell which edges lead away from a node, the heaviest first.

        Parameters
        ----------
        node
            Number of the node.
        most
            Nodes that are shown, the first one included.
        steps
            Edges from the node that are followed.

        Returns
        -------
        `first`, `second` (numbers of nodes), `weight`; each edge once.

        Raises
        ------
        InputError
            If there is no such node.
        """
        if not 0 <= node < self.n_nodes:
            msg = f"Expected a node between 0 and {self.n_nodes - 1}, found {node}."
            raise InputError(msg, "Choose it again.")
        near, kept, edge = self.adjacency, [node], [node]
        for _ in range(steps):
            found: dict[int, float] = {}
            for one in edge:
                span = slice(near.start[one], near.start[one + 1])
                for other, weight in zip(near.neighbour[span], near.weight[span], strict=True):
                    found[int(other)] = max(found.get(int(other), 0.0), float(weight))
            new = sorted(set(found) - set(kept), key=lambda other: (-found[other], other))
            edge = new[: most - len(kept)]
            kept += edge
        shape = (self.n_nodes, self.n_nodes)
        whole = sparse.csr_matrix((near.weight, near.neighbour, near.start), shape=shape)
        part = sparse.triu(whole[kept][:, kept]).tocoo()
        numbers = np.array(kept)
        table = {"first": numbers[part.row], "second": numbers[part.col], "weight": part.data}
        return pd.DataFrame(table).sort_values(["first", "second"], ignore_index=True)


def _without_loops(part: Edges) -> Edges:
    """Leave out edges from a node to itself."""
    return part.only(part.first != part.second)


def write_context(graph: ContextGraph, path: Path) -> None:
    """Write a graph as `.npz`, the same bytes for the same graph."""
    facts = [(block.kind, block.source) for block in graph.blocks]
    arrays: dict[str, np.ndarray] = {
        "facts": np.array([*sum(facts, ()), *(e.rule for e in graph.edges), graph.left_out], "U"),
        "smiles": np.array(graph.smiles or ("",), "U"),
        "first": np.concatenate([np.zeros(0, np.int32), *(e.first for e in graph.edges)]),
        "second": np.concatenate([np.zeros(0, np.int32), *(e.second for e in graph.edges)]),
        "weight": np.concatenate([np.zeros(0, np.float32), *(e.weight for e in graph.edges)]),
        "rule": np.repeat(np.arange(len(graph.edges)), [len(e) for e in graph.edges]),
    }
    arrays = {
        name: values.astype(np.int32) if values.dtype.kind == "i" else values
        for name, values in arrays.items()
    }
    for number, block in enumerate(graph.blocks):
        arrays[f"names{number}"] = np.array(block.names or ("",), "U")
        arrays[f"features{number}"] = np.ascontiguousarray(block.features, dtype=np.float16)
    arrays["blocks"] = np.array([len(block) for block in graph.blocks], dtype=np.int32)
    with path.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def read_context(path: Path) -> ContextGraph:
    """Read a graph that `write_context` wrote.

    Raises
    ------
    DataFileError
        If the file is missing, damaged or another one.
    """
    most = _LARGEST
    counts = read_npz(path, {"blocks": "i"}, role=_ROLE, most_bytes=most)["blocks"]
    kinds: Mapping[str, str] = {
        **dict(zip(_NAMES, ("U", "i", "i", "f", "i", "U"), strict=True)),
        **{f"names{number}": "U" for number in range(len(counts))},
        **{f"features{number}": "f" for number in range(len(counts))},
    }
    found = read_npz(path, kinds, role=_ROLE, most_bytes=most)
    facts = [str(text) for text in found["facts"]]
    n_blocks = len(counts)
    rules = facts[2 * n_blocks : -1]
    try:
        blocks = tuple(
            NodeBlock(
                facts[2 * number],
                facts[2 * number + 1],
                tuple(map(str, found[f"names{number}"][: counts[number]])),
                found[f"features{number}"],
            )
            for number in range(n_blocks)
        )
        edges = tuple(
            Edges(rule, *(found[name][found["rule"] == number] for name in _NAMES[1:4]))
            for number, rule in enumerate(rules)
        )
        n_molecules = sum(len(block) for block in blocks if block.kind == MOLECULE)
        smiles = tuple(map(str, found["smiles"]))[:n_molecules]
        return ContextGraph(blocks, edges, smiles, facts[-1])
    except (InputError, IndexError, ValueError) as error:
        msg = f"Expected {_ROLE}, found parts that do not fit in {path}."
        raise DataFileError(msg, "Make it again.") from error
