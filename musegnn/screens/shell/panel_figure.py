"""Pictures on the page: one way to show them, to say what they are, and to take them away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from musegnn.screens.shell.panel_paper import offer_for_paper
from musegnn.screens.shell.words import prose

if TYPE_CHECKING:  # the caller has drawn the picture, and so has loaded what draws it
    import plotly.graph_objects as go

_MOVES: Final = ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]
SAVED_BY_CAMERA: Final = "The camera button of the picture saves it as SVG."


def show_figure(
    figure: go.Figure,
    *,
    key: str,
    description: str,
    caption: str = "",
    name: str = "",
    can_move: bool = False,
    scroll_zoom: bool = False,
    on_select: Literal["ignore", "rerun"] | Callable[[], None] = "ignore",
) -> Any:
    """Show a picture as it was drawn, and offer it as a file for print.

    Parameters
    ----------
    figure
        What to show.
    key
        Name of the picture on the page.
    description
        Text alternative, which says where the same numbers stand as text.
    caption
        Markdown below the picture.
    name
        Name of the file, with or without `.svg`, that a button of the picture saves it under as
        true SVG with text; "" for no button. The caption says so.
    can_move
        Offer buttons that move and zoom.
    scroll_zoom
        Zoom with the wheel too.
    on_select
        What a click on a point does, see `streamlit.plotly_chart`.

    Returns
    -------
    What is selected, when `on_select` asks for it.
    """
    buttons = [*(["toImage"] if name else []), *(_MOVES if can_move else [])]
    config: dict[str, Any] = {"displayModeBar": bool(buttons)}
    if buttons:
        config |= {"displaylogo": False, "modeBarButtons": [buttons]}
    if name:
        saved = {"format": "svg", "filename": name.removesuffix(".svg")}
        config["toImageButtonOptions"] = saved
        caption = f"{caption} {SAVED_BY_CAMERA}".strip()
    if scroll_zoom:
        config["scrollZoom"] = True
    selected = st.plotly_chart(
        figure,
        key=key,
        theme=None,
        on_select=on_select,
        selection_mode="points",
        config=config,
        alt=description,
    )
    if caption:
        st.caption(prose(caption))
    offer_for_paper(key=key, name=name)
    return selected
