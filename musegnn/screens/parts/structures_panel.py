"""Structures on the page: side by side, no more than are looked at, and as figures for papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import streamlit as st

from musegnn.molecules.structures import draw_svg
from musegnn.screens.parts.structures_figure import structures_svg
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.panel_paper import offer_for_paper
from musegnn.screens.shell.words import escaped

_BESIDE: Final = 6  # structures in a line
_WIDTH, _HEIGHT = 220, 160  # pixels


@cached_build(max_entries=500)
def _picture(smiles: str, ink: str) -> str:
    """Draw a structure once."""
    return draw_svg(smiles, width=_WIDTH, height=_HEIGHT, ink=ink)


def show_structures(names: Sequence[str], structures: Sequence[str], *, ink: str, key: str) -> None:
    """Draw structures in lines, each above its name.

    Parameters
    ----------
    names, structures
        What each is called, and its SMILES.
    ink
        Colour of lines, "" for black.
    key
        Name of the drawings on the page, and of their file.
    """
    both = list(zip(names, structures, strict=True))
    for start in range(0, len(both), _BESIDE):
        line = both[start : start + _BESIDE]
        for place, (name, smiles) in zip(st.columns(_BESIDE), line, strict=False):
            with place:
                st.image(_picture(str(smiles), ink), width=_WIDTH, alt=f"Structure of {name}")
                st.caption(escaped(name))
    offer_structures_for_paper(names, structures, key=key, beside=_BESIDE)


def offer_structures_for_paper(
    names: Sequence[str],
    structures: Sequence[str],
    *,
    key: str,
    beside: int = 1,
    colours: Mapping[int, tuple[float, float, float, float]] | None = None,
) -> None:
    """Offer drawings of this page as a file for print, drawn anew in its size.

    Parameters
    ----------
    names, structures, beside
        As for `musegnn.screens.parts.structures_figure.structures_svg`.
    colours
        What lies behind some atoms of each, see `musegnn.molecules.structures.draw_svg`.
    key
        Name of the drawings on the page, and of their file.
    """
    called, smiles = list(map(str, names)), list(map(str, structures))
    draw = partial(draw_svg, colours=colours)
    offer_for_paper(
        key=key,
        name=key.replace("_", "-"),
        make=lambda style: structures_svg(called, smiles, style, draw=draw, beside=beside),
    )
