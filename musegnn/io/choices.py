"""Choices: what whoever brings a file of counts says about it, in place of what reading finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from musegnn.border.portable import portable
from musegnn.errors import InputError
from musegnn.validation import check_choice

SIDES: Final = ("rows", "columns")


@dataclass(frozen=True)
class Choices:
    """How a file is to be understood; None leaves it to what stands in the file.

    Parameters
    ----------
    genes_in
        "rows" or "columns": where the genes of a table or matrix stand.
    genome
        Genome to take of a file of several, such as GRCh38.
    features
        Kind of features to take, such as "Peaks".
    assay
        Part to take of a file of several: modality of a MuData file, table of a SpatialData folder.
    symbols
        Column of the table of features that holds the names of the genes; "index" is the index.
    dates
        Which symbols dates of a spreadsheet were, such as "1-Mar=MARCHF1, 2-Mar=MTARC2".
    batch
        Column of the table of cells that names batches, samples or donors, inside of which genes
        are compared.
    positions
        Table of positions of the cells, in place of those found.

    Raises
    ------
    InputError
        If `genes_in` is no side.
    """

    genes_in: str | None = None
    genome: str | None = None
    features: str | None = None
    assay: str | None = None
    symbols: str | None = None
    dates: str | None = None
    batch: str | None = None
    positions: Path | None = None

    def __post_init__(self) -> None:
        """Check the side."""
        if self.genes_in is not None:
            check_choice(self.genes_in, SIDES, name="genes_in")

    def given(self) -> dict[str, str]:
        """Return what was said, by name, as text."""
        named = {name: getattr(self, name) for name in NAMES}
        return {name: str(value) for name, value in named.items() if value is not None}


NAMES: Final = tuple(field.name for field in fields(Choices))
AS_FOUND: Final = Choices()


@portable
@dataclass(frozen=True)
class Offers:
    """What can be chosen in a file; an empty tuple where there is no choice.

    Parameters
    ----------
    layers
        Places where counts may stand.
    genomes, features, assays
        Values for the fields of `Choices` of these names.
    symbols
        Columns of text that describe the features.
    batches
        Columns of the table of cells that divide them into parts.
    sides
        True where the side of the genes can be told.
    """

    layers: tuple[str, ...] = ()
    genomes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    assays: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    sides: bool = False


def choices_of(texts: Mapping[str, str | None], *, positions: Path | None = None) -> Choices:
    """Return choices that were written as text; empty ones count as not made.

    Parameters
    ----------
    texts
        Name of a field -> its value; other names are passed over.
    positions
        Table of positions.
    """
    named = {name: texts.get(name) or None for name in NAMES if name != "positions"}
    return Choices(**named, positions=positions)


def check_takes(choices: Choices, taken: tuple[str, ...], path: Path, *, kind: str) -> None:
    """Raise `InputError` for a choice that a layout does not offer.

    Parameters
    ----------
    choices
        What was chosen.
    taken
        Names of the choices that the layout takes.
    path
        File, for the message.
    kind
        What it is, such as "a loom file".
    """
    for name, value in choices.given().items():
        if name not in taken:
            msg = f"Expected no `{name}` for {kind}, found {value!r} for {path.name}."
            raise InputError(msg, f"Leave `{name}` out.")
