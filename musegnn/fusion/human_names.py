"""One name for each human gene: symbols old and new, Ensembl and Entrez ids lead to one symbol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from musegnn.io.nomenclature import GeneNames
from musegnn.knowledge.gene_names import read_gene_names

HUMAN = "human"


class HumanNames:
    """Leads every name of a human gene to its current symbol.

    Parameters
    ----------
    names
        What is known about names; without Entrez ids these lead nowhere.
    """

    def __init__(self, names: GeneNames) -> None:
        self._names = names
        self._kept: dict[str, str] = {}

    @classmethod
    def of_folder(cls, folder: Path | None) -> HumanNames:
        """Read what an annotation folder and the program know about names."""
        return cls(read_gene_names(folder))

    def symbols_of(self, names: Iterable[str]) -> dict[str, str]:
        """Return the current symbol of each name, "" for what is no human gene that is known.

        Parameters
        ----------
        names
            Symbols, previous symbols, aliases, Ensembl gene ids (a version is cut off), Entrez ids.
        """
        asked = {str(name): str(name).strip() for name in names}
        new = sorted({text for text in asked.values() if text not in self._kept})
        if new:
            self._kept |= self._look_up(new)
        return {name: self._kept[text] for name, text in asked.items()}

    def ids_of(self, symbols: list[str]) -> dict[str, str]:
        """Return the Ensembl id of each symbol that has one alone."""
        return self._names.ids_of_symbols(symbols, HUMAN)

    def _look_up(self, names: list[str]) -> Mapping[str, str]:
        """Look names up that were not asked for before."""
        found = dict.fromkeys(names, "")
        bare = {name: name.split(".")[0] for name in names if name.startswith("ENSG")}
        by_id = self._names.symbols_of_ids(sorted(set(bare.values())), HUMAN)
        entrez = self._names.entrez.get(HUMAN, {})
        digits = {name: entrez[name] for name in names if name.isdecimal() and name in entrez}
        stated = {name: by_id[text] for name, text in bare.items() if text in by_id} | digits
        rest = [name for name in names if name not in bare and not name.isdecimal()]
        stated |= {name: name for name in rest}
        symbols = sorted(set(stated.values()) - {""})
        current = self._names.symbols_among(symbols, HUMAN)
        others = [symbol for symbol in symbols if symbol not in current]
        led = self._names.in_any_case(others, HUMAN)
        for name, symbol in stated.items():
            found[name] = symbol if symbol in current else led.get(symbol, "")
        return found
