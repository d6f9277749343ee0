"""Which species a list of gene names is of, and which human genes it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from musegnn.io.gene_style import CAPITALISED, ENSEMBL, MOUSE_STYLE, species_of_id
from musegnn.io.gene_tables import SHIPPED
from musegnn.io.nomenclature import GeneNames

FEWEST: Final = 3  # names of which a species is told by their spelling; ids tell it alone
_MOST: Final = 100  # names that are looked at, evenly spread
_LETTERS: Final = ("mouse", "rat", "zebrafish", "fly", "worm")  # primates write as in human


def tell_species(names: Sequence[str]) -> str:
    """Return the species that most of some names are of; "" for human, a primate's, or no genes.

    Ids tell by themselves. Symbols tell where more of them are symbols of the species, as they are
    written, than lead to human genes: `Trp53` is of mouse, `tp53` alone may be anything. What
    mouse and rat have in common is called mouse.

    >>> tell_species(["ENSMUSG00000059552"])
    'mouse'
    """
    sample = list(dict.fromkeys(names))[:: max(1, len(names) // _MOST)]
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
    found, most = "", len(texts) / 2
    for species in _LETTERS:
        own = len(SHIPPED[species].symbols_among(texts))
        if species in CAPITALISED:  # most of their symbols are human ones in capitals
            own, rival = max(own, styled) if species == "mouse" else own, exact
        else:
            rival = anyhow
        if own > max(most, rival):
            found, most = species, own
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
    ids = {name: name.partition(".")[0] for name in asked if species_of_id(name) == species}
    by_id = known.symbols_of_ids(list(ids.values()), species) if ids else {}
    symbols = {name: by_id[bare] for name, bare in ids.items() if bare in by_id}
    texts = [name for name in asked if name not in ids]
    symbols |= known.in_any_case(texts, species)
    symbols |= {old: new.symbol for old, new in known.renamed(texts, species).items()}
    symbols |= {name: name for name in known.symbols_among(texts, species)}
    found = {name: known.human_ortholog(symbol, species) for name, symbol in symbols.items()}
    newer = known.up_to_date([human for human in found.values() if human], "human")
    return {name: newer[human] for name, human in found.items() if human}
