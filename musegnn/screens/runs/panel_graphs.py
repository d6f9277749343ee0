"""Choice of the datasets that a run is trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import streamlit as st

from musegnn.access.visitor import acting
from musegnn.errors import DataFileError, InputError, MuseGNNError
from musegnn.runs.graph_sources import GraphListing, GraphSource, scan_graphs
from musegnn.screens.parts.open_session_panel import forget_file
from musegnn.screens.parts.uploads_panel import was_taken
from musegnn.screens.runs import controls as session
from musegnn.screens.runs import view_graphs as runs_graphs
from musegnn.screens.runs.view_graphs import GraphChoice, GraphFilter
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.messages import show_error, show_notice
from musegnn.screens.shell.state import BuiltGraph
from musegnn.screens.shell.tables import show_table
from musegnn.screens.shell.words import escaped, prose

LOADED, OWN, FOLDER, LIKE = "loaded atlas", "your own graphs", "a folder", "as the run copied"
SOURCES: Final = (LOADED, OWN, FOLDER)
COPIED = "copied_graphs"  # graphs of the run that the form was filled from


def take_over_graph(frame: BareFrame) -> None:
    """Start the form of a new run on the graph that the Data page hands over, and the atlas."""
    built: BuiltGraph | None = frame.state.take_handed()
    if built is None:
        return
    session.forget_messages()
    _keep(session.root(), built.content)
    session.fill_form({"sources": [OWN] if frame.result is None else [LOADED, OWN]})
    session.open_form()


def choose_graphs(frame: BareFrame) -> GraphChoice:
    """Let the user choose datasets; an empty choice is possible."""
    copied: tuple[GraphSource, ...] = session.form_value(COPIED, ())
    # who may name a folder of the server, may read all graphs there
    usual = SOURCES if acting().may("administer") else (LOADED, OWN)
    sources = (LIKE, *usual) if copied else usual
    st.markdown("**Datasets**")
    wanted = st.pills(
        "Gene graphs from",
        sources,
        format_func=escaped,
        selection_mode="multi",
        help="loaded atlas: the graphs it was made of; your own: built on the Data page, or given "
        "here; a folder: of the machine that runs this page",
        **session.kept("sources", [LIKE] if copied else [LOADED]),
    )
    graphs = [graph for source in wanted for graph in _graphs_of(source, frame, copied)]
    everything = runs_graphs.choose(graphs, GraphFilter())
    columns = st.columns([1, 1, 1, 2])
    tissues = _several(columns[0], "Tissues", "tissues", everything.values("tissue"))
    species = _several(columns[1], "Species", "species", everything.values("species"))
    modalities = _several(columns[2], "Techniques", "modalities", everything.values("modality"))
    fitting = runs_graphs.choose(graphs, GraphFilter(tissues, species, modalities)).fitting
    names = _several(
        columns[3], "Only these", "names", tuple(dict.fromkeys(graph.name for graph in fitting))
    )
    choice = runs_graphs.choose(graphs, GraphFilter(tissues, species, modalities, names))
    n_genes = sum(graph.n_genes for graph in choice.chosen)
    with st.expander(
        f"{len(choice.chosen)} of {len(choice.graphs)} datasets chosen, "
        f"{n_genes:,} genes in context"
    ):
        show_table(choice.table(), key="runs_form_graphs", description="The chosen datasets")
    return choice


def _several(column: Any, label: str, name: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Show a choice of several values; none chosen lets all through."""
    usual: list[str] = []
    key = session.kept(name, usual)
    # what is no longer among the options cannot stay chosen
    session.hold(key["key"], [v for v in st.session_state[key["key"]] if v in options])
    return tuple(column.multiselect(prose(label), options, placeholder="all", **key))


def _graphs_of(
    source: str, frame: BareFrame, copied: tuple[GraphSource, ...]
) -> list[GraphSource] | tuple[GraphSource, ...]:
    """Return the graphs of a source; what is wrong with it is said in its place."""
    try:
        if source == LIKE:
            return copied
        if source == LOADED:
            return _loaded(frame)
        return _own(frame.state.built_graph) if source == OWN else _in_folder()
    except MuseGNNError as error:
        show_error(error)
        return []


def _loaded(frame: BareFrame) -> list[GraphSource]:
    """Return the graphs of the loaded atlas."""
    if frame.result is None:
        return []
    return _told(_list(str(frame.result), _changed(frame.result / "graphs")))


def _own(built: BuiltGraph | None) -> list[GraphSource]:
    """Show how to give graphs, and return those that were given."""
    root = session.root()
    with st.container(border=True):
        if built is not None:
            st.button(
                escaped(f"Take {built.name}, built on the Data page"),
                key="runs_take_built",
                on_click=_keep,
                args=(root, built.content),
            )
        st.file_uploader(
            "Gene graphs (.h5ad) made by `musegnn graph` or on the Data page",
            type="h5ad",
            accept_multiple_files=True,
            key="_runs_graph_files",
            on_change=_keep_files,
            args=(root,),
            max_upload_size=runs_graphs.LARGEST_GRAPH >> 20,
        )
        found = runs_graphs.own_graphs(root)
        st.caption(
            prose(
                f"{len(found)} kept in `{runs_graphs.own_folder(root)}`; "
                "the newest of a name counts."
                if found
                else "None so far. Build one on the Data page, or choose files."
            )
        )
        show_notice(tuple(runs_graphs.kept_aside(root)))
    return found


def _keep_files(root: Path) -> None:
    """Store the files that were chosen."""
    for file in st.session_state["_runs_graph_files"]:
        if not was_taken(file):
            _keep(root, file.getvalue(), file.name)
            forget_file(file)


def _keep(root: Path, content: bytes, name: str = "") -> None:
    """Store a graph."""

    def keep_graph() -> str:
        try:
            graph = runs_graphs.keep_graph(root, content)
        except DataFileError as error:
            where = f" ({name})" if name else ""
            msg = f"{error.message.rstrip('.')}{where}."
            raise DataFileError(msg, error.hint) from error
        return f"{graph.name}: {graph.n_genes:,} genes, {graph.tissue or 'no tissue'}, kept."

    session.attempt(keep_graph)


def _in_folder() -> list[GraphSource]:
    """Ask for a folder and return its graphs."""
    text = st.text_input(
        "Folder on the machine that runs this page",
        placeholder="/data/graphs",
        help="A folder of gene graphs (.h5ad), or a result folder with `graphs` in it",
        **session.kept("folder", ""),
    ).strip()
    if not text:
        return []
    folder = Path(text).expanduser()
    listing = _list(str(folder), _changed(folder))
    if not listing.graphs and not listing.left_out:
        msg = f"Expected gene graphs in {folder}, found none."
        raise InputError(msg, "Build some with `musegnn graph`, or choose the graphs of an atlas.")
    return _told(listing)


def _told(listing: GraphListing) -> list[GraphSource]:
    """Return the graphs of a folder; what was left out is said in their place."""
    show_notice(tuple(runs_graphs.tell_left_out(listing.left_out)))
    return list(listing.graphs)


def _changed(folder: Path) -> int:
    """Time of the last change of a folder in nanoseconds; 0 when there is none."""
    return folder.stat().st_mtime_ns if folder.is_dir() else 0


@st.cache_data(max_entries=8, ttl=300, show_spinner="Reading which datasets there are")
def _list(folder: str, changed: int) -> GraphListing:
    """List the graphs of a folder; `changed` is what the cache goes by."""
    return scan_graphs(Path(folder))
