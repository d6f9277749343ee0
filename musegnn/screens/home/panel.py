"""Parts of the Home page."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from musegnn.embeddings.atlas import Atlas
from musegnn.screens.home import view as home
from musegnn.screens.home.methods import home_methods
from musegnn.screens.home.view import HomeView
from musegnn.screens.parts.gene_colours import colour_layer, usual_colour
from musegnn.screens.parts.kept_names_panel import ask_for_names, known_names
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.map_writing_figure import Writing
from musegnn.screens.parts.point_map_svg import MapLook, point_map_svg
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_map_choice import FIELD, FUSED, open_as_map
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.panel_plotly import load_map_library
from musegnn.screens.shell.screen import TourStep
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.theme import ground
from musegnn.screens.shell.words import escaped, prose

_STEPS_A_LINE = 4
# points; names of a larger map are made where the map itself is asked for
_NAMED_HERE: Final = 120_000
_NAMED: Final = (
    "Names say what genes of a cluster have in common; how they were tested stands on *Atlas*."
)
_ACCESS = """\
- *Tab* and *Shift Tab* go from control to control, *Enter* or *Space* presses, arrows choose.
- Select points without drawing: paste a gene list, or go with *Tab* to the legend of the map and
  press *Enter* on a name: cluster by cluster is a lasso by keyboard. *Escape* ends a gesture.
- On the map arrows move, *+* and *-* zoom, *Home* goes back; *Enter* selects the point in the
  middle, *O* opens it, *N* goes to the names of clusters: arrows go from one to the next and
  *Enter* selects.
- Union, intersection and difference of selections are buttons and menus at the left.
- Every picture has a text alternative and a table beside or below it, which downloads in full.
- In a table, arrows move, *Space* marks the row, and *Ctrl F* searches.
- Colours are told apart with every kind of colour vision; line style, shape or text says the same.
- Light or dark follows the browser, and can be changed in the menu at the upper right."""


def draw(frame: Frame) -> None:
    """Say what this is, what is loaded, and where to start."""
    view = home.build(frame.atlas.embedding)
    show_introduction(frame, view)
    show_tour(frame, view)
    show_contexts(frame, view)
    show_annotation()
    show_reference(frame)
    show_methods(frame, home_methods(frame.atlas.embedding))


def show_introduction(frame: Frame, view: HomeView) -> None:
    """Say what this is and what is loaded, beside a small map."""
    text, picture = st.columns([5, 6], gap="large")
    with text:
        for sentence in view.sentences:
            st.markdown(prose(sentence))
        numbers = st.columns(3)
        numbers[0].metric("genes in context", f"{view.n_points:,}")
        numbers[1].metric("contexts", f"{view.n_contexts:,}")
        numbers[2].metric("genes", f"{view.n_genes:,}", help="Orthologs are counted once")
        with st.container(horizontal=True):
            navigation.next_page("Atlas", "Open the Atlas", key="to_atlas", primary=True)
            navigation.next_page("Gene", "Look up a gene", key="to_gene")
            if frame.state.get(FIELD) != FUSED:
                st.button(
                    "Open what is known, fused",
                    key="to_fused",
                    on_click=open_as_map,
                    args=(FUSED,),
                    help="Vectors of 19,402 human genes from GO, pathways, interactions, regulons, "
                    "markers, expression, dependency and co-expression: each a context, and fused",
                )
    with picture:
        _show_picture(frame.atlas, view.map_caption, is_dark=frame.on.is_dark)
    load_map_library()  # read while the visitor reads, so that the Atlas opens at once


@st.fragment
def _show_picture(atlas: Atlas, caption: str, *, is_dark: bool) -> None:
    """Show the small map; names of its clusters come once they are made, which takes seconds."""
    names = known_names(atlas)
    with st.container(key="home_map"):
        svg = _small_map(atlas, dark=is_dark, named=names is not None)
        st.image(svg, alt=f"Small picture of the map. {caption}", width="stretch")
    if names is not None:
        caption += " " + _NAMED
    st.caption(prose(caption))
    if len(atlas.embedding) <= _NAMED_HERE:
        ask_for_names(atlas, seen=".st-key-home_map img")


@cached_build(max_entries=8, spinner="Drawing the map")
def _small_map(atlas: Atlas, *, dark: bool, named: bool) -> str:
    """Draw the small map once for an atlas and a ground, with names once they are known."""
    on = ground(dark=dark)
    layer = colour_layer(
        usual_colour(atlas.embedding),
        embedding=atlas.embedding,
        list_rows=np.empty(0, dtype=np.int64),
    )
    names = known_names(atlas) if named else None
    placed = () if names is None else names.placed
    writing = Writing(names=tuple((name.x, name.y, name.text) for name in placed))
    return point_map_svg(
        atlas.embedding.layout,
        map_colours(layer, on=on),
        look=MapLook(on, (6.6, 4.6), writing=writing),
        raster_limit=3000,  # a picture to look at, not to edit: small matters more
    )


def show_contexts(frame: Frame, view: HomeView) -> None:
    """List the contexts with their sources."""
    st.subheader("What is loaded", anchor=False)
    show_table(
        view.contexts,
        key="contexts",
        description=f"The {view.n_contexts} contexts of {view.name}",
        columns=home.COLUMNS,
    )
    if view.doubtful:
        st.warning(escaped(view.doubtful))
    st.caption(escaped(f"{view.n_contexts} contexts of {view.name}; model {view.model}."))
    download_csv(
        "Table as CSV",
        view.contexts,
        origin=frame.origin,
        what="contexts",
        key="download_contexts",
    )


def show_annotation() -> None:
    """Show, folded, what annotation is at hand; it is looked at when somebody opens it."""
    folded = st.expander(
        "Annotation: what is at hand. **Get the rest**", key="annotation_panel", on_change="rerun"
    )
    if folded.open:
        with folded:
            # what is known of tables is a package of its own
            from musegnn.screens.parts import annotation_box_panel  # noqa: PLC0415

            annotation_box_panel.fill_annotation_box("home")


def show_tour(frame: Frame, view: HomeView) -> None:
    """Show the first visit in steps that open real views, and where the numbers come from."""
    st.subheader(f"Your first visit in {len(view.tour)} steps", anchor=False)
    for start in range(0, len(view.tour), _STEPS_A_LINE):
        columns = st.columns(_STEPS_A_LINE, gap="medium")
        for place, (page, step) in enumerate(view.tour[start : start + _STEPS_A_LINE]):
            number = start + place + 1
            with columns[place]:
                st.markdown(prose(f"**{number}. {step.title}**  \n{step.text}"))
                if step.label and st.button(escaped(step.label), key=f"tour_{number}"):
                    _open(frame, page, step)
    st.subheader("Where the numbers come from", anchor=False)
    for line in view.origin:
        st.markdown(prose(f"- {line}"))


def _open(frame: Frame, page: str, step: TourStep) -> None:
    """Choose what a step is about, and go to its page."""
    for name, value in step.fields.items():
        frame.state.put(name, value)
    navigation.go_to(page)


def show_reference(frame: Frame) -> None:
    """Show, folded, what every score means and how to work without a mouse."""
    folded = st.expander(
        "Glossary: every score with its range", key="glossary_panel", on_change="rerun"
    )
    if folded.open:
        with folded:
            _show_glossary(frame)
    with st.expander("Without a mouse, and with a screen reader"):
        st.markdown(_ACCESS)


def _show_glossary(frame: Frame) -> None:
    """List all scores, the metrics of all benchmarks among them."""
    # the metrics are found when somebody asks for them: they are a package of their own
    from musegnn.screens.home import view_glossary  # noqa: PLC0415

    table = view_glossary.glossary_table()
    st.caption(f"{len(table)} scores")
    show_table(
        table,
        key="glossary",
        description="Every score with its range, its meaning and the page that shows it",
        columns=view_glossary.COLUMNS,
    )
    download_csv(
        "Glossary as CSV",
        table,
        origin=frame.origin,
        what="glossary",
        key="download_glossary",
    )
