"""Figures for papers: the dialog where a picture gets the size and letters a journal asks for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Final

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.screens.shell.browser_code import read_browser_code
from musegnn.screens.shell.figure_style import (
    FONTS,
    GROUNDS,
    LARGEST_PT,
    OWN,
    SMALLEST_PT,
    TRANSPARENT,
    WIDTHS,
    FigureStyle,
    repainted,
)
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.state import remembered
from musegnn.screens.shell.theme import ground

_HERE: Final = "musegnn.screens.shell"
_PAPER: Final = st.components.v2.component(
    "paper_figure",
    html="<div class='paper-figure'><button>Save</button><p role='status'></p>"
    "<img alt='The picture as it will be saved'></div>",
    css=read_browser_code(_HERE, "paper_figure.css"),
    js=read_browser_code(_HERE, "paper_figure.js"),
    isolate_styles=False,
)
_COMPONENT: Final = "paper_figure"
_FILE, _ERROR = "paper_file", "paper_error"
_KINDS: Final = {"PDF": "application/pdf", "SVG": "image/svg+xml", "PNG": "image/png"}
_DPI: Final = (150, 300, 600, 1200)
_NARROWEST, _WIDEST = 20.0, 500.0

Make = Callable[[FigureStyle], str]


def offer_for_paper(*, key: str, name: str, make: Make | None = None) -> None:
    """Offer a picture of this page as a file for print.

    Parameters
    ----------
    key
        Name of the picture on the page.
    name
        Name of the file; its suffix follows the format.
    make
        Draws the picture as SVG; None takes the chart of this key from the page, as it is now.
    """
    if st.button(
        "For a paper",
        key=f"{key}_paper",
        icon=":material/print:",
        type="tertiary",
        help="The picture as it is now as PDF, SVG or PNG: width in mm, font, ground, title",
    ):
        st.session_state.pop(_FILE, None)
        _show(key, PurePath(name).stem if name.endswith(".svg") else name or key, make)


@st.dialog("Figure for a paper", width="large")
def _show(key: str, name: str, make: Make | None) -> None:
    """Let the user choose, show the picture, and save it."""
    style = _choose_style()
    kind, dpi = _choose_kind()
    error = st.session_state.pop(_ERROR, None)
    if error is not None:
        show_error(error)
    page = ground(dark=st.context.theme.type == "dark")
    data: dict[str, Any] = {
        "target": key,
        "width_mm": style.width_mm,
        "size_pt": style.size_pt,
        "family": style.family,
        "title": style.title,
        "is_clear": style.ground == TRANSPARENT,
        "colours": repainted(page, style.on),
        "kind": kind,
    }
    if make is None:
        # on most pages nothing else needs it, and only here
        from musegnn.screens.shell.panel_plotly import load_map_library  # noqa: PLC0415

        load_map_library(key="paper")
    else:
        try:
            data["svg"] = make(style)
        except MuseGNNError as problem:
            show_error(problem)
            return

    def save() -> None:
        wanted = st.session_state[_COMPONENT].get("wanted")
        if not wanted:
            return
        # imported with what writes files alone
        from musegnn.io.figure_file import write_figure  # noqa: PLC0415

        svg = data.get("svg") or str(wanted["svg"])
        try:
            content = write_figure(svg, kind=kind, width_mm=style.width_mm, dpi=dpi)
        except MuseGNNError as problem:
            st.session_state[_ERROR] = problem
            return
        st.session_state[_FILE] = {
            "id": str(wanted["id"]),
            "name": f"{name}.{kind.lower()}",
            "mime": _KINDS[kind],
            "content": base64.b64encode(content).decode("ascii"),
        }

    file = st.session_state.pop(_FILE, None)
    if file is not None:
        data["file"] = file
    _PAPER(key=_COMPONENT, data=data, on_wanted_change=save)


def _choose_style() -> FigureStyle:
    """Let the user say how the picture is to look; the session keeps it for the next one."""
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    with left:
        choice = st.selectbox(
            "Width", [*WIDTHS, OWN], **remembered("paper_width", next(iter(WIDTHS)))
        )
    with middle:
        font = st.selectbox("Font", list(FONTS), **remembered("paper_font", next(iter(FONTS))))
    with right:
        size = st.number_input(
            "Letters, pt",
            SMALLEST_PT,
            LARGEST_PT,
            step=0.5,
            format="%.1f",
            help="Of plain letters; smaller and larger ones keep their proportion",
            **remembered("paper_size", 7.0),
        )
    width = WIDTHS.get(choice, 0.0)
    if choice == OWN:
        width = st.number_input(
            "Width, mm",
            _NARROWEST,
            _WIDEST,
            step=1.0,
            format="%.1f",
            **remembered("paper_mm", 120.0),
        )
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        shown = st.selectbox("Ground", GROUNDS, **remembered("paper_ground", GROUNDS[0]))
    with right:
        title = st.text_input(
            "Title", placeholder="None", max_chars=120, **remembered("paper_title", "")
        )
    return FigureStyle(float(width), font, float(size), shown, title.strip())


def _choose_kind() -> tuple[str, int]:
    """Let the user choose the kind of file, and how fine a PNG is."""
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        kind = st.selectbox("File", list(_KINDS), **remembered("paper_kind", "PDF"))
    if kind != "PNG":
        return kind, 300
    with right:
        dpi = st.selectbox("Pixels an inch", _DPI, **remembered("paper_dpi", 300))
    return kind, int(dpi)
