"""Gene search: from what a person types to the genes of an embedding set."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass
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
_NUMBERS = (
    "Ids of Entrez Gene are known with a table of the annotation folder alone "
    "(`musegnn knowledge list` names it)."
)
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
        id, current symbol (of a gene that is here under an older one); "" when nothing did.
    choices
        Ortholog groups to choose from, sorted, when ambiguous.
    nearest
        Up to five names that look like an unknown one.
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
        return f"`{self.query}` found as {self.gene} by its {self.matched_by}.{also}"


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
    """

    def __init__(
        self,
        embedding: EmbeddingSet,
        *,
        aliases: Mapping[str, str | Collection[str]] | None = None,
        known_symbols: Collection[str] = (),
        others: Callable[[NameIndex], OtherNames] | None = None,
    ) -> None:
        self._index = open_index(embedding)
        self._aliases: dict[str, set[str]] = {}
        for name, target in (aliases or {}).items():
            targets = {target} if isinstance(target, str) else set(target)
            self._aliases.setdefault(name.casefold(), set()).update(targets)
        self._known = {symbol.casefold() for symbol in known_symbols}
        self._make_others = others
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
        ignored), the common name, an alias of the annotation folder, and at last what the tables
        that come with the program say.

        Parameters
        ----------
        query
            What was typed.
        suggest
            Look for similar names when the name is unknown; costs some milliseconds.
        """
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
        if others is not None and folded not in self._aliases:
            found = others.find_id(accession[1].upper()) if accession else others.find(name)
        if found is not None and found.groups:
            return _match(name, found.groups, found.matched_by, found.also)
        if found is not None or accession or folded in self._known or folded in self._aliases:
            return GeneMatch(name, "absent", also=() if found is None else found.also)
        nearest = tuple(nearest_names(name, index.near(name))) if suggest else ()
        return GeneMatch(name, "unknown", nearest=nearest)

    def find_list(self, text: str) -> GeneListMatch:
        """Resolve a pasted list; names are separated by blanks, commas, semicolons or lines."""
        names = (part.strip(_QUOTES) for part in _SEPARATORS.split(text))
        matches = [self.find(name, suggest=False) for name in dict.fromkeys(names) if name]
        return GeneListMatch(
            **{
                status: tuple(match for match in matches if match.status == status)
                for status in ("found", "ambiguous", "absent", "unknown")
            }
        )

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
