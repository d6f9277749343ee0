"""Layout: how one kind of file or folder of counts is told from others, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from musegnn.io.choices import Choices
from musegnn.io.formats.contents import Contents
from musegnn.io.formats.sight import Sight

Outcome = Literal["read", "asked", "refused"]
LAST: Final = 90  # order of layouts that take what no other has recognised


class Reader(Protocol):
    """Reads one layout."""

    def __call__(self, path: Path, *, layer: str | None, choices: Choices) -> Contents:
        """Return what stands in the file."""


@dataclass(frozen=True)
class MatrixParts:
    """Ends of the names of the files of which a matrix in a folder is made, the likeliest first.

    Parameters
    ----------
    matrix, features, barcodes
        The three files, without `.gz`.
    symbols
        A list of symbols beside that of ids.
    cells_in_rows
        True where the matrix holds a cell in each row.
    """

    matrix: tuple[str, ...]
    features: tuple[str, ...] = ()
    barcodes: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    cells_in_rows: bool = False


@dataclass(frozen=True)
class Layout:
    """How counts lie in a file or folder of one maker.

    Parameters
    ----------
    name
        For people, such as "10x matrix (.h5)".
    files
        How its files are called, in Markdown.
    makers
        Programs that write it.
    source
        Where such files come from.
    outcome
        "read", "asked" where a choice has to be made, or "refused".
    words
        What becomes of it, in a phrase.
    is_this
        Tells by what a path shows.
    reader
        Place of its `Reader`, such as "musegnn.io.formats.h5ad:read_h5ad"; "" where it is refused,
        or where its counts lie in `places`.
    offers
        Place of a function of a path that lists what can be chosen.
    takes
        Fields of `Choices` that it takes.
    endings
        Ends of names of its files, in lower case.
    places
        Patterns of the counts inside a folder, the likeliest first; where one fits several, a
        sample is asked for.
    positions
        Patterns of tables of positions beside the counts.
    parts
        Names of the files of a matrix.
    order
        Layouts of lower order are asked first.
    found, hint
        What is said of a layout that is refused: what was found, and what to do.
    """

    name: str
    files: str
    makers: str
    source: str
    outcome: Outcome
    words: str
    is_this: Callable[[Sight], bool]
    reader: str = ""
    offers: str = ""
    takes: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    parts: MatrixParts | None = None
    order: int = 50
    found: str = ""
    hint: str = ""

    @property
    def row(self) -> str:
        """Line of the table in the documentation."""
        cells = (self.name, self.files, self.makers, self.source, f"{self.outcome}: {self.words}")
        return f"| {' | '.join(cells)} |"


def has_matrix(*patterns: str) -> Callable[[Sight], bool]:
    """Return what tells a folder, or a matrix in it, by the names that lie there."""

    def is_this(sight: Sight) -> bool:
        return (sight.is_folder or ".mtx" in sight.name) and sight.has(*patterns)

    return is_this


def lies_in(*patterns: str) -> Callable[[Sight], bool]:
    """Return what tells a folder by a file or folder that lies in it, at any of some places."""

    def is_this(sight: Sight) -> bool:
        return sight.is_folder and any(map(sight.reaches, patterns))

    return is_this
