"""Parts of the Atlas page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from musegnn.analysis.gene_list_report import ListReport
from musegnn.embeddings.reliability import DEFINITION, WORDS
from musegnn.screens.atlas import view as atlas
from musegnn.screens.atlas.columns import COUNTS, SELECTION
from musegnn.screens.atlas.methods import atlas_methods
from musegnn.screens.atlas.view import AtlasRequest, AtlasView, firm_rows
from musegnn.screens.parts.colour_choices import COLOUR_LABELS, MY_LIST
from musegnn.screens.parts.gene_colours import usual_colour
from musegnn.screens.parts.gene_search_panel import gene_search_box, offer_choices
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.map_names_panel import (
    show_map_speech,
    shown_names,
    take_gesture,
)
from musegnn.screens.parts.map_paper_panel import drawn_colours, map_look, offer_map_for_paper
from musegnn.screens.parts.map_writing_figure import Writing
from musegnn.screens.parts.named_selections_panel import selection_controls
from musegnn.screens.parts.ortholog_panel import show_orthologs
from musegnn.screens.parts.point_density import is_dense
from musegnn.screens.parts.point_map_panel import (
    SetMap,
    map_of_set,
    show_point_map,
)
from musegnn.screens.parts.point_map_svg import ON_SCREEN, MapLook, point_map_svg
from musegnn.screens.parts.selection_bar import bar_sets
from musegnn.screens.parts.selection_bar_panel import show_selection_bar
from musegnn.screens.parts.selection_panel import offer_selection
from musegnn.screens.shell import navigation
from musegnn.screens.shell.columns import Column
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.figure_style import DOUBLE, WIDTHS, FigureStyle
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.messages import show_notice
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.panel_plotly import load_map_library
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.state import tied
from musegnn.screens.shell.tables import context_name, show_table
from musegnn.screens.shell.words import escaped, prose

MOST_ROWS = 10_000  # of a selection that travel to the browser; nobody reads further


def draw(frame: Frame) -> None:
    """Show the map, what is lit and selected on it, and where orthologs lie."""
    request = choose(frame)
    view = atlas.build(request, atlas=frame.atlas)
    show_map(frame, view)
    show_lit(frame, view)
    show_selection(frame, view)
    show_orthologs(frame)
    methods = atlas_methods(request, view, embedding=frame.atlas.embedding)
    if methods is not None:
        show_methods(frame, methods)


def choose(frame: Frame) -> AtlasRequest:
    """Show the controls and return what the user asks for."""
    load_map_library()
    state = frame.state
    usual = usual_colour(frame.atlas.embedding)
    with st.sidebar:
        gene_search_box(frame)
        st.selectbox(
            "Colour by",
            COLOUR_LABELS,
            **state.bound(
                "colour", state.colour or usual, write=lambda colour: colour * (colour != usual)
            ),
        )
        _choose_list(frame)
        _choose_firm(frame)
        selection_controls(state, frame.atlas.embedding)
    return AtlasRequest(state.colour or usual, state.gene, state.list_text, state.selection)


def _choose_list(frame: Frame) -> None:
    """Let the user paste a gene list, and colour the map by it."""
    state = frame.state

    def colour_list(text: str) -> None:
        state.list_text = text
        if text.strip():
            state.colour = MY_LIST

    with st.expander("My gene list", expanded=True):
        st.text_area(
            "Paste gene names",
            placeholder="CD3E, CD4\nIns2",
            height=80,
            help="Separated by blanks, commas or lines; names that are not found are listed back",
            **tied("list_text", state.list_text, colour_list),
        )
        if state.list_text.strip() and st.button("Select these genes", key="select_list"):
            search = frame.atlas.search
            rows = search.rows_of_genes(search.find_list(state.list_text).genes)
            state.select(Selection(rows, MY_LIST), mode=state.mode)


def _choose_firm(frame: Frame) -> None:
    """Let the user select the genes whose neighbours other cells would give again."""
    state = frame.state
    with st.expander("Firm genes only"):
        least = st.selectbox(
            "At least",
            WORDS[1:],
            key="least_firm",
            help=prose(DEFINITION),
        )
        if st.button(
            "Select these genes",
            key="select_firm",
            help="Takes the place of the selection, or is combined with it as chosen below",
        ):
            rows = firm_rows(frame.atlas.embedding, least)
            state.select(Selection(rows, f"reliability: {least} or firmer"), mode=state.mode)


def show_map(frame: Frame, view: AtlasView) -> None:
    """Show the map with its caption and downloads."""
    show_notice(view.notice)
    _offer_report(frame, view)
    offer_choices(frame.state, view.match)
    n_listed = 0 if view.gene_list is None else len(view.gene_list.genes)
    sets = bar_sets(
        frame.state.selection,
        list_rows=view.list_rows,
        gene=frame.state.gene,
        lit=view.lit,
    )
    show_selection_bar(frame, sets, n_listed=n_listed)
    embedding = frame.atlas.embedding
    drawn = map_of_set(
        embedding,
        view.layer,
        on=frame.on,
        description=view.description,
        lit=view.lit,
        lit_labels=view.lit_labels,
        lit_note=view.lit_note,
        selected=_in_front(frame, view),
        frame=(frame.state.shown_zoom(), frame.state.get("zoom")),
        marked=view.marked,
    ).speaking(frame.state.get("names"), embedding)

    def select_drawn(gesture: dict[str, Any]) -> None:
        take_gesture(frame, drawn, gesture, view.layer, mode=frame.state.mode)

    show_point_map(
        drawn.points,
        drawn.view,
        on_gesture=select_drawn,
        on_zoom=lambda zoom: frame.state.put("zoom", zoom),
        on_names=lambda is_on: frame.state.put("names", "on" if is_on else "off"),
    )
    st.caption(prose(view.caption))
    show_map_speech(frame, drawn)
    with st.container(horizontal=True):
        download(
            "Map as SVG",
            lambda: _map_svg(frame, view, drawn),
            embedding.origin,
            "map",
            "svg",
            key="download_map",
        )
        download(
            "Map as PDF",
            lambda: _map_pdf(frame, view, drawn),
            embedding.origin,
            "map",
            "pdf",
            key="download_map_pdf",
        )
        offer_map_for_paper(
            lambda look, title: _map_svg(frame, view, drawn, look, title),
            key="gene_map",
            name=file_name(embedding.origin, "map", "svg"),
        )
        if not is_dense(view.n_stored):  # else the file itself is the better one
            download_csv(
                "All points as CSV",
                embedding.genes,
                origin=embedding.origin,
                what="all-points",
                key="download_all",
            )


def _in_front(frame: Frame, view: AtlasView) -> np.ndarray:
    """Rows that do not step back to grey: the selection, and the genes of a pasted list.

    Else an older selection, or a gene that is lit, would hide the genes of a list.
    """
    rows = frame.state.selection.rows
    if not len(view.list_rows) or not (len(rows) or len(view.lit)):
        return rows
    return np.union1d(rows, view.list_rows)


def _map_pdf(frame: Frame, view: AtlasView, drawn: SetMap) -> bytes:
    """Draw the map as the dialog for papers first offers it, in the width of a page."""
    # imported with what writes files alone
    from musegnn.io.figure_file import write_figure  # noqa: PLC0415

    style = FigureStyle(width_mm=WIDTHS[DOUBLE])
    svg = _map_svg(frame, view, drawn, map_look(style), style.title)
    return write_figure(svg, kind="PDF", width_mm=style.width_mm)


def _map_svg(
    frame: Frame,
    view: AtlasView,
    drawn: SetMap,
    look: MapLook = ON_SCREEN,
    title: str | None = None,
) -> str:
    """Draw the map as a file: the part that is seen; with a title of its own, without a caption."""
    embedding, rows = frame.atlas.embedding, drawn.rows
    colours = drawn_colours(drawn, view.layer, on=look.on)
    in_front = _in_front(frame, view)
    selected = Selection(in_front).mask(view.n_stored) if len(in_front) else None
    if rows is not None:
        selected = None if selected is None else selected[rows]
    marked = view.marked.rows
    places = dict(zip(marked.tolist(), drawn.places(marked).tolist(), strict=True))
    writing = Writing(
        names=tuple((name.x, name.y, name.text) for name in shown_names(frame)),
        marked=tuple(places.values()),
        labels=tuple((places[row], text) for row, text in view.marked.labels),
    )
    return point_map_svg(
        embedding.layout if rows is None else embedding.layout[rows],
        colours,
        title=embedding.name if title is None else title,
        caption=view.caption if title is None else "",
        look=replace(look, writing=writing),
        part=frame.state.get("zoom"),
        lit=drawn.places(view.lit),
        lit_labels=view.lit_labels,
        selected=selected,
    )


def _offer_report(frame: Frame, view: AtlasView) -> None:
    """Offer what became of each name of the pasted list."""
    names = view.gene_list
    if names is None or len(names.found) == names.n_names:
        return
    report = ListReport(names.found, names.absent, names.unknown, names.ambiguous)
    download_csv(
        "What became of each name, as CSV",
        report.table(),
        origin=frame.origin,
        what="list-names",
        key="download_names",
    )


def show_lit(frame: Frame, view: AtlasView) -> None:
    """List the lit points below the map while the table below lists a selection."""
    if view.lit_table.empty:
        return
    st.subheader(escaped(view.lit_note), anchor=False)
    colours = map_colours(view.layer, on=frame.on).colours
    chosen = show_table(
        view.lit_table,
        key="lit",
        description=f"{view.lit_note}; the points the map shows large",
        columns=SELECTION,
        selectable=True,
        row_colours=view.lit_table["code"].map(lambda code: colours[code]),
        most_rows=6,
    )
    _open_gene(frame, view.lit_table, chosen, key="open_lit")


def show_selection(frame: Frame, view: AtlasView) -> None:
    """Show the table of the selection with its counts, and the way to the Gene page."""
    st.subheader(escaped(view.table_title), anchor=False)
    if view.table.empty:
        st.markdown(
            "Type a gene on the left to light all its contexts, draw a lasso or a box around "
            "points, or click a name in the legend. What you select is listed here."
        )
        return
    left, right = st.columns([5, 2], gap="medium")
    with left:
        _show_rows(frame, view)
    with right:
        headers = {"tissue": view.tissues, "species": view.species}
        for name, counts in headers.items():
            show_table(
                counts,
                key=f"counts_{name}",
                description=f"Counts of the table by {name}",
                columns=(Column("name", label=name), *COUNTS),
            )


def _show_rows(frame: Frame, view: AtlasView) -> None:
    """Show the selected rows in the order and colours of the map."""
    colours = map_colours(view.layer, on=frame.on).colours
    n_rows = len(view.table)
    shown = view.table.head(MOST_ROWS)
    chosen = show_table(
        shown,
        key="selection",
        description=f"{view.table_title}, in the order of the legend",
        columns=SELECTION,
        selectable=True,
        row_colours=shown["code"].map(lambda code: colours[code]),
    )
    is_all = len(shown) == n_rows
    some = "All" if is_all else f"The first {len(shown):,} of"
    rest = "" if is_all else " The CSV has them all."
    st.caption(
        f"{some} {n_rows:,} rows, in the order of the legend, then by gene. Mark a row to "
        f"open its neighbours.{rest}"
    )
    with st.container(horizontal=True):
        _open_gene(frame, view.table, chosen, key="open_gene")
        download_csv(
            "This table as CSV",
            view.table.drop(columns=["code"]),
            origin=frame.origin,
            what="selection",
            key="download_selection",
        )
    offer_selection(frame, frame.state.selection)


def _open_gene(frame: Frame, table: pd.DataFrame, chosen: int | None, *, key: str) -> None:
    """Offer the neighbours of the marked row on the Gene page, or of the first one."""
    row = table.iloc[chosen if chosen is not None else 0]
    label = f"Neighbours of {row['gene']} in {context_name(row['context'])}"
    if st.button(prose(label), key=key, type="primary", help="Opens the Gene page"):
        frame.state.gene, frame.state.dataset = str(row["gene"]), str(row["context"])
        navigation.go_to("Gene")
