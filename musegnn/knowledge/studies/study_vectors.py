"""Study vectors: what other studies say of human genes, as numbers, with where they come from.

They know no context: a gene has one vector whatever cells it is looked at in, and its orthologs
have the same. Two places of one gene are equal by construction, so that nothing may use them that
looks a gene up by its name, or compares it with itself elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from musegnn.errors import DataFileError
from musegnn.io.gene_tables import current_symbols
from musegnn.knowledge.manifest import TableRecord

_SHOWN_LETTERS: Final = 12  # of a checksum in a sentence
_MOST_OFF: Final = 1e-3  # what a length may differ from 1


@dataclass(frozen=True)
class StudyVectors:
    """Vectors of human genes out of other studies.

    Parameters
    ----------
    source
        Name of the source, one of `musegnn.knowledge.studies.sources.STUDY_SOURCES`.
    title
        What the numbers were made of, in words.
    genes
        Human symbols, sorted; of genes that are not among them nothing is known.
    vectors
        `(n, D)` float32 of length 1, in the order of `genes`.
    tables
        Tables they were made of, with release, licence and checksum.
    taken
        Name of each of these tables -> how many of its terms were used.
    note
        What was left out, and why.

    Raises
    ------
    DataFileError
        If the vectors are not one of length 1 for each gene.
    """

    source: str
    title: str
    genes: tuple[str, ...]
    vectors: np.ndarray
    tables: tuple[TableRecord, ...]
    taken: Mapping[str, int]
    note: str = ""

    def __post_init__(self) -> None:
        """Check that there is a vector of length 1 for each gene."""
        shape = self.vectors.shape
        is_whole = len(shape) == 2 and shape[0] == len(self.genes) == len(set(self.genes))
        lengths = np.linalg.norm(self.vectors, axis=1) if is_whole else np.zeros(1)
        if not (np.abs(lengths - 1) < _MOST_OFF).all():  # NaN is not
            msg = (
                f"Expected a vector of length 1 for each of {len(self.genes):,} genes of other "
                f"studies, found others, {shape} numbers."
            )
            raise DataFileError(msg, "Leave out genes of which nothing is known.")

    def __len__(self) -> int:
        """Number of genes."""
        return len(self.genes)

    @property
    def width(self) -> int:
        """Numbers a gene."""
        return int(self.vectors.shape[1])

    @property
    def n_terms(self) -> int:
        """Number of terms, such as gene sets, that the vectors were made of."""
        return sum(self.taken.values())

    @cached_property
    def id(self) -> str:
        """Hash of source, tables, terms, genes and width, 16 letters: what links know them by."""
        said = {
            "source": self.source,
            "tables": [(table.name, table.release, table.sha256) for table in self.tables],
            "taken": dict(self.taken),
            "genes": self.genes,
            "width": self.width,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]

    @cached_property
    def _row_of(self) -> Mapping[str, int]:
        """Gene -> its row."""
        return {gene: row for row, gene in enumerate(self.genes)}

    def rows_of(self, genes: Sequence[str]) -> np.ndarray:
        """Return the row of each human gene, `(len(genes),)` int64; -1 where nothing is known.

        A previous symbol, or another name of one gene, leads to the row of its current symbol.
        """
        known = self._row_of
        newer = current_symbols([gene for gene in genes if gene not in known])
        return np.array([known.get(newer.get(gene, gene), -1) for gene in genes], dtype=np.int64)

    @property
    def statement(self) -> str:
        """What they are, with tables, releases, checksums and licences, as captions say it."""
        tables = "; ".join(
            f"{self.taken[table.name]:,} of {table.title or table.name} ({table.name}, release "
            f"{table.release}, sha256 {table.sha256[:_SHOWN_LETTERS]}, licence: {table.licence})"
            for table in self.tables
        )
        return (
            f"Other studies: {self.title}, {self.width} numbers for each of {len(self):,} human "
            f"genes (id {self.id}); {self.n_terms:,} terms: {tables}. {self.note}"
        ).strip()

    @property
    def facts(self) -> dict[str, str | int]:
        """Source, id, tables with releases and checksums, terms and width, as columns of a file."""
        tables = [f"{table.name} {table.release} {table.sha256}" for table in self.tables]
        return {
            "studies": self.source,
            "studies_id": self.id,
            "studies_tables": "; ".join(tables),
            "studies_terms": self.n_terms,
            "studies_width": self.width,
        }
