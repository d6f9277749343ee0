"""Context graph: what the page says and shows of molecules, and of what stands around one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import InputError
from musegnn.knowledge.store import folder_state, open_store
from musegnn.molecules.context_build import build_context
from musegnn.molecules.context_graph import (
    EXPRESSION,
    GENE,
    MOLECULE,
    MORPHOLOGY,
    SKELETON,
    ContextGraph,
)
from musegnn.molecules.context_parts import (
    count_density,
    count_shares,
    molecules_with,
    near_part,
    walk_from,
)
from musegnn.molecules.forms import find_forms, forms_digest
from musegnn.molecules.reading import read_molecules
from musegnn.molecules.structures import called, draw_svg
from musegnn.runs import runs_root
from musegnn.runs.inputs import give
from musegnn.runs.kinds.forms import STRUCTURES, FormsSettings
from musegnn.screens.parts.page_work import PageWork
from musegnn.screens.shell.words import duration
from musegnn.targets.communities import lay_out_part
from musegnn.targets.context_tables import Waiting, read_at_hand
from musegnn.validation import format_list, nearest_names

BUILDING: Final = "Reading tables, and joining what is known of molecules: some seconds"
_SECONDS: Final = 0.012  # of a molecule that is brought into one form, on one core
_SAID: Final[dict[str, tuple[str, str]]] = {
    MOLECULE: ("molecule", "molecules"),
    EXPRESSION: ("signature of expression", "signatures of expression"),
    MORPHOLOGY: ("profile of cells", "profiles of cells"),
    GENE: ("gene", "genes"),
}
KINDS_SAID: Final = {kind: one for kind, (one, _) in _SAID.items()}
NOTHING_KNOWN: Final = (
    "Nothing is known of it beside its structure: a walk from here goes nowhere, and a training "
    "can tell its structure alone."
)
_USUAL: Final = "dexamethasone"
_PLACES: Final = ("morphology", "pharmacology", "molecules")


@dataclass(frozen=True)
class OpenContext:
    """A context of molecules as the page shows it.

    Parameters
    ----------
    graph
        Its nodes and edges, without features.
    names, same
        Of molecules, as in `musegnn.targets.context_tables.AtHand`.
    sentence
        What there is, in words.
    missing
        What is not at hand, a sentence each.
    used, blocks, rules, shares
        Tables: what it was made of, nodes, edges by rule, and molecules by what is known of them.
    example
        A molecule of which much is known.
    waiting
        Tables whose molecules are left out until they are brought into one form.
    """

    graph: ContextGraph
    names: Mapping[str, str]
    same: Mapping[str, str]
    sentence: str
    missing: tuple[str, ...]
    used: pd.DataFrame
    blocks: pd.DataFrame
    rules: pd.DataFrame
    shares: pd.DataFrame
    example: str
    waiting: tuple[Waiting, ...]

    @cached_property
    def question(self) -> bytes:
        """What the run is asked that brings what waits into one form."""
        tables = {one.table: one.structures for one in self.waiting}
        return json.dumps({"forms": forms_digest(), "tables": tables}).encode("utf-8")

    def name(self, node: int) -> str:
        """Name of a gene, of a molecule, or of the molecule of a signature or profile.

        A molecule without one is told by its formula: nobody can read a key.
        """
        name = str(self.graph.names[node])
        if name in self.names or self.graph.blocks[self.graph.block_of[node]].kind != MOLECULE:
            return self.names.get(name, name)
        return called(name, name, self.graph.smiles[node])

    def label(self, node: int) -> str:
        """Name of a node, and what it is where it is neither molecule nor gene."""
        kind = self.graph.blocks[self.graph.block_of[node]].kind
        own = kind in {GENE, MOLECULE}
        return self.name(node) if own else f"{self.name(node)}, {KINDS_SAID[kind]}"


@dataclass(frozen=True)
class NearView:
    """What stands around a node.

    Parameters
    ----------
    node, kind, name, label
        The node; `name` is a key or a symbol.
    sentence
        The answer.
    svg
        Structure of a molecule, "" for others.
    nodes
        `node`, `kind`, `source`, `name`, `step`, `label`, `hover`, `x`, `y`.
    edges
        `first`, `second`, `weight`, `rule`, `is_alike`, `one`, `other` (labels).
    trail
        One walk: `step`, `node`, `what`, `weight`, `product`.
    walked
        The walk in words.
    """

    node: int
    kind: str
    name: str
    label: str
    sentence: str
    svg: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    trail: pd.DataFrame
    walked: str


def state_of(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """Return what a kept context goes by: the files of the folder and of those beside it."""
    if folder is None or not folder.is_dir():
        return ()
    places = [folder, *(base / name for base in (folder, folder.parent) for name in _PLACES)]
    return tuple(entry for place in places if place.is_dir() for entry in folder_state(place))


def open_context(folder: Path | None, *, is_patient: bool = False) -> OpenContext:
    """Make the context of what is at hand, without the features that a training tells.

    Parameters
    ----------
    folder
        Of annotation; None for what ships alone.
    is_patient
        Bring molecules of large tables into one form; else those that were not before are left out.

    Raises
    ------
    DataFileError
        If a table cannot be read.
    """
    at_hand = read_at_hand(open_store(folder), is_patient=is_patient)
    graph = build_context(at_hand.tables)
    blocks = graph.count_nodes()
    blocks["joined"] = 100 * blocks["with edges"] / np.maximum(blocks["nodes"], 1)
    rules = count_density(graph)
    rules["sparsity"] = 100 * (1 - rules["density"])
    shares = count_shares(graph)
    shares["share"] *= 100
    slim = [
        replace(block, features=np.zeros((len(block), 0), np.float32)) for block in graph.blocks
    ]
    graph = replace(graph, blocks=tuple(slim))
    return OpenContext(
        graph,
        at_hand.names,
        at_hand.same,
        _say_all(graph, shares),
        at_hand.missing,
        at_hand.as_table(),
        blocks,
        rules,
        shares,
        _find_example(graph, at_hand.names),
        at_hand.waiting,
    )


def is_prepared(context: OpenContext) -> bool:
    """Return whether everything that waited has its form by now."""
    return all(find_forms(one.structures) is not None for one in context.waiting)


def work_of(context: OpenContext) -> PageWork:
    """Return the run that brings what waits into one form; all who look at it share it."""
    given = give(runs_root(None), role=STRUCTURES, name="structures.json", content=context.question)
    return PageWork(FormsSettings(), (given,), "Molecules in one form")


def say_waiting(context: OpenContext) -> str:
    """Say what is not part of the graph yet, and how long that takes."""
    total = sum(len(one.structures) for one in context.waiting)
    tables = format_list([f"{one.table} ({len(one.structures):,})" for one in context.waiting])
    return (
        f"Not part of this yet: molecules of {tables}. Each of these {total:,} structures has to "
        f"be brought into one form first, once: about {duration(total * _SECONDS)} in the "
        "background. The graph below is of all else."
    )


def find_node(context: OpenContext, text: str) -> int:
    """Return the number of a molecule or gene by name, InChIKey, structure or symbol.

    Raises
    ------
    InputError
        If there is none; near names are offered.
    """
    wanted = text.strip()
    graph = context.graph
    molecules = {str(graph.names[node]): int(node) for node in graph.nodes_of(MOLECULE)}
    key = context.same.get(wanted[:SKELETON], wanted[:SKELETON])
    if key in molecules:
        return molecules[key]
    named = {name.casefold(): key for key, name in context.names.items() if key in molecules}
    if wanted.casefold() in named:
        return molecules[named[wanted.casefold()]]
    genes = {str(graph.names[node]): int(node) for node in graph.nodes_of(GENE)}
    for symbol in (wanted, wanted.upper()):
        if symbol in genes:
            return genes[symbol]
    msg = f"Expected a molecule or gene of the graph, found {wanted[:60]!r}."
    try:
        own = read_molecules(wanted, most=1).molecules[0].standard.key
    except InputError as error:
        near = nearest_names(wanted, [context.names[key] for key in named.values()])
        hint = f"Did you mean {', '.join(near)}?" if near else "Give a name, SMILES or symbol."
        raise InputError(msg, hint) from error
    key = context.same.get(own, own)
    if key not in molecules:
        n_genes = len(graph.nodes_of(GENE))
        msg = (
            f"{wanted[:60]} is none of the {len(molecules):,} molecules and {n_genes:,} genes that "
            "this graph has."
        )
        raise InputError(msg, "Bring a table that names it: *What it is made of* lists them.")
    return molecules[key]


def show_near(context: OpenContext, node: int, *, number: int, ink: str) -> NearView:
    """Lay out what stands around a node, and one walk from it.

    Parameters
    ----------
    context
        As it was opened.
    node
        Number of the node.
    number
        Of the walk: another one is drawn for each.
    ink
        Colour of lines of a structure, "" for black.
    """
    graph = context.graph
    trail = walk_from(graph, node, seed=number)
    part = near_part(graph, node, also=trail["node"].tolist())
    nodes, edges = part.nodes, part.edges
    labels = {one: context.label(one) for one in nodes["node"].tolist()}
    first, second = (edges[end].astype(int).astype(str) for end in ("first", "second"))
    ids = nodes["node"].astype(str).tolist()
    places = lay_out_part(ids, list(zip(first, second, strict=True)))
    nodes = nodes.assign(label=[context.name(one) for one in nodes["node"].tolist()])
    nodes["x"], nodes["y"] = places[:, 0], places[:, 1]
    nodes["hover"] = nodes["label"] + "\n" + nodes["kind"].map(KINDS_SAID)
    nodes["hover"] += " (" + nodes["source"] + ")"
    edges = edges.assign(
        is_alike=edges["rule"].str.contains("alike").to_numpy(bool),
        one=[labels[int(one)] for one in edges["first"]],
        other=[labels[int(one)] for one in edges["second"]],
    )
    trail = trail.assign(what=[context.label(one) for one in trail["node"].tolist()])
    block = graph.blocks[graph.block_of[node]]
    svg = ""
    if block.kind == MOLECULE:
        svg = draw_svg(graph.smiles[node], ink=ink)
    label = labels[node]
    return NearView(
        node,
        block.kind,
        str(graph.names[node]),
        label,
        _say_near(graph, node, label, part.n_left),
        svg,
        nodes,
        edges,
        trail,
        _say_walk(trail),
    )


def name_of(context: OpenContext, node: int) -> str:
    """What a link calls a node: a key for molecules, signatures and profiles, or a symbol."""
    return str(context.graph.names[node])


def _say_all(graph: ContextGraph, shares: pd.DataFrame) -> str:
    """Say what there is."""
    n_molecules = len(graph.nodes_of(MOLECULE))
    n_edges = sum(len(part) for part in graph.edges)
    share = shares.set_index("what")["share"]
    others = ", ".join(
        f"{len(graph.nodes_of(kind)):,} {several}"
        for kind, (_, several) in _SAID.items()
        if kind != MOLECULE
    )
    total = max(n_molecules, 1)
    genes, signatures, profiles = (
        100 * len(molecules_with(graph, kind)) / total for kind in (GENE, EXPRESSION, MORPHOLOGY)
    )
    is_whole = share["nothing"] == 0
    alone = "" if is_whole else " Of the others a training can tell the structure alone."
    return (
        f"{n_molecules:,} molecules stand in a graph with {others}, joined by {n_edges:,} edges. "
        f"{share['anything']:.0f} % of the molecules are joined with anything: {genes:.0f} % with "
        f"genes, {signatures:.0f} % with a signature, {profiles:.0f} % with a profile of "
        f"cells.{alone}"
    )


def _find_example(graph: ContextGraph, names: Mapping[str, str]) -> str:
    """Return a molecule with neighbours of as many kinds as there are."""
    near = graph.adjacency
    best: tuple[int, bool, int] = (-1, False, 0)
    found = ""
    for node in graph.nodes_of(MOLECULE).tolist():
        others = near.neighbour[near.start[node] : near.start[node + 1]]
        kinds = len(np.unique(graph.block_of[others]))
        name = names.get(str(graph.names[node]), "")
        said = (kinds, name == _USUAL, len(others) if name else -1)
        if said > best:
            best, found = said, str(graph.names[node])
    return found


def _say_near(graph: ContextGraph, node: int, label: str, n_left: int) -> str:
    """Say who stands around a node."""
    near = graph.adjacency
    others = near.neighbour[near.start[node] : near.start[node + 1]]
    if not len(others):
        return f"{label}: {NOTHING_KNOWN}"
    kinds = pd.Series([graph.blocks[at].kind for at in graph.block_of[others]]).value_counts()
    counted = ", ".join(
        f"{kinds[kind]:,} {one if kinds[kind] == 1 else several}"
        for kind, (one, several) in _SAID.items()
        if kind in kinds
    )
    left = f" The {n_left:,} lightest are not drawn." if n_left else ""
    return f"{label} is joined with {counted}.{left}"


def _say_walk(trail: pd.DataFrame) -> str:
    """Say where a walk went."""
    if len(trail) < 2:
        return "The walk ends where it begins."
    steps = " → ".join(str(what) for what in trail["what"])
    return f"{steps}. The last node counts {trail['product'].iloc[-1]:.2f}."
