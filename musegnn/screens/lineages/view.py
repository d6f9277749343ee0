"""Lineages: what the page shows of one, and which there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn.errors import MuseGNNError
from musegnn.lineages.programs import CIRCULAR, FALLS, RISES
from musegnn.lineages.result import SUMMARY_FILE, LineageResult, read_lineage
from musegnn.lineages.words import CLUSTERED, control_words, describe_lineage, scores_table
from musegnn.runs import list_runs, read_record, result_folder
from musegnn.runs.kinds.lineage import LineageSettings
from musegnn.screens.lineages import CLUSTER, GENE, LABEL, PSEUDOTIME
from musegnn.screens.shell.colour_layer import (
    ColourLayer,
    category_layer,
    number_layer,
    step_layer,
)
from musegnn.settings import REPOSITORY
from musegnn.validation import format_list, nearest_names

SHIPPED: Final = REPOSITORY / "data" / "lineages" / "pancreas"
SHIPPED_NAME: Final = "Pancreas of the mouse, E15.5 (ships)"
MOST_LISTED: Final = 50  # runs
_STEPS: Final = tuple(round(0.1 * step, 1) for step in range(1, 10))


@dataclass(frozen=True)
class LineageRequest:
    """What the user asks of a lineage.

    Parameters
    ----------
    colour
        One of `musegnn.screens.lineages.COLOURS`.
    gene
        Gene as it was typed.
    """

    colour: str = LABEL
    gene: str = ""


@dataclass(frozen=True)
class LineageView:
    """What the page shows of a lineage.

    Parameters
    ----------
    words
        What it is, from which root, what to trust: words before numbers.
    notes
        What was odd.
    control
        The control beside the claim.
    layer
        Colours of all cells.
    gene
        The gene that colours the map; "" for none.
    notice
        What became of the gene that was typed, Markdown lines.
    description, caption
        Text alternative of the map, and the line below it.
    methods
        A row a method, see `musegnn.lineages.words.scores_table`.
    methods_caption
        What they are to be read with.
    rising, falling
        Genes along the way, strongest first.
    genes_caption
        What they are to be read with.
    tree_caption
        What the picture of the groups shows.
    """

    words: tuple[str, ...]
    notes: tuple[str, ...]
    control: str
    layer: ColourLayer
    gene: str
    notice: tuple[str, ...]
    description: str
    caption: str
    methods: pd.DataFrame
    methods_caption: str
    rising: pd.DataFrame
    falling: pd.DataFrame
    genes_caption: str
    tree_caption: str


def list_lineages(root: Path) -> dict[str, str]:
    """Return what can be shown: id of a run, "" for what ships, and its name, newest run first."""
    found = {"": SHIPPED_NAME} if (SHIPPED / SUMMARY_FILE).is_file() else {}
    runs = [
        record
        for record in list_runs(root)
        if record.kind == LineageSettings.kind and record.state == "finished"
    ]
    return {**found, **{record.run_id: record.name for record in runs[:MOST_LISTED]}}


def folder_of(root: Path, run_id: str) -> Path:
    """Return the folder of a lineage.

    Raises
    ------
    RunError
        If there is no such run, or no whole result of it.
    """
    if not run_id:
        return SHIPPED
    return result_folder(read_record(root, run_id).folder)


def open_lineage(folder: Path) -> LineageResult:
    """Read a lineage, see `musegnn.lineages.result.read_lineage`."""
    return read_lineage(folder)


def find_gene(result: LineageResult, typed: str) -> tuple[str, tuple[str, ...]]:
    """Return the gene that a name means among those that can be drawn, and what to say of it."""
    name = typed.strip()
    if not name:
        return "", ("Type a gene on the left to colour the cells by it.",)
    genes = result.shown_genes
    folded = {gene.casefold(): gene for gene in reversed(genes)}
    found = folded.get(name.casefold())
    if found is not None:
        return found, ()
    near = nearest_names(name, genes)
    told = f" Nearest: {', '.join(near)}." if near else ""
    return "", (
        f"Expected one of the {len(genes):,} genes that this lineage keeps to be drawn, found "
        f"`{name[:40]}`.{told}",
    )


def colour_cells(result: LineageResult, colour: str, gene: str) -> ColourLayer:
    """Return the colours of all cells.

    Parameters
    ----------
    result
        The lineage.
    colour
        `label`, `cluster`, `pseudotime` or `gene`.
    gene
        One that can be drawn, where the colour is `gene`; "" falls back to groups.
    """
    table = result.cells.table
    if colour == PSEUDOTIME:
        time = table["pseudotime"].to_numpy(dtype=float)
        if np.isfinite(time).all():
            return number_layer(time, title="pseudotime")
        return step_layer(time, _STEPS, title="pseudotime", missing="no way to the root")
    if colour == GENE and gene:
        try:
            values = result.expression(gene)
        except MuseGNNError:
            values = np.zeros(len(result.cells))
        return number_layer(values, title=f"{gene}, log expression")
    own = CLUSTER if colour == CLUSTER or result.grouped_by == "cluster" else LABEL
    names = table[own].astype(str)
    return category_layer(names.where(names != "", "no label"), title=own)


def build(request: LineageRequest, result: LineageResult) -> LineageView:
    """Collect what the page shows of a lineage."""
    gene, notice = find_gene(result, request.gene) if request.colour == GENE else ("", ())
    layer = colour_cells(result, request.colour, gene)
    n_cells = len(result.cells)
    genes = result.programs[["gene", "rho", "detected", "q", "direction"]]
    methods = scores_table(result).rename(columns={"pseudotime": "order"})
    has_scores = bool(methods["ari"].notna().any())
    smooth = "; a gene is the mean over a cell and its nearest cells" if gene else ""
    return LineageView(
        words=describe_lineage(result)[:-1],
        notes=result.notes,
        control=control_words(result),
        layer=layer,
        gene=gene,
        notice=notice,
        description=f"Map of {n_cells:,} cells coloured by {layer.title}; "
        "the groups stand as a table and as a picture beside it.",
        caption=f"Each point is a cell, {n_cells:,} of {n_cells:,} drawn; UMAP of the places that "
        f"the methods describe; distances between far groups mean nothing{smooth}. "
        f"{result.cells.origin}.",
        methods=methods,
        methods_caption=f"{CLUSTERED} A gain over principal components alone proves nothing: the "
        "rows with permuted genes are what any random projection of the same counts would give."
        if has_scores
        else "No labels were given, so that nothing says which order is right; the last column "
        "says whether another way finds the same one.",
        rising=_side(genes, RISES),
        falling=_side(genes, FALLS),
        genes_caption=f"The strongest of {result.n_rising:,} genes that rise and "
        f"{result.n_falling:,} that fall, of {result.n_tested:,} seen in 5 % of the cells. "
        f"{CIRCULAR}",
        tree_caption=_tree_words(result),
    )


def cells_table(result: LineageResult, rows: np.ndarray) -> pd.DataFrame:
    """Return some cells in the order of pseudotime, or all of them where none is chosen."""
    table = result.cells.table if not len(rows) else result.cells.table.iloc[rows]
    return table.sort_values(["pseudotime", "cell"], na_position="last").reset_index(drop=True)


def _side(genes: pd.DataFrame, direction: str) -> pd.DataFrame:
    """Return the genes of one direction."""
    return genes[genes["direction"] == direction].drop(columns="direction").reset_index(drop=True)


def _tree_words(result: LineageResult) -> str:
    """Say what the picture of the groups shows, and how the tree agrees with a known one."""
    words = (
        "Circles are groups, their area the number of cells; lines are PAGA connections, wide "
        "where strong; bold ones are the spanning tree of the strongest, faint ones the rest."
    )
    if not result.known:
        return words
    found = {frozenset(edge) for edge in result.groups.tree}
    known = known_edges(result)
    missed = [f"{first}>{second}" for first, second in known if {first, second} not in found]
    n_found = len(known) - len(missed)
    told = f" Not found: {format_list(missed, limit=6)} (dotted)." if missed else ""
    chance = min(2 / len(result.groups.names), 1) * len(known)
    return (
        f"{words} Of {len(known)} edges of the known tree {n_found} are found, {chance:.1f} by "
        f"chance.{told}"
    )


def known_edges(result: LineageResult) -> list[tuple[str, str]]:
    """Return the edges of the known tree as it was written; none without one."""
    if not result.known:
        return []
    return [
        (first.strip(), second.strip())
        for first, _, second in (edge.partition(">") for edge in result.known.split(", "))
    ]


def edges_table(result: LineageResult) -> pd.DataFrame:
    """Return the connections of groups: `first`, `second`, `connectivity`, `kind`.

    Kinds are `tree`, `other`, and `known` for an edge of the known tree that was not found.
    """
    names = result.groups.names
    tree = {frozenset(edge) for edge in result.groups.tree}
    rows = [
        (
            first,
            second,
            float(result.groups.connectivity[i, j]),
            "tree" if {first, second} in tree else "other",
        )
        for i, first in enumerate(names)
        for j, second in enumerate(names)
        if i < j and result.groups.connectivity[i, j] > 0
    ]
    missed = [
        (first, second, 0.0, "known")
        for first, second in known_edges(result)
        if {first, second} not in tree and {first, second} <= set(names)
    ]
    return pd.DataFrame([*rows, *missed], columns=["first", "second", "connectivity", "kind"])
