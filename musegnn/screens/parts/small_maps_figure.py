"""Small maps side by side in one figure: where each lies, and the words above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

COLUMNS: Final = 3
_AROUND: Final = 12  # pixels around all maps


@dataclass(frozen=True)
class SmallMaps:
    """Places of some maps, row by row.

    Parameters
    ----------
    n_maps
        How many there are.
    row_height, title_height
        Pixels of a row of maps, and of the words above a map within it.
    """

    n_maps: int
    row_height: int
    title_height: int

    @property
    def n_columns(self) -> int:
        """Maps in a row."""
        return min(COLUMNS, max(self.n_maps, 1))

    @property
    def n_rows(self) -> int:
        """Rows of maps."""
        return -(-max(self.n_maps, 1) // self.n_columns)

    @property
    def height(self) -> int:
        """Pixels of the figure."""
        return _AROUND + self.row_height * self.n_rows

    @staticmethod
    def axis(number: int) -> str:
        """What stands behind `x` and `y` in the names of the axes of a map."""
        return "" if number == 0 else str(number + 1)

    def axes(self, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return both axes of a map, without ticks; what they span is left open."""
        left, top = self._corner(number)
        width = 1 / self.n_columns
        axis = self.axis(number)
        across = {
            "visible": False,
            "anchor": f"y{axis}",
            "domain": [left + 0.01 * width, left + 0.99 * width],
        }
        up = {
            "visible": False,
            "anchor": f"x{axis}",
            "domain": [
                self._end_of_row(number // self.n_columns),
                top - self.title_height / (self.row_height * self.n_rows),
            ],
        }
        return across, up

    def words(self, number: int, text: str, *, colour: str, size: int) -> dict[str, Any]:
        """Return the words above a map; `text` is escaped already."""
        left, top = self._corner(number)
        return {
            "text": text,
            "x": left + 0.5 / self.n_columns,
            "y": top,
            "xref": "paper",
            "yref": "paper",
            "xanchor": "center",
            "yanchor": "top",
            "showarrow": False,
            "font": {"size": size, "color": colour},
        }

    def _corner(self, number: int) -> tuple[float, float]:
        """Left and upper end of the place of a map, 0 to 1."""
        row, column = divmod(number, self.n_columns)
        return column / self.n_columns, self._end_of_row(row - 1)

    def _end_of_row(self, row: int) -> float:
        """Lower end of a row, 1 to 0; that of the last is 0 exactly, below which nothing may be."""
        return 1 - (row + 1) / self.n_rows
