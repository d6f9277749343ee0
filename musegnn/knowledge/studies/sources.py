"""Sources of vectors from other studies: the one list that pages and commands choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from musegnn.knowledge.store import KnowledgeStore
from musegnn.knowledge.studies import gene_sets
from musegnn.knowledge.studies.study_vectors import StudyVectors
from musegnn.validation import check_choice


@dataclass(frozen=True)
class StudySource:
    """One way to get vectors from other studies.

    Parameters
    ----------
    name
        By which it is called and recorded.
    read
        Gives the vectors, from the annotation at hand or from None; raises `InputError` that says
        what is missing and what to do.
    check
        Raises the same `InputError` without reading a table: for pages that only offer the source.
    """

    name: str
    check: Callable[[KnowledgeStore | None], object]
    read: Callable[[KnowledgeStore | None], StudyVectors]


_ALL: Final = (StudySource(gene_sets.NAME, gene_sets.choose_tables, gene_sets.read_set_vectors),)
STUDY_SOURCES: Final = {source.name: source for source in _ALL}
USUAL: Final = _ALL[0].name


def read_study_vectors(store: KnowledgeStore | None, source: str = USUAL) -> StudyVectors:
    """Get the vectors of a source; what takes long is kept in the cache folder.

    Parameters
    ----------
    store
        The annotation, or None without any.
    source
        Name of one of `STUDY_SOURCES`.

    Raises
    ------
    InputError
        If there is no such source, or nothing at hand that it can be made of.
    DataFileError
        If a table cannot be read.
    """
    check_choice(source, list(STUDY_SOURCES), name="source of studies")
    return STUDY_SOURCES[source].read(store)
