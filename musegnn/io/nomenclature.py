"""Nomenclature: symbols, Ensembl ids, aliases and orthologs, of a folder and of the program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.border.tables import read_delimited
from musegnn.errors import DataFileError
from musegnn.io.gene_style import CAPITALS, ENSEMBL
from musegnn.io.gene_tables import GeneTable, Rename, source_of_tables
from musegnn.io.h5ad import open_h5ad
from musegnn.io.orthologs import Orthologs

# species whose genes carry the symbols of their human orthologs
SAME_SYMBOL: Final = CAPITALS - {"human"}
# species whose genes are named after their human orthologs in letters of their own: the same name
# counts for genes of proteins, where no table of orthologs is at hand
SAME_LETTERS: Final = frozenset({"mouse", "rat", "zebrafish"})


@dataclass(frozen=True)
class GeneNames:
    """What is known about the names of genes.

    An annotation folder fills all but `tables`; what it says comes first. The tables that come with
    the program know the rest.

    Parameters
    ----------
    symbols
        Species -> known symbols.
    by_ensembl
        Ensembl gene id (of human) -> symbol.
    aliases
        Species -> other name -> symbol; only names with a single meaning.
    ortholog_to_human
        Mouse symbol -> human symbol, one-to-one pairs only.
    ortholog_group
        Mouse symbol -> human symbol, one-to-many pairs included.
    entrez
        Species -> Entrez gene id as text -> symbol.
    source
        Files of the folder and of the user; empty when there are none.
    orthologs
        Species -> orthologs that a user brought, see `musegnn.io.orthologs`.
    tables
        Species -> names that come with the program, see `musegnn.io.gene_tables`.
    """

    symbols: Mapping[str, frozenset[str]] = field(default_factory=dict)
    by_ensembl: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ortholog_to_human: Mapping[str, str] = field(default_factory=dict)
    ortholog_group: Mapping[str, str] = field(default_factory=dict)
    entrez: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source: tuple[str, ...] = ()
    orthologs: Mapping[str, Orthologs] = field(default_factory=dict)
    tables: Mapping[str, GeneTable] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """True when nothing is known and names are taken as they are."""
        return not self.symbols and not self.tables

    @property
    def sources(self) -> tuple[str, ...]:
        """Files and, where tables come with the program, the package with its release."""
        return (*self.source, *((source_of_tables(),) if self.tables else ()))

    def knows_of(self, species: str) -> bool:
        """True when symbols of a species, or of human for a primate, are at hand."""
        related = {species, "human"} if species in SAME_SYMBOL else {species}
        return any(self.symbols.get(name) or name in self.tables for name in related)

    def known(self, names: Sequence[str], species: str) -> np.ndarray:
        """Tell which names are symbols or other names of a species, in any case; `(n,)` bool."""
        folder = {symbol.upper() for symbol in self.symbols.get(species, ())}
        found = np.array([name.upper() in folder for name in names], dtype=bool)
        table = self.tables.get(species)
        return found if table is None else found | table.known(names)

    def symbols_among(self, names: Sequence[str], species: str) -> set[str]:
        """Return those of some names that are current symbols as they are written."""
        folder = self.symbols.get(species, frozenset())
        table = self.tables.get(species)
        found = set() if table is None else table.symbols_among(names)
        in_folder = [name for name in names if name in folder]
        # a symbol of the folder that has got another one since is not current
        return found | (set(in_folder) - set(self.renamed(in_folder, species)))

    def renamed(self, names: Sequence[str], species: str) -> dict[str, Rename]:
        """Return the symbol of each name that is a previous symbol or an alias of one gene."""
        table = self.tables.get(species)
        return {} if table is None else table.renamed(names)

    def in_any_case(self, names: Sequence[str], species: str) -> dict[str, str]:
        """Return the symbol of each name, in whatever case it is written; the folder goes first."""
        table = self.tables.get(species)
        found = (
            {}
            if table is None
            else {name: to.symbol for name, to in table.renamed(names, folded=True).items()}
        )
        folder = {symbol.upper(): symbol for symbol in sorted(self.symbols.get(species, ()))}
        in_folder = {name: folder[name.upper()] for name in names if name.upper() in folder}
        newer = self.up_to_date(list(in_folder.values()), species)
        return found | {name: newer[symbol] for name, symbol in in_folder.items()}

    def up_to_date(self, symbols: Sequence[str], species: str) -> dict[str, str]:
        """Return the current symbol of each symbol that an older table gives; others stay."""
        newer = self.renamed(list(dict.fromkeys(symbols)), species)
        return {symbol: newer[symbol].symbol if symbol in newer else symbol for symbol in symbols}

    def symbols_of_ids(self, identifiers: Sequence[str], species: str) -> dict[str, str]:
        """Return the current symbol of each id that has one."""
        table = self.tables.get(species)
        found = {} if table is None else table.symbols_of_ids(identifiers)
        known = self.by_ensembl if species == "human" else {}
        return found | {text: known[text] for text in identifiers if text in known}

    def ids_of_symbols(self, symbols: Sequence[str], species: str) -> dict[str, str]:
        """Return the Ensembl id of each symbol that has one alone."""
        table = self.tables.get(species)
        found = {} if table is None else table.ids_of_symbols(symbols)
        if species == "human":
            known = {symbol: identifier for identifier, symbol in self.by_ensembl.items()}
            found |= {symbol: known[symbol] for symbol in symbols if symbol in known}
        return found

    def common_name(self, symbol: str, species: str) -> str:
        """Name that is equal in two species exactly for one-to-one orthologs.

        Human symbols stand for themselves; a symbol of mouse with a single human ortholog becomes
        that symbol; any other keeps its own name with the species in front. Where no table of
        orthologs is at hand, and for primates where it does not know the gene, the same name means
        the same gene.
        """
        if species == "human":
            return symbol
        if self.has_table(symbol, species):
            human = self.orthologs[species].one_to_one.get(symbol)
        elif self.is_same_symbol(symbol, species):
            human = self.same_names(species).get(symbol, symbol)
        else:
            human = self.ortholog_to_human.get(symbol) if species == "mouse" else None
        return human or f"{species}:{symbol}"

    def human_ortholog(self, symbol: str, species: str) -> str:
        """Human ortholog of a gene, one-to-many included; "" where none is known."""
        if species == "human":
            return symbol
        if self.has_table(symbol, species):
            return self.orthologs[species].ortholog_group[symbol]
        if self.is_same_symbol(symbol, species):
            return self.same_names(species).get(symbol, symbol)
        return self.ortholog_group.get(symbol, "") if species == "mouse" else ""

    def has_table(self, symbol: str, species: str) -> bool:
        """True when a table of the user names the orthologs of a gene."""
        return species in self.orthologs and symbol in self.orthologs[species].ortholog_group

    def is_same_symbol(self, symbol: str, species: str) -> bool:
        """True when a gene stands for the human gene of the same name, by that rule alone.

        It does not where a table of the user gives the gene, or the human gene, another partner,
        nor where the folder has orthologs of the species.
        """
        if self.has_table(symbol, species):
            return False
        if species in SAME_SYMBOL:
            human = symbol
            human_symbols = self._human_symbols
            is_same = not human_symbols or symbol in human_symbols
        else:
            human = self.same_names(species).get(symbol, "")
            is_same = human != ""
        return is_same and not (
            species in self.orthologs and human in self.orthologs[species].humans
        )

    def same_names(self, species: str) -> Mapping[str, str]:
        """Symbol -> human symbol of the same letters, for genes of proteins in both species.

        Empty where the folder has orthologs of the species: it says who belongs to whom.
        """
        return self._same_names.get(species, {})

    @cached_property
    def _same_names(self) -> dict[str, dict[str, str]]:
        """Names that are the same in human, by species."""
        if not {"human", *SAME_LETTERS} <= set(self.tables):
            return {}
        human = self.tables["human"].coding_symbols
        by_table = {"mouse"} if self.ortholog_to_human else set()
        found: dict[str, dict[str, str]] = {}
        for species in sorted(SAME_LETTERS - by_table):
            own = sorted(self.tables[species].coding_symbols)
            letters = {symbol: symbol.upper() for symbol in own if symbol.upper() in human}
            times = Counter(letters.values())
            found[species] = {own: name for own, name in letters.items() if times[name] == 1}
        return found

    @cached_property
    def _human_symbols(self) -> frozenset[str]:
        """Symbols of human genes, of the folder and of the table."""
        folder = self.symbols.get("human", frozenset())
        table = self.tables.get("human")
        return folder if table is None else folder | table.all_symbols

    def with_orthologs(self, species: str, table: Orthologs) -> GeneNames:
        """Return these names with the orthologs that a user brought for a species."""
        return replace(
            self,
            orthologs={**self.orthologs, species: table},
            source=(*self.source, table.source),
        )


def add_gene_ids(names: GeneNames, path: Path) -> GeneNames:
    """Learn Ensembl ids from a file that has them beside symbols.

    Parameters
    ----------
    names
        Tables known so far; what they say wins.
    path
        `.h5ad` whose `var` has a column with Ensembl ids (`gene_ids`, `ensembl`, `ensembl_id` or
        `gene_id`), such as any 10x matrix, or names such as `CD3E_ENSG00000198851`; or a
        tab-separated table with the columns `gene_id` and `symbol`.

    Raises
    ------
    DataFileError
        If the file cannot be read or has no such column.
    """
    path = Path(path)
    if path.suffix == ".h5ad":
        table = open_h5ad(path, role="a file with gene ids").var
        column = next((c for c in keys.ID_COLUMNS if c in table), None)
        symbols = list(table.get("symbol", table.index))
        identifiers = list(table.index if column is None else table[column])
    else:
        table = read_text_table(path, ["gene_id", "symbol"])
        symbols, identifiers = list(table["symbol"]), list(table["gene_id"])
    learnt: dict[str, str] = {}
    for text, symbol in zip(identifiers, symbols, strict=True):
        match = ENSEMBL["human"].search(str(text))
        bare = str(symbol).replace(match.group(), "").strip("_-.|") if match else ""
        if match and bare:
            learnt.setdefault(match.group(), bare)
    if not learnt:
        columns = ", ".join(keys.ID_COLUMNS)
        msg = f"Expected Ensembl ids beside symbols ({columns}), found none in {path}."
        raise DataFileError(msg, "Give a file that names genes by id and symbol.")
    return replace(
        names,
        by_ensembl={**learnt, **names.by_ensembl},
        source=(*names.source, path.name),
    )


def read_text_table(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read a tab-separated table as text, empty cells as ''."""
    table = read_delimited(path, role="a tab-separated table", columns=columns)
    missing = [column for column in columns if column not in table]
    if missing:
        msg = f"Expected the columns {', '.join(columns)}, found no {', '.join(missing)} in {path}."
        raise DataFileError(msg, "Use the table named in the documentation.")
    return table
