"""Selection of points: what a gesture encloses, how selections combine, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from matplotlib.path import Path as Polygon

from musegnn.errors import InputError
from musegnn.screens.shell.colour_layer import ColourLayer
from musegnn.validation import check_choice

Mode = Literal["replace", "add", "keep common", "remove", "keep different"]
MODES: Final[tuple[str, ...]] = get_args(Mode)
HISTORY_LIMIT: Final = 50


@dataclass(frozen=True)
class Selection:
    """Rows a person selected.

    Parameters
    ----------
    rows
        Ascending int64 rows of the embedding set.
    label
        How it was selected, in a few words.
    """

    rows: np.ndarray
    label: str = ""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def mask(self, n_points: int) -> np.ndarray:
        """Return `(n_points,)` bool, true on the selected rows."""
        mask = np.zeros(n_points, dtype=bool)
        mask[self.rows] = True
        return mask


NOTHING: Final = Selection(np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class SelectionHistory:
    """Current selection with the ones before it, newest last.

    Parameters
    ----------
    steps
        Selections in the order they were made, at most `HISTORY_LIMIT`.
    """

    steps: tuple[Selection, ...] = ()

    @property
    def current(self) -> Selection:
        """The selection in force."""
        return self.steps[-1] if self.steps else NOTHING

    def apply(self, new: Selection, *, mode: str) -> SelectionHistory:
        """Combine a new selection with the current one.

        Parameters
        ----------
        new
            What was just selected.
        mode
            How, see `combine`.

        Raises
        ------
        InputError
            If the mode is not one of `MODES`.
        """
        combined = combine(self.current, new, mode=mode)
        return SelectionHistory((*self.steps, combined)[-HISTORY_LIMIT:])

    def undo(self) -> SelectionHistory:
        """Go back to the selection before; nothing happens when there is none."""
        return SelectionHistory(self.steps[:-1])

    def clear(self) -> SelectionHistory:
        """Select nothing; can be undone."""
        return SelectionHistory((*self.steps, NOTHING)[-HISTORY_LIMIT:])


def combine(first: Selection, second: Selection, *, mode: str) -> Selection:
    """Combine two selections as sets of rows.

    Parameters
    ----------
    first, second
        The selections.
    mode
        `replace` (the second alone), `add` (union), `keep common` (intersection), `remove` (first
        without second) or `keep different` (what only one of them has).

    Raises
    ------
    InputError
        If the mode is not one of `MODES`.
    """
    check_choice(mode, MODES, name="mode")
    if mode == "replace" or (mode == "add" and not len(first)):
        return second
    operations: dict[str, Callable[..., np.ndarray]] = {
        "add": np.union1d,
        "keep common": np.intersect1d,
        "remove": np.setdiff1d,
        "keep different": np.setxor1d,
    }
    rows = operations[mode](first.rows, second.rows).astype(np.int64)
    return Selection(rows, f"{first.label}; {mode}: {second.label}".strip("; "))


def selection_of_gesture(
    gesture: Mapping[str, Any], *, layout: np.ndarray, layer: ColourLayer
) -> Selection:
    """Find the rows a gesture on the map means.

    Parameters
    ----------
    gesture
        `{"kind": "click", "row"}`, `{"kind": "legend", "code"}` or `{"kind": "polygon", "x", "y"}`
        with at least three vertices in coordinates of the layout.
    layout
        `(N, 2)` coordinates.
    layer
        Colours the map showed, for a click into the legend.

    Raises
    ------
    InputError
        If the gesture is of another kind or its values cannot be used.
    """
    kind = gesture.get("kind")
    if kind == "click" and 0 <= int(gesture["row"]) < len(layout):
        return Selection(np.array([int(gesture["row"])], dtype=np.int64), "one point")
    if kind == "legend":
        code = int(gesture["code"])
        label = next((entry.label for entry in layer.legend if entry.code == code), None)
        if label is not None and layer.kind != "number":
            return Selection(np.flatnonzero(layer.codes == code), f"{layer.title} {label}")
    if kind == "polygon":
        return Selection(rows_in_polygon(layout, gesture["x"], gesture["y"]), "drawn on the map")
    msg = f"Expected a click, a legend entry or an outline on the map, found {dict(gesture)!r}."
    raise InputError(msg, "Select again.")


def mode_of_gesture(gesture: Mapping[str, Any], mode: str) -> str:
    """Return how a gesture joins the selection: an entry of the legend pressed again leaves it.

    Parameters
    ----------
    gesture
        As for `selection_of_gesture`; of an entry of the legend `how` may be "add" or "remove".
    mode
        How all else joins it.
    """
    how = str(gesture.get("how", ""))
    return how if gesture.get("kind") == "legend" and how in {"add", "remove"} else mode


def rows_in_polygon(layout: np.ndarray, x: list[float], y: list[float]) -> np.ndarray:
    """Return the rows whose points lie inside a closed polygon, ascending int64.

    Raises
    ------
    InputError
        If there are fewer than three vertices, or one is not finite.
    """
    vertices = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    if len(vertices) < 3 or not np.isfinite(vertices).all():
        msg = f"Expected at least 3 finite vertices of an outline, found {len(vertices)}."
        raise InputError(msg, "Draw around the points again.")
    # the box first: most points are outside it and need no polygon test
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    candidates = np.flatnonzero(((layout >= low) & (layout <= high)).all(axis=1))
    inside = Polygon(vertices).contains_points(layout[candidates])
    return candidates[inside].astype(np.int64)
