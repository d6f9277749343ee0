"""Gene search: from what a person types to the genes of an embedding set."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa

from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.name_index import NameIndex, index_names
from musegnn.embeddings.vector_set import LARGE_ROWS
from musegnn.validation import format_list, nearest_names

if TYPE_CHECKING:
    from musegnn.embeddings.other_names import OtherNames

Status = Literal["found", "ambiguous", "absent", "unknown"]

_ENSEMBL_ID = re.compile(
    r"(ENS[A-Z]{0,4}G\d{11}|FBGN\d{7}|WBGENE\d{8})(?:\.\d+)?(?:_PAR_Y)?", re.IGNORECASE
)
_NUMBERS = "Nor is it a number of Entrez Gene that the tables at hand know."
_FEWEST_LETTERS = 3  # of a part of a full name
_MOST_LOOKED_AT = 5000  # names that begin with a letter or two
_SEPARATORS = re.compile(r"[\s,;|]+")
_QUOTES = "\"'`\u201c\u201d\u2018\u2019"


@dataclass(frozen=True)
class GeneMatch:
    """What one typed name stands for.

    Parameters
    ----------
    query
        The name as it was typed, without blanks and quotes around it.
    status
        `found`; `ambiguous` (several genes, see `choices`); `absent` (a known gene that is not in
        this model); `unknown` (see `nearest`).
    gene
        Ortholog group name when found: the human symbol shared by orthologs, else the own name.
    matched_by
        Kind of name that matched: symbol, Ensembl id, common name, previous symbol, alias, Entrez
        id, current symbol (of a gene that is here under an older one), full name; "" when nothing
        did.
    choices
        Ortholog groups to choose from, sorted, when ambiguous.
    nearest
        Names that an unknown one may be meant for, the best first: those that begin with it, those
        of which it is a part of the full name, then up to five that look like it. Of a name that
        was found, but not as a symbol: others that begin with it.
    also
        Symbols of other genes that the name may mean, or of the gene that is absent.
    """

    query: str
    status: Status
    gene: str = ""
    matched_by: str = ""
    choices: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """One sentence for the person who typed the name; empty when found by its symbol."""
        if self.status == "ambiguous":
            return f"`{self.query}` can mean {format_list(self.choices)}. Choose one."
        if self.status == "absent":
            means = f" ({' or '.join(self.also)})" if self.also else ""
            return f"`{self.query}`{means} is a known gene, but it is in no context of this atlas."
        if self.status == "unknown":
            near = f" Nearest names: {', '.join(self.nearest)}." if self.nearest else ""
            number = f" {_NUMBERS}" if self.query.isdecimal() else ""
            return f"`{self.query}` is not a gene name known here.{near}{number}"
        if self.matched_by == "symbol":
            is_own_name = self.query.casefold() == self.gene.casefold()
            return (
                "" if is_own_name else f"`{self.query}` is shown with its orthologs ({self.gene})."
            )
        also = f" It may also mean {format_list(self.also)}." if self.also else ""
        near = f" Symbols that begin so: {', '.join(self.nearest)}." if self.nearest else ""
        return f"`{self.query}` found as {self.gene} by its {self.matched_by}.{also}{near}"


class FullNames:
    """Finds human symbols by what genes are called in full.

    Parameters
    ----------
    names
        Symbol -> full name.
    numbers
        Symbol -> number of Entrez Gene.
    """

    def __init__(self, names: Mapping[str, str], numbers: Mapping[str, str] | None = None) -> None:
        self._names = {symbol: _plain(name) for symbol, name in names.items()}
        self._written = names
        self._numbers = {number: symbol for symbol, number in (numbers or {}).items() if number}

    def name_of(self, symbol: str) -> str:
        """Return the full name of a symbol as it is written, "" where it is not known."""
        return self._written.get(symbol, "")

    def symbols_of_number(self, number: str) -> tuple[str, ...]:
        """Return the symbol of a number of Entrez Gene; none where no gene has it."""
        return (self._numbers[number],) if number in self._numbers else ()

    def symbols_of(self, name: str) -> tuple[str, ...]:
        """Return the symbols of a full name, whatever its case and hyphens, sorted."""
        sought = _plain(name)
        return tuple(sorted(symbol for symbol, own in self._names.items() if own == sought))

    def with_words(self, text: str) -> list[str]:
        """Return symbols of full names that begin with a text, then of those with words that do.

        Of each the short names first: "insulin" is nearer to "insulin receptor" than to a longer
        name.
        """
        sought = _plain(text)
        if len(sought) < _FEWEST_LETTERS:
            return []
        found = [
            (not own.startswith(sought), len(own), symbol)
            for symbol, own in self._names.items()
            if own.startswith(sought) or f" {sought}" in own
        ]
        return [symbol for _, _, symbol in sorted(found)]


def _plain(name: str) -> str:
    """Write a full name without case, and hyphens as blanks."""
    return " ".join(name.casefold().replace("-", " ").split())


@dataclass(frozen=True)
class GeneListMatch:
    """What a pasted list stands for, name by name, each name once and in the order typed.

    Parameters
    ----------
    found, ambiguous, absent, unknown
        Matches by status.
    """

    found: tuple[GeneMatch, ...]
    ambiguous: tuple[GeneMatch, ...]
    absent: tuple[GeneMatch, ...]
    unknown: tuple[GeneMatch, ...]

    @property
    def genes(self) -> tuple[str, ...]:
        """Ortholog groups that were found, each once, in the order typed."""
        return tuple(dict.fromkeys(match.gene for match in self.found))

    @property
    def n_names(self) -> int:
        """Number of different names that were typed."""
        return len(self.found) + len(self.ambiguous) + len(self.absent) + len(self.unknown)


class GeneSearch:
    """Index over the gene names of an embedding set.

    Genes are found as ortholog groups: all rows that share the human ortholog, so that human INS
    and mouse Ins1 and Ins2 light up together. A gene without ortholog is an ortholog group of its
    own.

    Parameters
    ----------
    embedding
        The set to search.
    aliases
        Other name (alias, previous symbol, Entrez id) -> symbol, or several symbols when the name
        is shared. Upper and lower case count as equal.
    known_symbols
        Symbols that exist, to tell a gene that is absent from this model from an unknown name;
        targets of `aliases` are added.
    others
        Makes what knows the names that come with the program, when a name is first found in none
        of the above; None knows no more.
    full_names
        Makes what knows full names and numbers of genes, when it is first asked; None knows none.
    """

    def __init__(
        self,
        embedding: EmbeddingSet,
        *,
        aliases: Mapping[str, str | Collection[str]] | None = None,
        known_symbols: Collection[str] = (),
        others: Callable[[NameIndex], OtherNames] | None = None,
        full_names: Callable[[], FullNames] | None = None,
    ) -> None:
        self._index = open_index(embedding)
        self._aliases: dict[str, set[str]] = {}
        for name, target in (aliases or {}).items():
            targets = {target} if isinstance(target, str) else set(target)
            self._aliases.setdefault(name.casefold(), set()).update(targets)
        self._known = {symbol.casefold() for symbol in known_symbols}
        self._make_others, self._read_full_names = others, full_names
        self._known.update(name.casefold() for names in self._aliases.values() for name in names)

    @property
    def ortholog_groups(self) -> np.ndarray:
        """Name of the ortholog group of each row, `(N,)` object."""
        return self._index.groups_of_rows

    def rows(self, gene: str) -> np.ndarray:
        """Return all rows of an ortholog group, ascending int64; empty when it does not exist."""
        return self._index.rows_of((gene,))

    def rows_of_genes(self, genes: Collection[str]) -> np.ndarray:
        """Return all rows of several ortholog groups, ascending int64, each once."""
        return self._index.rows_of(genes)

    def names(self) -> list[str]:
        """Return all symbols and ortholog group names, sorted, for completion."""
        return sorted({*self._index.symbols.names, *self._index.group_names})

    def find(self, query: str, *, suggest: bool = True) -> GeneMatch:
        """Resolve one typed name.

        The exact symbol wins, then the symbol in any case, the Ensembl id (a version suffix is
        ignored), the common name, an alias of the annotation folder, what the tables that come with
        the program say, and at last the full name.

        Parameters
        ----------
        query
            What was typed.
        suggest
            Look for similar names when the name is unknown; costs some milliseconds.
        """
        return self._find(query, suggest=suggest)

    def _find(self, query: str, *, suggest: bool, nowhere: Set[str] = frozenset()) -> GeneMatch:
        """Resolve one typed name, of which is known whether no table has it."""
        name = query.strip().strip(_QUOTES).strip()
        if not name:
            return GeneMatch("", "unknown")
        folded = name.casefold()
        accession = _ENSEMBL_ID.fullmatch(name)
        index = self._index
        steps = (
            ("symbol", index.symbols, name),
            ("symbol", index.folded, folded),
            ("Ensembl id", index.ids, accession[1].upper() if accession else ""),
            ("common name", index.common, folded),
        )
        for matched_by, table, sought in steps:
            if sought and (ortholog_groups := index.groups(table, sought)):
                return _match(name, ortholog_groups, matched_by)
        if ortholog_groups := self._ortholog_groups_of_alias(folded):
            # no symbol is a number alone
            return _match(name, ortholog_groups, "Entrez id" if name.isdecimal() else "alias")
        others = self._others
        found = None
        if others is not None and folded not in self._aliases and name not in nowhere:
            found = others.find_id(accession[1].upper()) if accession else others.find(name)
        if found is not None and found.groups:
            match = _match(name, found.groups, found.matched_by, found.also)
            return replace(match, nearest=self._beginning(match)) if suggest else match
        if found is not None or accession or folded in self._known or folded in self._aliases:
            return GeneMatch(name, "absent", also=() if found is None else found.also)
        return self._find_in_full(name) if suggest else GeneMatch(name, "unknown")

    def find_whole(self, query: str) -> GeneMatch:
        """Resolve one typed name, full names and numbers too, without looking for similar ones."""
        match = self.find(query, suggest=False)
        return (
            self._find_in_full(match.query, suggest=False) if match.status == "unknown" else match
        )

    def _beginning(self, match: GeneMatch) -> tuple[str, ...]:
        """Other genes whose symbols begin with another name of the found one, such as CD3."""
        folded = match.query.casefold()
        found = self.suggest(match.query)
        return tuple(
            gene for gene in found if gene != match.gene and gene.casefold().startswith(folded)
        )

    def _find_in_full(self, name: str, *, suggest: bool = True) -> GeneMatch:
        """Resolve a full name or a number of Entrez Gene, or say who may be meant."""
        index = self._index
        is_number, known = name.isdecimal(), self._full_names
        symbols = known.symbols_of_number(name) if is_number else known.symbols_of(name)
        groups = {
            group for symbol in symbols for group in index.groups(index.common, symbol.casefold())
        }
        if groups:
            return _match(name, groups, "Entrez id" if is_number else "full name")
        if symbols:
            return GeneMatch(name, "absent", also=symbols)
        return GeneMatch(name, "unknown", nearest=self.suggest(name) if suggest else ())

    def suggest(self, text: str, *, most: int = 8, alike: bool = True) -> tuple[str, ...]:
        """Return genes that somebody who types this may look for, the best first.

        Symbols that begin with it come first, short ones before long ones and those of another
        number last, so that CD3 leads to CD3D before CD37 and CD300A; then genes whose full name
        begins with it, or has a word that does; where there is none of these, what looks like it.

        Parameters
        ----------
        text
            What was typed so far.
        most
            Genes that are returned at most.
        alike
            Return what looks like it where nothing begins so; costs some milliseconds.
        """
        name = text.strip().strip(_QUOTES).strip()
        if not name or most < 1:
            return ()
        index, folded = self._index, name.casefold()
        found = list(dict.fromkeys(group for _, group in self._beginning_in_order(folded)))
        named = (
            index.group_names[int(group)]
            for symbol in self._full_names.with_words(folded)
            for group in index.common.find(symbol.casefold())
        )
        found = list(dict.fromkeys((*found, *named)))[:most]
        if found or not alike:
            return tuple(found)
        return tuple(nearest_names(name, index.near(name)))[:most]

    def _beginning_in_order(self, folded: str) -> list[tuple[str, str]]:
        """Symbols in small letters that begin so with their groups: the likely ones first."""
        index = self._index
        found = [
            (symbol, index.group_names[int(group)])
            for symbol, groups in index.folded.beginning_with(folded, most=_MOST_LOOKED_AT)
            for group in groups
        ]
        is_number = folded[-1:].isdecimal()

        def place(pair: tuple[str, str]) -> tuple[bool, int, str, str]:
            symbol, group = pair
            # CD37 is another number than CD3
            goes_on = is_number and symbol[len(folded) : len(folded) + 1].isdecimal()
            return goes_on, len(symbol), symbol, group

        return sorted(found, key=place)

    def symbols_beginning(self, text: str, *, most: int) -> list[tuple[str, str]]:
        """Return symbols in any species that begin with a text, and the group of each.

        Of a gene and its ortholog with the same letters the one that names the group is returned.

        Parameters
        ----------
        text
            What was typed; case does not count.
        most
            Pairs that are returned at most.
        """
        folded = text.strip().strip(_QUOTES).strip().casefold()
        found: list[tuple[str, str]] = []
        for symbol, group in self._beginning_in_order(folded) if folded else ():
            found.append((self._as_written(symbol, group), group))
            if len(found) == most:
                break
        return found

    def _as_written(self, folded: str, group: str) -> str:
        """Return a symbol with its capitals, as people write those of most species."""
        if folded == group.casefold():
            return group
        ways = (folded.upper(), folded.capitalize(), folded)
        return next((way for way in ways if len(self._index.symbols.find(way))), folded)

    def other_names_beginning(self, text: str, *, most: int) -> list[tuple[str, str]]:
        """Return previous symbols and aliases that begin with a text, and the group of each."""
        name = text.strip().strip(_QUOTES).strip()
        if self._others is None or not name:
            return []
        return self._others.beginning_with(name, most=most)

    def full_name(self, gene: str) -> str:
        """Return what a human gene is called in full, "" where it is not known."""
        return self._full_names.name_of(gene)

    @cached_property
    def _full_names(self) -> FullNames:
        """Full names, read when they are first asked for."""
        return FullNames({}) if self._read_full_names is None else self._read_full_names()

    def find_list(self, text: str) -> GeneListMatch:
        """Resolve a pasted list; names are separated by blanks, commas, semicolons or lines."""
        names = (part.strip(_QUOTES) for part in _SEPARATORS.split(text))
        asked = [name for name in dict.fromkeys(names) if name]
        nowhere = self._nowhere([name for name in asked if not _ENSEMBL_ID.fullmatch(name)])
        matches = [self._find(name, suggest=False, nowhere=nowhere) for name in asked]
        return GeneListMatch(
            **{
                status: tuple(match for match in matches if match.status == status)
                for status in ("found", "ambiguous", "absent", "unknown")
            }
        )

    def _nowhere(self, names: Sequence[str]) -> Set[str]:
        """Return those of many names that no table has: to ask for each alone takes ten times."""
        if self._others is None or not names:
            return frozenset()
        has = self._others.has(names)
        return {name for name, is_known in zip(names, has, strict=True) if not is_known}

    @cached_property
    def _others(self) -> OtherNames | None:
        """What knows the names that come with the program, opened when it is first asked."""
        return None if self._make_others is None else self._make_others(self._index)

    def _ortholog_groups_of_alias(self, folded: str) -> set[str]:
        """Ortholog groups of all symbols an alias stands for, under older symbols too."""
        found: set[str] = set()
        for symbol in self._aliases.get(folded, ()):
            groups = self._index.groups(self._index.symbols, symbol) or self._index.groups(
                self._index.folded, symbol.casefold()
            )
            if not groups and self._others is not None:
                other = self._others.find(symbol)
                groups = set() if other is None else set(other.groups)
            found |= groups
        return found


def _match(
    name: str, ortholog_groups: Set[str], matched_by: str, also: tuple[str, ...] = ()
) -> GeneMatch:
    """Make a found or an ambiguous match."""
    if len(ortholog_groups) == 1:
        gene = next(iter(ortholog_groups))
        return GeneMatch(name, "found", gene=gene, matched_by=matched_by, also=also)
    return GeneMatch(
        name, "ambiguous", matched_by=matched_by, choices=tuple(sorted(ortholog_groups)), also=also
    )


def open_index(embedding: EmbeddingSet) -> NameIndex:
    """Index the names of an embedding set; that of a large one is kept beside its file."""
    path = embedding.path
    if len(embedding) < LARGE_ROWS or path is None:
        return index_names(embedding.genes)
    # who opens small sets alone loads nothing of this
    from musegnn.io.kept_arrays import open_kept, write_arrays  # noqa: PLC0415

    kept = open_kept(
        path,
        ".names1",
        make=lambda into: write_arrays(into, index_names(embedding.genes).to_arrays()),
        check=lambda made: made.release(),
    )
    pa.default_memory_pool().release_unused()  # what making it took
    return NameIndex.from_arrays(kept.arrays)
