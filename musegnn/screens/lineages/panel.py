"""Panels of the Lineages page: one lineage, its map, its groups, its genes, its controls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.lineages.result import CELLS_FILE, LineageResult
from musegnn.runs import runs_root
from musegnn.screens.lineages import COLOURS, GENE
from musegnn.screens.lineages import view as lineages
from musegnn.screens.lineages.columns import CELLS, GENES, METHODS
from musegnn.screens.lineages.figure_groups import plot_groups
from musegnn.screens.lineages.methods import lineage_methods
from musegnn.screens.lineages.panel_trace import show_trace
from musegnn.screens.lineages.view import SHIPPED, LineageRequest, LineageView
from musegnn.screens.parts.colour_choices import MY_LIST
from musegnn.screens.parts.map_paper_panel import drawn_colours, offer_map_for_paper
from musegnn.screens.parts.point_map_panel import SetMap, map_of_set, show_point_map
from musegnn.screens.parts.point_map_svg import ON_SCREEN, MapLook, point_map_svg
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.colour_layer import category_layer
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import show_error, show_notice
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.panel_plotly import load_map_library
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.selection import (
    NOTHING,
    Selection,
    combine,
    mode_of_gesture,
    selection_of_gesture,
)
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.theme import layer_colours
from musegnn.screens.shell.words import escaped, prose

_SELECTED = "lineage_selected"  # of the session: id of the cells, and which are chosen
_MOST_ROWS = 20_000  # of the table of cells that travel to the browser


def draw(frame: BareFrame) -> None:
    """Show a lineage, and let the user trace one of their own cells."""
    load_map_library()
    folder = _choose(frame)
    result = None if folder is None else _open_or_tell(folder)
    if result is None:
        st.info(
            "No lineage is at hand. Give your own cells below, or run `musegnn lineage FILE -o DIR`"
            " on the command line."
        )
    else:
        show_lineage(frame, result, folder == SHIPPED)
    show_trace(frame)


def show_lineage(frame: BareFrame, result: LineageResult, is_shipped: bool) -> None:  # noqa: FBT001 - one of two
    """Show one lineage: words, map and groups, controls, genes, cells, methods."""
    request = _ask(frame, result)
    view = lineages.build(request, result)
    st.markdown(prose("  \n".join(view.words)))
    for note in view.notes:
        st.caption(escaped(note))
    show_notice(view.notice)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        drawn = show_cells(frame, view, result)
    with right:
        show_groups(frame, view, result)
    show_files(frame, view, result, drawn)
    show_controls(view)
    show_genes(frame, view, result)
    show_selected(result)
    name = "data/lineages/pancreas" if is_shipped else result.folder.parent.name + "/result"
    show_methods(frame, lineage_methods(result, name))


def _choose(frame: BareFrame) -> Path | None:
    """Let the user choose a lineage; None where there is none."""
    state, root = frame.state, runs_root(None)
    known = lineages.list_lineages(root)
    asked = state.get("lineage")
    if asked and asked not in known:
        state.add_message("`lineage` of the link was left out: no finished run of that name.")
        st.warning(prose("The lineage of the link is no finished run here; another one is shown."))
        state.put("lineage", "")
        asked = ""
    if not known:
        return None
    with st.sidebar:
        st.selectbox(
            "Lineage",
            list(known),
            format_func=lambda run: known[run],
            **state.bound("lineage", asked if asked in known else next(iter(known))),
        )
    chosen = state.get("lineage")
    try:
        return lineages.folder_of(root, chosen if chosen in known else next(iter(known)))
    except MuseGNNError as error:
        show_error(error)
        return None


def _open_or_tell(folder: Path) -> LineageResult | None:
    """Open a lineage, or say what is wrong with its files."""
    try:
        return _open(folder)
    except MuseGNNError as error:
        show_error(error)
        return None


@cached_build(max_entries=6)
def _open(folder: Path) -> LineageResult:
    """Read a lineage once; its files never change."""
    return lineages.open_lineage(folder)


def _ask(frame: BareFrame, result: LineageResult) -> LineageRequest:
    """Show the controls and return what the user asks for."""
    state = frame.state
    options = [name for name in COLOURS if name != "label" or result.grouped_by == "label"]
    with st.sidebar:
        st.selectbox(
            "Colour cells by",
            options,
            **state.bound("cell_colour", state.among("cell_colour", options, options[0])),
        )

        def keep(typed: str) -> str:
            if typed.strip():
                state.put("cell_colour", GENE)
            return clean("cell_gene", typed)

        st.text_input(
            "Gene",
            placeholder="Ins2",
            help="Colours the cells by a gene, as the file calls it",
            **state.bound("cell_gene", write=keep),
        )
    return LineageRequest(state.among("cell_colour", options, options[0]), state.get("cell_gene"))


def show_cells(frame: BareFrame, view: LineageView, result: LineageResult) -> SetMap:
    """Show the map of the cells; what is enclosed on it is listed below."""
    cells = result.cells
    drawn = map_of_set(
        cells,
        view.layer,
        on=frame.on,
        description=view.description,
        selected=_selected(result).rows,
    )

    def select(gesture: dict[str, Any]) -> None:
        made = drawn.in_set(gesture)
        new = selection_of_gesture(made, layout=cells.layout, layer=view.layer)
        mode = mode_of_gesture(made, "replace")
        st.session_state[_SELECTED] = (cells.id, combine(_selected(result), new, mode=mode))

    show_point_map(drawn.points, drawn.view, on_gesture=select, key="lineage_map")
    st.caption(prose(view.caption))
    return drawn


def _selected(result: LineageResult) -> Selection:
    """Return the cells that are selected, of the lineage that is shown."""
    known, selection = st.session_state.get(_SELECTED, ("", NOTHING))
    return selection if known == result.cells.id else NOTHING


def show_groups(frame: BareFrame, view: LineageView, result: LineageResult) -> None:
    """Show how groups of cells hang together."""
    own = category_layer(list(result.groups.names), title=result.grouped_by)
    colours = layer_colours("category", len(own.legend), has_other=own.has_other, on=frame.on)
    show_figure(
        plot_groups(
            result.places,
            lineages.edges_table(result),
            [colours[code] for code in own.codes],
            on=frame.on,
        ),
        key="lineage_groups",
        description="Groups of cells, their connections and the tree of the strongest; the edges "
        "can be taken away as CSV.",
        caption=view.tree_caption,
        name=file_name(frame.origin, "lineage-groups", "svg"),
    )


def show_files(frame: BareFrame, view: LineageView, result: LineageResult, drawn: SetMap) -> None:
    """Offer cells, edges and the map as files."""
    origin = result.cells.origin

    def map_svg(look: MapLook = ON_SCREEN, title: str | None = None) -> str:
        return point_map_svg(
            result.cells.layout if drawn.rows is None else result.cells.layout[drawn.rows],
            drawn_colours(drawn, view.layer, on=look.on),
            title=result.cells.name if title is None else title,
            caption=view.caption if title is None else "",
            look=look,
        )

    with st.container(horizontal=True):
        download("Map as SVG", map_svg, origin, "lineage-map", "svg", key="lineage_svg")
        offer_map_for_paper(
            map_svg, key="lineage_map", name=file_name(origin, "lineage-map", "svg")
        )
        download(
            "Cells as h5ad",
            (result.folder / CELLS_FILE).read_bytes,
            origin,
            "lineage",
            "h5ad",
            key="lineage_h5ad",
        )
        download_csv(
            "Cells as CSV",
            lineages.cells_table(result, NOTHING.rows),
            origin=origin,
            what="lineage-cells",
            key="lineage_cells",
        )
        download_csv(
            "Edges as CSV",
            lineages.edges_table(result),
            origin=origin,
            what="lineage-edges",
            key="lineage_edges",
        )
        download_csv(
            "Genes as CSV",
            result.programs,
            origin=origin,
            what="lineage-genes",
            key="lineage_genes",
        )


def show_controls(view: LineageView) -> None:
    """Show the control beside the claim."""
    st.subheader("What comes from the counts, and what from the vectors of genes", anchor=False)
    st.markdown(prose(view.control))
    has_some = [name for name in view.methods if view.methods[name].notna().any()]
    show_table(
        view.methods,
        key="lineage_methods",
        description="Each way to place the cells, and how it agrees with what is known",
        columns=tuple(column for column in METHODS if column.name in has_some),
    )
    st.caption(prose(view.methods_caption))


def show_genes(frame: BareFrame, view: LineageView, result: LineageResult) -> None:
    """Show the genes that rise and those that fall, with the ways on from there."""
    st.subheader("Genes along the lineage", anchor=False)
    st.caption(prose(view.genes_caption))
    sides = {"rising": view.rising, "falling": view.falling}
    for place, (name, genes) in zip(st.columns(2, gap="medium"), sides.items(), strict=True):
        with place:
            st.markdown(prose(f"**{name.capitalize()}**"))
            if genes.empty:
                st.markdown("None.")
                continue
            row = show_table(
                genes,
                key=f"lineage_{name}",
                description=f"Genes {name} along the lineage, strongest first",
                columns=GENES,
                selectable=True,
                most_rows=10,
            )
            gene = str(genes["gene"].iloc[row or 0])
            _offer_gene(frame, gene, list(genes["gene"].head(100)), name, result)


def _offer_gene(
    frame: BareFrame, gene: str, genes: list[str], side: str, result: LineageResult
) -> None:
    """Offer to colour the cells by a gene, and the pages that ask on."""
    state = frame.state

    def colour() -> None:
        state.put("cell_gene", clean("cell_gene", gene))
        state.put("cell_colour", GENE)

    with st.container(horizontal=True):
        st.button(
            escaped(f"Colour by {gene}"),
            key=f"lineage_colour_{side}",
            on_click=colour,
            disabled=gene not in result.shown_genes,
        )
        if frame.atlas is None:
            return
        if st.button(
            escaped(f"Neighbours of {gene}"),
            key=f"lineage_gene_{side}",
            help="Opens the Gene page: its company in every context of the atlas",
        ):
            state.gene = gene
            navigation.go_to("Gene")
        if st.button(
            f"What are the {len(genes)} about?",
            key=f"lineage_enrich_{side}",
            help="Opens the Enrichment page on these genes",
        ):
            state.list_text = " ".join(genes)
            state.put("enrichment_kind", "list")
            navigation.go_to("Enrichment")
        if st.button(
            "Light them on the Atlas",
            key=f"lineage_atlas_{side}",
            help="Colours the map of the atlas by these genes",
        ):
            state.list_text = " ".join(genes)
            state.put("colour", MY_LIST)
            navigation.go_to("Atlas")


def show_selected(result: LineageResult) -> None:
    """List the cells that were enclosed on the map."""
    selection = _selected(result)
    if not len(selection):
        st.caption("Draw a lasso on the map or click a name of its legend to list cells here.")
        return
    table = lineages.cells_table(result, np.asarray(selection.rows))
    st.subheader(f"{len(table):,} cells selected", anchor=False)
    shown = [column for column in CELLS if column.name != "label" or result.grouped_by == "label"]
    show_table(
        table.head(_MOST_ROWS),
        key="lineage_selection",
        description="Selected cells in the order of pseudotime",
        columns=tuple(shown),
    )
    download_csv(
        "Selected cells as CSV",
        table,
        origin=result.cells.origin,
        what="lineage-selected",
        key="lineage_selected_csv",
    )
