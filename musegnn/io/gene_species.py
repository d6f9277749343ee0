"""Which species a list of gene names is of, and which human genes it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from musegnn.io.gene_style import CAPITALISED, ENSEMBL, MOUSE_STYLE, species_of_id
from musegnn.io.gene_tables import SHIPPED
from musegnn.io.nomenclature import GeneNames

FEWEST: Final = 3  # names of which a species is told by their spelling; ids tell it alone
_MOST: Final = 100  # names that are looked at, evenly spread
_LEAD, _LEAD_SHARE = 2, 0.05  # by which a species leads human where the letters are of neither
_AROUND: Final = " \t'\""
_LETTERS: Final = ("mouse", "rat", "zebrafish", "fly", "worm")  # primates write as in human


def tell_species(names: Sequence[str]) -> str:
    """Return the species that most of some names are of; "" for human, a primate's, or no genes.

    Ids tell by themselves. Symbols tell where more of them are symbols of the species, as they are
    written, than lead to human genes: `Trp53` is of mouse, `tp53` alone may be anything. In letters
    as neither writes them, names tell where two more of them, and a twentieth, are known of the
    species than of human. What mouse and rat have in common is called mouse.

    >>> tell_species(["ENSMUSG00000059552"])
    'mouse'
    """
    spread = list(dict.fromkeys(names))[:: max(1, len(names) // _MOST)]
    sample = [name for name in dict.fromkeys(name.strip(_AROUND) for name in spread) if name]
    if not sample:
        return ""
    by_id = [species_of_id(name) for name in sample]
    counts = {species: by_id.count(species) for species in ENSEMBL}
    best = max(counts, key=lambda one: counts[one])
    if counts[best] > len(sample) / 2:
        return "" if best == "human" else best
    texts = [name for name, species in zip(sample, by_id, strict=True) if not species]
    if len(texts) < FEWEST:
        return ""
    human = SHIPPED["human"]
    exact, anyhow = len(human.symbols_among(texts)), int(human.known(texts).sum())
    styled = sum(bool(MOUSE_STYLE.match(name)) for name in texts)
    found, most, is_sure = "", len(texts) / 2, False
    for species in _LETTERS:
        own = len(SHIPPED[species].symbols_among(texts))
        is_known = own > most
        if species in CAPITALISED:  # most of their symbols are human ones in capitals
            own, rival = max(own, styled) if species == "mouse" else own, exact
        else:
            rival = anyhow
        if own > max(most, rival):
            found, most, is_sure = species, own, is_known
    # names of a fish in the style of a mouse are hardly known of mouse
    return found if is_sure else _tell_in_any_case(texts, exact, anyhow) or found


def _tell_in_any_case(texts: Sequence[str], exact: int, anyhow: int) -> str:
    """Species that more of some names are known of, in any letters, than of human; "" for none."""
    most = max(len(texts) / 2, anyhow + max(_LEAD, _LEAD_SHARE * len(texts)), exact)
    found = ""
    for species in _LETTERS:
        own = int(SHIPPED[species].known(texts).sum())
        if own >= most:
            found, most = species, own + 1
    return found


def human_orthologs(names: Sequence[str], species: str, known: GeneNames) -> dict[str, str]:
    """Return the human gene of each name of another species that has one.

    Parameters
    ----------
    names
        Symbols, older symbols and ids of genes of the species.
    species
        One of those that `tell_species` tells.
    known
        Names, and orthologs where a table is at hand; without one, genes of proteins that have the
        same name in both.
    """
    asked = list(dict.fromkeys(names))
    ids = {name: match.group() for name in asked if (match := ENSEMBL[species].search(name))}
    by_id = known.symbols_of_ids(list(ids.values()), species) if ids else {}
    symbols = {name: by_id[bare] for name, bare in ids.items() if bare in by_id}
    texts = [name for name in asked if name not in ids]
    symbols |= known.in_any_case(texts, species)
    symbols |= {old: new.symbol for old, new in known.renamed(texts, species).items()}
    symbols |= {name: name for name in known.symbols_among(texts, species)}
    found = {name: known.human_ortholog(symbol, species) for name, symbol in symbols.items()}
    newer = known.up_to_date([human for human in found.values() if human], "human")
    return {name: newer[human] for name, human in found.items() if human}
