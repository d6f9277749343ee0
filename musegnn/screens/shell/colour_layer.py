"""Colour layer: which points share a colour, and the legend that says why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
import pandas as pd

from musegnn.embeddings.vector_set import factorized
from musegnn.errors import InputError

Kind = Literal["category", "number", "steps", "membership"]

MAXIMUM_CATEGORIES: Final = 20
NUMBER_STEPS: Final = 64  # more steps of a scale cannot be told apart in points of 4 px


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend.

    Parameters
    ----------
    code
        Colour code of the points it explains.
    label
        Name of the category, or the number at this place of the scale.
    n
        Number of points; 0 on a number scale.
    """

    code: int
    label: str
    n: int = 0


@dataclass(frozen=True)
class ColourLayer:
    """Colour codes of N points; the colours themselves depend on the ground of the picture.

    Parameters
    ----------
    title
        What the colour means, with unit.
    kind
        `category`, `number`, `steps` (of a number, each a line of the legend) or `membership` (of a
        gene list).
    codes
        `(N,)` uint8.
    legend
        Lines in the order of the codes.
    has_other
        True when the last category joins all smaller ones, or the last step has no number.
    note
        What the legend does not show, such as the names joined to "other".
    """

    title: str
    kind: Kind
    codes: np.ndarray
    legend: tuple[LegendEntry, ...]
    has_other: bool = False
    note: str = ""


def natural_order(names: Sequence[str]) -> list[str]:
    """Sort names so that numbers in them count as numbers: 2 before 10."""

    def key(name: str) -> list[tuple[int, int, str]]:
        parts = re.split(r"(\d+)", name.casefold())
        return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part]

    return sorted(names, key=lambda name: (key(name), name))


def category_layer(values: Sequence[str] | np.ndarray | pd.Series, *, title: str) -> ColourLayer:
    """Group points by category.

    With more than twenty categories the nineteen largest keep a colour of their own and the rest
    becomes "other (n)"; ties go to the first name. Codes follow the natural order of the names
    in the whole atlas, so a tissue keeps its colour on every page.

    Parameters
    ----------
    values
        `(N,)` names of all points of the atlas, not only of the visible ones.
    title
        What the categories are.
    """
    # by hash, not by sorting: 100,000 names take 5 ms instead of 50
    inverse, found = factorized(values if isinstance(values, pd.Series) else pd.Series(values))
    names = np.array([str(name) for name in found], dtype=str)
    counts = np.bincount(inverse, minlength=len(names))
    is_crowded = len(names) > MAXIMUM_CATEGORIES
    n_kept = MAXIMUM_CATEGORIES - 1 if is_crowded else len(names)
    largest = sorted(range(len(names)), key=lambda i: (-counts[i], names[i]))[:n_kept]
    position = {str(names[i]): i for i in largest}
    code_of = np.full(len(names), n_kept, dtype=np.uint8)
    legend = []
    for code, name in enumerate(natural_order(list(position))):
        code_of[position[name]] = code
        legend.append(LegendEntry(code, name, int(counts[position[name]])))
    note = ""
    if is_crowded:
        joined = natural_order([str(name) for name in names if str(name) not in position])
        n_other = int(counts.sum()) - sum(entry.n for entry in legend)
        legend.append(LegendEntry(n_kept, f"other ({len(joined)})", n_other))
        note = f"other: {', '.join(joined)}"
    codes = code_of[inverse] if len(names) else np.empty(0, np.uint8)
    return ColourLayer(title, "category", codes, tuple(legend), has_other=is_crowded, note=note)


def number_layer(values: np.ndarray, *, title: str, logarithmic: bool = False) -> ColourLayer:
    """Group points by a number, in equal steps from the smallest to the largest value.

    Parameters
    ----------
    values
        `(N,)` finite numbers, not negative when `logarithmic`.
    title
        What the numbers are, with unit.
    logarithmic
        Place the steps along log(1 + value); the legend still shows values.

    Raises
    ------
    InputError
        If a value is not finite, or negative on the logarithmic scale.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all() or (logarithmic and (numbers < 0).any()):
        msg = f"Expected finite numbers to colour by {title!r}, found NaN, infinity or a negative."
        raise InputError(msg, "Choose another colour.")
    scaled = np.log1p(numbers) if logarithmic else numbers
    low, high = (scaled.min(), scaled.max()) if len(scaled) else (0.0, 0.0)
    codes = np.clip((scaled - low) / (high - low or 1.0) * NUMBER_STEPS, 0, NUMBER_STEPS - 1)
    legend = []
    # the middle is that of the scale, so that it reads 0.5 between 0 and 1
    for code, part in ((0, 0.0), (NUMBER_STEPS // 2, 0.5), (NUMBER_STEPS - 1, 1.0)):
        place = low + (high - low) * part
        value = np.expm1(place) if logarithmic else place
        legend.append(LegendEntry(code, f"{value:.3g}"))
    note = "colours follow log(1 + value)" if logarithmic else ""
    return ColourLayer(title, "number", codes.astype(np.uint8), tuple(legend), note=note)


def step_layer(
    values: np.ndarray, bounds: Sequence[float], *, title: str, missing: str, note: str = ""
) -> ColourLayer:
    """Group points into steps of a number, each of which the legend counts and selects.

    Parameters
    ----------
    values
        `(N,)` numbers, NaN where there is none.
    bounds
        Where a step ends and the next begins, ascending, one at least; a bound itself is in the
        higher step.
    title
        What the numbers are, with unit.
    missing
        What is said of points without a number; they are grey.
    note
        What the legend does not show.
    """
    codes = np.searchsorted(np.asarray(bounds), values, side="right")
    codes[np.isnan(values)] = len(bounds) + 1
    names = [
        f"below {bounds[0]:g}",
        *(f"{low:g} to {high:g}" for low, high in pairwise(bounds)),
        f"{bounds[-1]:g} or more",
        missing,
    ]
    counts = np.bincount(codes, minlength=len(names)).tolist()
    legend = tuple(
        LegendEntry(*line) for line in zip(range(len(names)), names, counts, strict=True)
    )
    return ColourLayer(title, "steps", codes.astype(np.uint8), legend, has_other=True, note=note)


def membership_layer(is_member: np.ndarray, *, title: str) -> ColourLayer:
    """Group points into those of a gene list and all others.

    Parameters
    ----------
    is_member
        `(N,)` bool.
    title
        Name of the list.
    """
    n_members = int(is_member.sum())
    legend = (
        LegendEntry(0, "not in the list", len(is_member) - n_members),
        LegendEntry(1, "in the list", n_members),
    )
    return ColourLayer(title, "membership", is_member.astype(np.uint8), legend)
