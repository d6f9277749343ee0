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
_SURELY_MORE = 0.02  # share of names that rat must know beyond mouse
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
        return _tell_rodents_apart(names, known)
    if known.knows_of("human"):
        is_human = bool(len(names)) and float(known.known(names, "human").mean()) >= _LEAST_KNOWN
    else:
        is_human = _share(names, HUMAN_STYLE.match) >= _LEAST_KNOWN
    others = {name: _known_share(names, name, known) for name in ("zebrafish", "fly", "worm")}
    best = max(others, key=lambda name: others[name])
    human = _known_share(names, "human", known) if is_human else 0.0
    if others[best] >= _LEAST_KNOWN and others[best] > human:
        return SpeciesGuess(best, f"symbols of {best}", is_sure=others[best] > _MAJORITY)
    if is_human:
        return SpeciesGuess("human", "symbols in capitals", is_sure=False)
    return SpeciesGuess("", "names that are no gene names known here", is_sure=False)


def _tell_rodents_apart(names: Sequence[str], known: GeneNames) -> SpeciesGuess:
    """Choose between mouse and rat, whose symbols are spelt alike, by how many each knows."""
    mouse, rat, fly = (_known_share(names, name, known) for name in ("mouse", "rat", "fly"))
    if max(mouse, rat) < _LEAST_KNOWN <= fly:
        return SpeciesGuess("fly", "symbols of fly", is_sure=fly > _MAJORITY)
    if rat > mouse + _SURELY_MORE:
        return SpeciesGuess("rat", "symbols that rat has and mouse has not", is_sure=False)
    return SpeciesGuess("mouse", "symbols spelt the mouse way", is_sure=True)


def _known_share(names: Sequence[str], species: str, known: GeneNames) -> float:
    """Share of names that are symbols of a species as they are written, 0 to 1."""
    if species not in known.tables:
        return 0.0
    symbols = known.symbols_among(names, species)
    return sum(name in symbols for name in names) / max(len(names), 1)


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
