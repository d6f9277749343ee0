"""Parts of the Home page."""

from __future__ import annotations

import numpy as np
import streamlit as st

from musegnn.plots.gene_map_svg import gene_map_svg
from musegnn.plots.theme import ground
from musegnn.ui import navigation
from musegnn.ui.cache import FileKey, OpenAtlas
from musegnn.ui.downloads import download_csv
from musegnn.ui.frame import Frame
from musegnn.ui.gene_map_component import load_map_library
from musegnn.ui.map_colours import map_colours
from musegnn.ui.tables import show_table
from musegnn.viewmodels.atlas_colours import colour_layer
from musegnn.viewmodels.home import HomeView


def show_introduction(frame: Frame, view: HomeView) -> None:
    """Say what this is and what is loaded, beside a small map."""
    text, picture = st.columns([5, 6], gap="large")
    with text:
        for sentence in view.sentences:
            st.markdown(sentence)
        numbers = st.columns(3)
        numbers[0].metric("genes in context", f"{view.n_points:,}")
        numbers[1].metric("contexts", f"{view.n_contexts:,}")
        numbers[2].metric("genes", f"{view.n_genes:,}", help="Orthologs are counted once")
        with st.container(horizontal=True):
            navigation.next_page(navigation.ATLAS, "Open the Atlas", key="to_atlas", primary=True)
            navigation.next_page(navigation.GENE, "Look up a gene", key="to_gene")
    with picture:
        svg = _small_map(frame.atlas.file_key, frame.atlas, dark=frame.on.is_dark)
        st.image(svg, alt=f"Small picture of the map. {view.map_caption}", width="stretch")
        st.caption(view.map_caption)
    load_map_library()  # read while the visitor reads, so that the Atlas opens at once


@st.cache_data(max_entries=4, show_spinner="Drawing the map")
def _small_map(key: FileKey, _atlas: OpenAtlas, *, dark: bool) -> str:
    """Draw the small map once for an atlas and a ground."""
    on = ground(dark=dark)
    layer = colour_layer(
        "tissue", embedding=_atlas.embedding, list_rows=np.empty(0, dtype=np.int64)
    )
    return gene_map_svg(
        _atlas.embedding.layout,
        map_colours(layer, on=on),
        on=on,
        size=(7.4, 4.6),
        raster_limit=3000,  # a picture to look at, not to edit: small matters more
    )


def show_contexts(frame: Frame, view: HomeView) -> None:
    """List the contexts with their sources."""
    st.subheader("What is loaded", anchor=False)
    show_table(
        view.contexts,
        key="contexts",
        description=f"The {view.n_contexts} contexts of {view.name}",
    )
    st.caption(f"{view.n_contexts} contexts of {view.name}; model {view.model}.")
    download_csv(
        "Table as CSV",
        view.contexts,
        embedding=frame.atlas.embedding,
        what="contexts",
        key="download_contexts",
    )


def show_tour(view: HomeView) -> None:
    """Show the first visit in five steps, and where the numbers come from."""
    st.subheader("Your first visit in five steps", anchor=False)
    for column, (number, (title, text)) in zip(
        st.columns(len(view.tour), gap="medium"), enumerate(view.tour, start=1), strict=True
    ):
        column.markdown(f"**{number}. {title}**  \n{text}")
    st.subheader("Where the numbers come from", anchor=False)
    for line in view.origin:
        st.markdown(f"- {line}")
