"""What a file of counts holds, before anything is built: names, species, layers, limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from musegnn.io.formats.registry import list_choices
from musegnn.io.gene_names import GeneNames
from musegnn.io.gene_style import ANY_ENSEMBL, ENSEMBL, HUMAN_STYLE, MOUSE_STYLE, REGION

PEAKS: Final = "peaks"
ENSEMBL_IDS: Final = "Ensembl ids"
SYMBOLS: Final = "symbols"
UNKNOWN: Final = "unknown"

_MAJORITY = 0.5
_LEAST_KNOWN = 0.2  # share from which names are taken for a species, as `check_species` does


@dataclass(frozen=True)
class SpeciesGuess:
    """Species that the names of a file point to.

    Parameters
    ----------
    species
        One of `keys.SPECIES`, "" when nothing points to any.
    reason
        What it was seen by, a few words.
    is_sure
        True when no other species is written like this; names in capitals are human as a rule, but
        lemur and some mouse files are written so too.
    """

    species: str
    reason: str
    is_sure: bool


def naming_style(names: Sequence[str]) -> str:
    """Say how most columns are named: `PEAKS`, `ENSEMBL_IDS`, `SYMBOLS` or `UNKNOWN`."""
    styles = (
        (PEAKS, REGION.fullmatch),
        (ENSEMBL_IDS, ANY_ENSEMBL.match),
        (SYMBOLS, lambda name: HUMAN_STYLE.match(name) or MOUSE_STYLE.match(name)),
    )
    for style, matches in styles:
        if _share(names, matches) > _MAJORITY:
            return style
    return UNKNOWN


def recognise_species(names: Sequence[str], known: GeneNames) -> SpeciesGuess:
    """Guess the species from ids, from spelling, and from the tables where there are some.

    Parameters
    ----------
    names
        Names of the columns of a file.
    known
        Nomenclature tables; may be empty.
    """
    if naming_style(names) == PEAKS:
        return SpeciesGuess("", "peaks name no species", is_sure=False)
    for species, pattern in ENSEMBL.items():
        if _share(names, pattern.search) > _MAJORITY:
            return SpeciesGuess(species, f"{species} Ensembl ids", is_sure=True)
    if _share(names, MOUSE_STYLE.match) > _MAJORITY:
        return SpeciesGuess("mouse", "symbols spelt the mouse way", is_sure=True)
    human = known.symbols.get("human", frozenset())
    is_human = human.__contains__ if human else HUMAN_STYLE.match
    if _share(names, is_human) >= _LEAST_KNOWN:
        return SpeciesGuess("human", "symbols in capitals", is_sure=False)
    return SpeciesGuess("", "names that are no gene names known here", is_sure=False)


def _share(names: Sequence[str], matches: Callable[[str], object]) -> float:
    """Share of names for which a function gives something true, 0 to 1."""
    return sum(bool(matches(name)) for name in names) / max(len(names), 1)


def list_layers(path: Path) -> tuple[str, ...]:
    """List what can be asked of a file as `layer`; empty for formats with a single matrix.

    For `.h5ad` these are X, the layers and raw; for loom the matrix and the layers; for 10x files
    the feature types or genomes.

    Raises
    ------
    DataFileError
        If the file cannot be read.
    """
    offers = list_choices(path)
    return offers.layers or offers.features or offers.genomes
