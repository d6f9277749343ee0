"""Figure style: how a picture is to stand in a paper, and the colours it has on another ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from musegnn.screens.shell.theme import DARK, LIGHT, Ground, palette
from musegnn.validation import check_choice

# widths of a column as most journals ask for them
SINGLE, DOUBLE, OWN = "Single column, 89 mm", "Double column, 183 mm", "Own width"
WIDTHS: Final[dict[str, float]] = {SINGLE: 89.0, DOUBLE: 183.0}
LIGHT_GROUND, DARK_GROUND, TRANSPARENT = GROUNDS = ("light", "dark", "transparent")
SMALLEST_PT, LARGEST_PT = 4.0, 24.0
INCH: Final = 25.4  # mm
# each with what stands in for it where it is not installed; those of the middle come with what
# writes the files, and have letters of the same width
FONTS: Final[dict[str, str]] = {
    "Arial": "Arial, 'Liberation Sans', Helvetica, sans-serif",
    "Times": "'Times New Roman', 'Liberation Serif', STIXGeneral, serif",
    "DejaVu Sans": "'DejaVu Sans', Verdana, sans-serif",
}
_MOST_COLOURS: Final = 20


@dataclass(frozen=True)
class FigureStyle:
    """How a picture is to stand in a paper.

    Parameters
    ----------
    width_mm
        Width in millimetres.
    font
        One of `FONTS`.
    size_pt
        Size of plain letters in points; smaller and larger ones keep their proportion.
    ground
        One of `GROUNDS`.
    title
        Text above the picture; "" for none.

    Raises
    ------
    InputError
        If font or ground are none of these.
    """

    width_mm: float = WIDTHS[SINGLE]
    font: str = "Arial"
    size_pt: float = 7.0
    ground: str = LIGHT_GROUND
    title: str = ""

    def __post_init__(self) -> None:
        check_choice(self.font, tuple(FONTS), name="font")
        check_choice(self.ground, GROUNDS, name="ground")

    @property
    def family(self) -> str:
        """The font as CSS, with what stands in for it."""
        return FONTS[self.font]

    @property
    def on(self) -> Ground:
        """Ground of the picture; without colour of its own where it is transparent."""
        own = DARK if self.ground == DARK_GROUND else LIGHT
        return replace(own, background="none") if self.ground == TRANSPARENT else own


def repainted(before: Ground, after: Ground) -> dict[str, str]:
    """Return the colours that a picture changes when it moves from one ground to another.

    Parameters
    ----------
    before
        Ground of the page.
    after
        Ground of the file.

    Returns
    -------
    CSS colour in small letters -> CSS colour, without those that stay.
    """
    names = ("background", "text", "muted_text", "grid", "context", "other", "accent")
    pairs = [(getattr(before, name), getattr(after, name)) for name in names]
    pairs += zip(palette(_MOST_COLOURS, on=before), palette(_MOST_COLOURS, on=after), strict=True)
    changes: dict[str, str] = {}
    for old, new in pairs:  # the ground goes before data of the same colour
        shown = "rgba(0,0,0,0)" if new == "none" else new
        changes.setdefault(old.casefold(), shown)
    return {old: new for old, new in changes.items() if old != new.casefold()}
