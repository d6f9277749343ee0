"""Structures as a figure for a paper: one, or lines of them with their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from textwrap import wrap
from typing import Final

from musegnn.screens.shell.figure_style import DARK_GROUND, INCH, FigureStyle

_PIXELS: Final = 96 / INCH  # of a millimetre, as CSS has them
_POINT: Final = 96 / 72  # pixels
_FINE: Final = 4  # drawn so many times larger: letters and lines have whole pixels there
_NARROWEST: Final = 28  # mm of a structure that is read beside others
_SHAPE: Final = 0.7  # height of a structure over its width
_LINE: Final = 0.75  # width of a bond in points
_NARROW: Final = 0.56  # width of a letter over its size
_INSIDE: Final = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)

Draw = Callable[..., str]


def structures_svg(
    names: Sequence[str],
    structures: Sequence[str],
    style: FigureStyle,
    *,
    draw: Draw,
    beside: int = 1,
) -> str:
    """Draw structures in lines, each above its name, in the size and letters of a paper.

    Parameters
    ----------
    names, structures
        What each is called, "" for no name below it, and its SMILES.
    style
        Width, letters, ground and title.
    draw
        Draws one, SMILES in and SVG out, as `musegnn.molecules.structures.draw_svg` does: `width`,
        `height`, `ink`, `letters` and `line` in pixels.
    beside
        Most structures in a line.

    Raises
    ------
    InputError
        If a structure cannot be read.
    """
    width, letter = style.width_mm * _PIXELS, style.size_pt * _POINT
    n_columns = max(1, min(beside, len(structures), int(style.width_mm / _NARROWEST)))
    cell = width / n_columns
    high = _SHAPE * cell
    room = int(cell / (_NARROW * letter)) or 1
    called = [wrap(name, room, max_lines=2, placeholder="…") for name in names]
    below = 1.3 * letter * max(map(len, called), default=0) + (0.5 * letter if any(called) else 0)
    top = 2.2 * letter if style.title else 0.0
    n_lines = -(-len(structures) // n_columns)
    height = top + n_lines * (high + below)
    on = style.on
    parts = []
    if on.background != "none":
        parts.append(f'<rect width="{width:g}" height="{height:g}" fill="{on.background}"/>')
    if style.title:
        parts.append(
            f'<text x="{0.3 * letter:g}" y="{1.5 * letter:g}" font-size="{1.2 * letter:g}px">'
            f"{escape(style.title)}</text>"
        )
    for number, (smiles, lines) in enumerate(zip(structures, called, strict=True)):
        row, column = divmod(number, n_columns)
        left, up = column * cell, top + row * (high + below)
        drawn = draw(
            smiles,
            width=round(cell * _FINE),
            height=round(high * _FINE),
            ink=on.text if style.ground == DARK_GROUND else "",
            letters=round(letter * _FINE),
            line=_LINE * _POINT * _FINE,
        )
        inside = _INSIDE.search(drawn)
        parts.append(
            f'<g transform="translate({left:g},{up:g}) scale({1 / _FINE:g})">'
            f"{inside[1] if inside else ''}</g>"
        )
        parts += [
            f'<text x="{left + cell / 2:g}" y="{up + high + 1.3 * letter * (place + 0.8):g}" '
            f'text-anchor="middle" font-size="{letter:g}px">{escape(line)}</text>'
            for place, line in enumerate(lines)
        ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{escape(style.family)}" '
        f'fill="{on.text}">{"".join(parts)}</svg>'
    )
