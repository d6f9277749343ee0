"""What a metric is: the record that reports, comparisons, pages and the glossary read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from musegnn.validation import check_choice

# "neither" is for what is described, or has a goal between two ends; methods are not ranked by it
Better = Literal["higher", "lower", "neither"]
_ARROWS: Final = {"higher": " \u2191", "lower": " \u2193", "neither": ""}


@dataclass(frozen=True)
class Measured:
    """One number with what it was counted on.

    Parameters
    ----------
    value
        The number; NaN when there was nothing to count.
    n
        How many things were counted.
    counted
        What these things are, in the plural.
    note
        What a reader must know besides, or "".
    by_dataset
        Where the number is a mean over datasets: the number of each.
    """

    value: float
    n: int
    counted: str
    note: str = ""
    by_dataset: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Metrics that ask the same thing.

    Parameters
    ----------
    name
        In words.
    meaning
        What it asks, one sentence.
    task
        What is benchmarked, which says what the functions of its metrics get: "genes" for gene
        vectors, see `musegnn.benchmarks.genes.benchmark.GeneInputs`.
    place
        Groups stand in this order, smallest first.
    is_won_by_controls
        True when its metrics can be won without knowing any biology.
    """

    name: str
    meaning: str
    task: str
    place: int = 100
    is_won_by_controls: bool = False


# From the inputs of a task: key of a metric -> its number; or in words why there are none.
Measure = Callable[[Any], Mapping[str, Measured] | str]


@dataclass(frozen=True)
class Metric:
    """A metric: what is to be known about it, and the function that measures it.

    Parameters
    ----------
    key
        Name in tables and files.
    label
        Short name for people.
    group
        What it belongs to.
    meaning
        What it measures, one sentence.
    failure
        How it misleads, one sentence.
    measure
        Gives its number. Metrics that come of one computation share a function, which is called
        once and gives a number for each of them.
    better
        Direction.
    low, high
        Range; `high` None says no fixed end.
    chance
        Value without knowledge, in words.
    unit
        Of the number; "" for a share or a score without one.
    source
        Publication; "" when it is defined here.
    """

    key: str
    label: str
    group: Group
    meaning: str
    failure: str
    measure: Measure
    chance: str
    better: Better = "higher"
    low: float = 0
    high: float | None = 1
    unit: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        check_choice(self.better, get_args(Better), name="better")

    @property
    def range_text(self) -> str:
        """Range in words, such as "0 to 1"."""
        return f"{self.low:g} to {self.high:g}" if self.high is not None else f"{self.low:g} and up"

    @property
    def scale(self) -> str:
        """Range, direction and value by chance in words."""
        direction = "" if self.better == "neither" else f", {self.better} is better"
        return f"{self.range_text}{direction}; by chance {self.chance}"

    @property
    def title(self) -> str:
        """Label with an arrow for the better direction."""
        return f"{self.label}{_ARROWS[self.better]}"
