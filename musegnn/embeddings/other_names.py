"""Other names: what a typed name means by the tables that come with the program.

A set may hold a gene under an older symbol, or under its id alone: a gene is looked for by its id,
its symbol, and every other name that is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from musegnn.embeddings.name_index import NameIndex
from musegnn.io.gene_tables import KINDS, SHIPPED, SYMBOL, GeneTable, Meaning

BY_ID = "Ensembl id"
NEWER = "current symbol"  # of a gene that the set holds under an older one


@dataclass(frozen=True)
class Found:
    """What a name means here.

    Parameters
    ----------
    groups
        Ortholog groups of the set; several when the name is not clear, none when the set has none.
    matched_by
        Kind of name that led there.
    also
        Symbols of other genes that the name may mean, sorted.
    """

    groups: frozenset[str]
    matched_by: str
    also: tuple[str, ...]


class OtherNames:
    """Finds groups of a set by names that the set itself does not have.

    Parameters
    ----------
    index
        Names of the set.
    species
        Species of its contexts.
    tables
        Tables by species.
    """

    def __init__(
        self,
        index: NameIndex,
        species: Iterable[str],
        tables: Mapping[str, GeneTable] = SHIPPED,
    ) -> None:
        self._index = index
        order = dict.fromkeys(("human", *species))
        self._tables = [tables[name] for name in order if name in tables]

    def find(self, name: str) -> Found | None:
        """Return what a name means, None when no table has it.

        Symbols go before previous symbols, and these before aliases: the first kind by which the
        set has a gene counts; others that the name may mean are told.
        """
        meanings = [
            (table, meaning) for table in self._tables for meaning in table.find_other(name)
        ]
        if not meanings:
            return None
        symbols = {table.symbol(meaning.gene) for table, meaning in meanings}
        for kind in range(len(KINDS)):
            ways = [self._way(*pair) for pair in meanings if pair[1].kind == kind]
            found = [way for way in ways if way[0]]
            if not found:
                continue
            groups = frozenset().union(*(groups for groups, _, _ in found))
            reached = {symbol for _, symbol, _ in found}
            matched_by = found[0][2] if kind == SYMBOL else KINDS[kind]
            return Found(groups, matched_by, _others(symbols, reached | groups))
        first = min(meaning.kind for _, meaning in meanings)
        best = {table.symbol(pair.gene) for table, pair in meanings if pair.kind == first}
        return Found(frozenset(), "", _others(best, {name}))

    def has(self, names: Sequence[str]) -> np.ndarray:
        """Tell of many names at once whether `find` finds anything; `(n,)` bool."""
        found = np.zeros(len(names), dtype=bool)
        for table in self._tables:
            found |= table.known(names)
        return found

    def find_id(self, identifier: str) -> Found | None:
        """Return what an id in capitals and without version means, None when no table has it."""
        genes = [(table, gene) for table in self._tables for gene in table.find_id(identifier)]
        if not genes:
            return None
        groups = frozenset[str]().union(
            *(self._way(table, Meaning(gene, SYMBOL))[0] for table, gene in genes)
        )
        symbols = {table.symbol(gene) for table, gene in genes}
        return Found(groups, BY_ID, () if groups else _others(symbols, set()))

    def beginning_with(self, text: str, *, most: int) -> list[tuple[str, str]]:
        """Return previous symbols and aliases that begin with a text, the group of each beside it.

        Parameters
        ----------
        text
            What was typed; case does not count.
        most
            Pairs that are returned at most; those of the first species and short names first.
        """
        found: dict[str, str] = {}  # group -> name
        for table in self._tables:
            for name, meaning in table.beginning_with(text, most=20 * most):
                if meaning.kind == SYMBOL:
                    continue
                for group in sorted(self._way(table, meaning)[0]):
                    found.setdefault(group, name)
                if len(found) >= most:
                    break
        return [(name, group) for group, name in list(found.items())[:most]]

    def _way(self, table: GeneTable, meaning: Meaning) -> tuple[set[str], str, str]:
        """Return the groups of a gene, its symbol, and by what the set has it."""
        index, symbol = self._index, table.symbol(meaning.gene)
        if symbol:
            ways = [(index.symbols, symbol), (index.folded, symbol.casefold())]
            if table is self._tables[0]:  # orthologs are named after the human gene
                ways.append((index.common, symbol.casefold()))
            for names, sought in ways:
                if groups := index.groups(names, sought):
                    return groups, symbol, KINDS[SYMBOL]
        identifier = table.identifier(meaning.gene)
        if identifier and (groups := index.groups(index.ids, identifier.upper())):
            return groups, symbol, BY_ID
        for other, _ in table.names(meaning.gene):
            groups = index.groups(index.symbols, other)
            # not by a name that is a better one of another gene
            if groups and [best.gene for best in table.find(other)] == [meaning.gene]:
                return groups, symbol, NEWER
        return set(), symbol, ""


def _others(symbols: Iterable[str], shown: Iterable[str]) -> tuple[str, ...]:
    """Symbols that are not shown, whatever their case, each once."""
    hidden = {name.casefold() for name in shown}
    found: dict[str, str] = {}
    for symbol in sorted(symbols):
        if symbol and symbol.casefold() not in hidden:
            found.setdefault(symbol.casefold(), symbol)
    return tuple(sorted(found.values()))
