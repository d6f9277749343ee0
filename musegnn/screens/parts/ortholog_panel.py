"""Panel of the Atlas page: orthologs of two species in the same cluster."""

from __future__ import annotations

from typing import Any

import streamlit as st

from musegnn.embeddings.atlas import Atlas
from musegnn.screens.parts import ortholog_proportion
from musegnn.screens.parts.ortholog_figure import plot_ortholog_proportion
from musegnn.screens.parts.ortholog_proportion import OrthologView
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.export import file_name
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_figure import show_figure
from musegnn.screens.shell.tables import MISSING, show_dataframe

_SHARE, _COUNT = "%.1f", "localized"
_ROW, _HEADER, _MOST_ROWS = 35, 40, 15  # heights in pixels


def show_orthologs(frame: Frame, asked: tuple[str, str] | None = None) -> None:
    """Show the panel, folded; nothing is computed before it is opened.

    Parameters
    ----------
    frame
        Frame of the page.
    asked
        Two species, or None to let the user choose where there are more than two.
    """
    pairs = ortholog_proportion.species_pairs(frame.atlas.embedding)
    if not pairs:
        st.caption(ortholog_proportion.single_species_note(frame.atlas.embedding))
        return
    if "ortholog_panel" in frame.state.linked or "orthologs" not in st.session_state:
        st.session_state["orthologs"] = frame.state.get("ortholog_panel") == "open"
    panel = st.expander("Orthologs in the same cluster", key="orthologs", on_change="rerun")
    frame.state.put("ortholog_panel", "open" if panel.open else "")
    if not panel.open:
        return
    with panel:
        pair = next((p for p in pairs if asked is not None and set(p) == set(asked)), pairs[0])
        if asked is None and len(pairs) > 1:
            named = {" and ".join(names): names for names in pairs}
            pair = named[st.selectbox("Species", list(named), key="ortholog_pair")]
        view = _compare(frame.atlas, pair)
        if view.notice:
            st.info(view.notice)
            return
        st.markdown(view.sentence)
        show_figure(
            plot_ortholog_proportion(view.table, on=frame.on),
            key="ortholog_plot",
            description=view.description,
        )
        _show_table(frame, view)


@cached_build(max_entries=9, spinner="Comparing orthologs")
def _compare(atlas: Atlas, pair: tuple[str, str]) -> OrthologView:
    """Compare the orthologs of two species."""
    return ortholog_proportion.build(pair, embedding=atlas.embedding)


def _show_table(frame: Frame, view: OrthologView) -> None:
    """Show the same clusters as a table, with its download."""
    show_dataframe(
        view.table,
        key="ortholog_table",
        hide_index=True,
        placeholder=MISSING,
        height=_HEADER + _ROW * min(len(view.table), _MOST_ROWS),
        alt=view.description,
        column_config={
            "cluster": st.column_config.TextColumn("cluster", width=60),
            **{name: _number(*column) for name, column in _columns(view).items()},
        },
    )
    st.caption(view.caption)
    st.download_button(
        "Table as TSV",
        view.file,
        file_name=file_name(frame.origin, f"orthologs-{view.first}-{view.second}", "tsv"),
        mime="text/tab-separated-values",
        on_click="ignore",
        key="download_orthologs",
    )


def _columns(view: OrthologView) -> dict[str, tuple[str, str, str, int]]:
    """Header, meaning with range, format and width in pixels of each column of numbers."""
    return {
        "comparable": (
            "n",
            "Comparable genes: those whose ortholog was measured in the other species",
            _COUNT,
            55,
        ),
        "share": (
            "inside (%)",
            "Share of the comparable genes whose ortholog lies in the cluster, 0 to 100",
            _SHARE,
            80,
        ),
        "expected": ("expected (%)", "The same share by chance, 0 to 100", _SHARE, 95),
        "fold": ("fold", "Observed over expected; 1 by chance", "%.2f", 52),
        "q": ("q", "Benjamini-Hochberg over these clusters, 0 to 1", "%.2g", 88),
        "first_genes": (
            f"{view.first} genes",
            f"Different {view.first} genes in the cluster",
            _COUNT,
            95,
        ),
        "second_genes": (
            f"{view.second} genes",
            f"Different {view.second} genes in the cluster",
            _COUNT,
            95,
        ),
        "one_to_one_share": (
            "one-to-one (%)",
            "The share over one-to-one orthologs only, 0 to 100",
            _SHARE,
            105,
        ),
    }


def _number(label: str, meaning: str, places: str, width: int) -> Any:
    """Column of numbers, aligned on the right."""
    return st.column_config.NumberColumn(
        label, help=meaning, format=places, width=width, alignment="right"
    )
