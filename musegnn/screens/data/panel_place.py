"""Panel of the Data page: place a graph that was built into the atlas, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.errors import MuseGNNError
from musegnn.runs import RunRecord, read_record, runs_root
from musegnn.screens.data import view_place
from musegnn.screens.data.columns import PLACED_CONTEXTS, PLACED_GROUPS
from musegnn.screens.data.view_place import PlaceView
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.map_paper_panel import offer_map_for_paper
from musegnn.screens.parts.page_work import result_of
from musegnn.screens.parts.page_work_panel import begin, show_end, watch
from musegnn.screens.parts.point_map_svg import RASTER_LIMIT, MapLook, point_map_svg
from musegnn.screens.shell import navigation
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.downloads import download_csv, download_file
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.panel_map_choice import open_as_map
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.theme import ground
from musegnn.screens.shell.words import escaped, prose

_RUN, _CANCEL = "data_placed", "data_place_cancel"  # the placement shown, by built graph
_SHOWN: Final = 10


def show_placement(frame: BareFrame, name: str, built: Path) -> None:
    """Offer to place a graph, watch it, and show where it lies.

    Parameters
    ----------
    frame
        What the page works with.
    name
        Of the dataset.
    built
        Result folder of the run that built its graph.
    """
    st.subheader("Place in the atlas", anchor=False)
    record = _record(built)
    if record is None and (frame.atlas is None or frame.result is None):
        st.info("No atlas is open, so there is nothing to place it into.")
        return
    if record is not None and record.is_active:
        watch(record, _CANCEL)
        return
    show_end(record, _CANCEL)
    folder = result_of(record)
    if folder is not None and record is not None:
        _show_placed(frame, record, folder)
        return
    if frame.atlas is None or frame.result is None:
        return
    if view_place.is_in(name, frame.atlas.embedding):
        st.info(
            escaped(
                f"{frame.atlas.embedding.name}, which is open, has a context called {name} "
                "already. Build the graph under another name to place it."
            )
        )
        return
    st.markdown(
        prose(
            "Where do these genes lie among those of the atlas? They get vectors in its space "
            "without any training, in less than a minute; no vector of the atlas moves. How well "
            "they fit is measured with names hidden, and said."
        )
    )
    if st.button(
        escaped(f"Place {name} in {frame.atlas.embedding.name}"), key="data_place", type="primary"
    ):
        _start(name, built, frame.result)


def _start(name: str, built: Path, atlas: Path) -> None:
    """Set the work going, or find it done."""
    work = view_place.work_of(name, built, atlas)
    begin(work, _CANCEL)
    record = work.find()
    if record is not None:
        st.session_state[_RUN] = (str(built), record.run_id)
    st.rerun()


def _record(built: Path) -> RunRecord | None:
    """Return the placement of a graph that this session asked for."""
    shown, run_id = st.session_state.get(_RUN, ("", ""))
    if shown != str(built):
        return None
    try:
        return read_record(runs_root(None), run_id)
    except MuseGNNError:  # it was deleted
        del st.session_state[_RUN]
        return None


def _show_placed(frame: BareFrame, record: RunRecord, folder: Path) -> None:
    """Say where it lies and how well it fits; words, map, tables, files, and the way back."""
    view = _read(folder)
    if view.nearest:
        st.markdown(prose(f"**{escaped(view.nearest)}**"))
    {"fits": st.success, "fits poorly": st.warning, "does not fit": st.error}[view.verdict](
        escaped(view.sentence)
    )
    left, right = st.columns([6, 5], gap="large")
    with left:
        _show_map(frame, view, folder)
    with right:
        st.markdown("**How well it fits, context by context**")
        show_table(
            view.contexts,
            key="data_placed_contexts",
            description="Contexts of the atlas, nearest first, with how often a gene of the new "
            "dataset is found near itself",
            columns=PLACED_CONTEXTS,
            most_rows=_SHOWN,
        )
        with st.expander("By tissue, technique and species"):
            show_table(
                view.groups,
                key="data_placed_groups",
                description="The same by tissue, technique and species",
                columns=PLACED_GROUPS,
            )
    with st.expander("What these numbers are"):
        st.markdown(prose(view.definition))
    _show_actions(frame, view, record, folder)


def _show_map(frame: BareFrame, view: PlaceView, folder: Path) -> None:
    """Draw the map with the new genes marked."""
    st.image(
        _map(folder, view.name, dark=frame.on.is_dark),
        alt=f"Map of the atlas in grey, genes of {view.name} marked; the table beside it says "
        "which contexts are near",
        width="stretch",
    )
    offer_map_for_paper(
        lambda look, title: _draw_map(folder, view.name, look, title),
        key="data_placed_map",
        name=file_name(frame.origin, f"{view.name}-in-the-atlas", "svg"),
    )
    st.caption(
        prose(
            escaped(
                f"Genes of {view.name} on the map of {view.atlas}: each lies where UMAP's own "
                "transform puts it; no gene of the atlas has moved."
            )
        )
    )


def _show_actions(frame: BareFrame, view: PlaceView, record: RunRecord, folder: Path) -> None:
    """Open it on all pages, take it away, or undo."""
    with st.container(horizontal=True):
        if st.button("Open on all pages", key="data_placed_open", type="primary"):
            open_as_map(record.run_id)
            navigation.go_to("Atlas")
        download_csv(
            "How well it fits as CSV",
            view.contexts,
            origin=frame.origin,
            what=f"{view.name} in the atlas",
            key="data_placed_csv",
        )
        download_file(
            "Atlas with it as .h5ad",
            (folder / keys.EMBEDDING_FILE).read_bytes,
            f"{view.name}_in_atlas.h5ad",
            key="data_placed_file",
        )
        st.button(
            "Take it out again",
            key="data_placed_undo",
            on_click=_undo,
            args=(record.run_id,),
            help="All pages show the usual atlas again. The atlas itself was never changed; the "
            "Runs page keeps the placement, and can delete it",
        )


def _undo(run_id: str) -> None:
    """Forget the placement in this session, and open the usual atlas if it is the open one."""
    st.session_state.pop(_RUN, None)
    if st.session_state.get("field:map") == run_id:
        open_as_map("")


@cached_build(max_entries=4, spinner="Reading how well it fits")
def _read(folder: Path) -> PlaceView:
    """Read a placement; the result of a run never changes."""
    return view_place.read_placed(folder)


@cached_build(max_entries=2, spinner="Reading the placed vectors")
def _open(folder: Path) -> EmbeddingSet:
    """Read the atlas with the new context."""
    return read_embedding_set(folder)


@cached_build(max_entries=4, spinner="Drawing the map")
def _map(folder: Path, name: str, *, dark: bool) -> str:
    """Draw the map once for a placement and a ground."""
    look = MapLook(ground(dark=dark), (8.4, 5.4))
    return _draw_map(folder, name, look, raster_limit=3000)


def _draw_map(
    folder: Path, name: str, look: MapLook, title: str = "", raster_limit: int = RASTER_LIMIT
) -> str:
    """Draw the map of a placement as SVG."""
    embedding = _open(folder)
    return point_map_svg(
        embedding.layout,
        map_colours(view_place.new_context_layer(embedding, name), on=look.on),
        title=title,
        look=look,
        raster_limit=raster_limit,
    )
