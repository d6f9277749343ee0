"""Whether the names of a file belong to the species that it is said to come from."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from musegnn.errors import InputError
from musegnn.io.gene_style import ENSEMBL, HUMAN_STYLE, MOUSE_STYLE
from musegnn.validation import format_list

# names no annotation is needed for: enough of them tell the nomenclature of a file
_LEAST_SHARE = 0.2


def check_species(genes: list[str], species: str, known: AbstractSet[str]) -> None:
    """Check names against the symbols, ids and spelling of a species.

    Parameters
    ----------
    genes
        Names of a file.
    species
        One of `keys.SPECIES`.
    known
        Symbols of the species; when empty, the spelling decides.

    Raises
    ------
    InputError
        If most names are written for another species, or too few can be recognised.
    """
    other = _other_species(genes, species)
    if other:
        msg = f"Expected {species} gene names, found {other} ones ({format_list(genes, limit=3)})."
        raise InputError(msg, f"Choose {other} as the species.")
    share = _share(genes, species, {symbol.upper() for symbol in known})
    if share >= _LEAST_SHARE:
        return
    msg = (
        f"Expected {species} gene names, recognised {100 * share:.0f} % of {len(genes)} "
        f"(for example {format_list(genes, limit=3)})."
    )
    raise InputError(msg, "Use gene symbols or Ensembl gene ids as variable names.")


def _other_species(genes: list[str], species: str) -> str:
    """Return the species whose ids or spelling most names carry, "" when it is the right one.

    Human and lemur symbols are spelt alike and mouse ones may stand in capitals, so that only
    mouse spelling tells.
    """
    for other, pattern in ENSEMBL.items():
        if other != species and sum(bool(pattern.search(name)) for name in genes) > len(genes) / 2:
            return other
    styled = sum(bool(MOUSE_STYLE.match(name)) for name in genes)
    return "mouse" if species != "mouse" and styled > len(genes) / 2 else ""


def _share(genes: list[str], species: str, known: set[str]) -> float:
    """Share of names that are known symbols or ids, or look like such where nothing is known."""
    pattern = ENSEMBL[species]
    if known:
        hits = sum(name.upper() in known or bool(pattern.search(name)) for name in genes)
    else:
        styles = (HUMAN_STYLE, MOUSE_STYLE) if species == "mouse" else (HUMAN_STYLE,)
        hits = sum(
            bool(pattern.search(name)) or any(style.match(name) for style in styles)
            for name in genes
        )
    return hits / max(len(genes), 1)
