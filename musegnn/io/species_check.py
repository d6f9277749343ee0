"""Whether the names of a file belong to the species that it is said to come from."""

from __future__ import annotations

from collections import Counter

import numpy as np

from musegnn.errors import InputError
from musegnn.io.gene_style import (
    CAPITALS,
    ENSEMBL,
    HUMAN_STYLE,
    MOUSE_STYLE,
    are_entrez,
    species_of_id,
)
from musegnn.io.nomenclature import GeneNames
from musegnn.validation import format_list

# names no annotation is needed for: enough of them tell the nomenclature of a file
_LEAST_SHARE = 0.2
_LEAST_NAMES = 5  # of each of two species, since some names break the custom of theirs


def check_species(genes: list[str], species: str, names: GeneNames) -> None:
    """Check names against the symbols, ids and spelling of a species.

    Parameters
    ----------
    genes
        Names of a file.
    species
        One of `keys.SPECIES`.
    names
        What is known of gene names; when nothing is, the spelling decides.

    Raises
    ------
    InputError
        If names are written for two species, most for another one, or too few can be recognised.
    """
    if species in CAPITALS | {"mouse"}:  # others mix both ways to write
        _check_one_species(genes)
    other = _other_species(genes, species)
    if other:
        msg = f"Expected {species} gene names, found {other} ones ({format_list(genes, limit=3)})."
        raise InputError(msg, f"Choose {other} as the species.")
    share = _share(genes, species, names)
    if share >= _LEAST_SHARE:
        return
    msg = (
        f"Expected {species} gene names, recognised {100 * share:.0f} % of {len(genes)} "
        f"(for example {format_list(genes, limit=3)})."
    )
    hint = "Use gene symbols or Ensembl gene ids as variable names."
    if are_entrez(genes):
        hint += (
            " These look like ids of Entrez Gene, which are known with a table of the annotation "
            "folder alone: `musegnn knowledge list` names it."
        )
    raise InputError(msg, hint)


def _check_one_species(genes: list[str]) -> None:
    """Raise when a fifth of the names or more is written for human, and a fifth for mouse."""
    written = [_written_for(name) for name in genes]
    found = [[n for n, w in zip(genes, written, strict=True) if w == s] for s in ("human", "mouse")]
    human, mouse = found
    if min(len(human), len(mouse)) < max(_LEAST_SHARE * len(genes), _LEAST_NAMES):
        return
    msg = (
        f"Expected gene names of one species, found {len(human)} written for human "
        f"({format_list(human, limit=2)}) and {len(mouse)} for mouse "
        f"({format_list(mouse, limit=2)})."
    )
    raise InputError(msg, "Split the file by species and give the genes of one.")


def _written_for(name: str) -> str:
    """Return human or mouse by the id or the spelling of a name, "" for what may be either."""
    if species := species_of_id(name):
        return species
    is_mouse, is_human = (bool(style.match(name)) for style in (MOUSE_STYLE, HUMAN_STYLE))
    if is_mouse == is_human:
        return ""
    return "mouse" if is_mouse else "human"


def _other_species(genes: list[str], species: str) -> str:
    """Return the species whose ids or spelling most names carry, "" when it is the right one.

    Symbols of human and other primates are spelt alike and mouse ones may stand in capitals, so
    that only mouse spelling tells.
    """
    by_id = Counter(map(species_of_id, genes))
    for other in ENSEMBL:
        if other != species and by_id[other] > len(genes) / 2:
            return other
    styled = sum(bool(MOUSE_STYLE.match(name)) for name in genes)
    return "mouse" if species in CAPITALS and styled > len(genes) / 2 else ""


def _share(genes: list[str], species: str, names: GeneNames) -> float:
    """Share of names that are known, or ids, or look like such where nothing is known."""
    pattern = ENSEMBL[species]
    is_known = names.known(genes, species)
    if species in CAPITALS:  # of a primate whose own table has few names
        is_known = is_known | names.known(genes, "human")
    if not names.knows_of(species):
        styles = (HUMAN_STYLE,) if species in CAPITALS else (HUMAN_STYLE, MOUSE_STYLE)
        is_known = np.array([any(style.match(name) for style in styles) for name in genes], bool)
    by_id = np.array([bool(pattern.search(name)) for name in genes], dtype=bool)
    return float((is_known | by_id).sum()) / max(len(genes), 1)
