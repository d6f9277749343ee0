"""Panel of structures side by side; whoever shows it draws no more than are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from musegnn.molecules.structures import draw_svg
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.words import escaped

_BESIDE: Final = 6  # structures in a line
_WIDTH, _HEIGHT = 220, 160  # pixels


@cached_build(max_entries=500)
def _picture(smiles: str, ink: str) -> str:
    """Draw a structure once."""
    return draw_svg(smiles, width=_WIDTH, height=_HEIGHT, ink=ink)


def show_structures(names: Sequence[str], structures: Sequence[str], *, ink: str) -> None:
    """Draw structures in lines, each above its name.

    Parameters
    ----------
    names, structures
        What each is called, and its SMILES.
    ink
        Colour of lines, "" for black.
    """
    both = list(zip(names, structures, strict=True))
    for start in range(0, len(both), _BESIDE):
        line = both[start : start + _BESIDE]
        for place, (name, smiles) in zip(st.columns(_BESIDE), line, strict=False):
            with place:
                st.image(_picture(str(smiles), ink), width=_WIDTH)
                st.caption(escaped(name))
