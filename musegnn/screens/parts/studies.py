"""Other studies beside your cells, in words: what the switch offers, and what is missing for it."""

from __future__ import annotations

from typing import Final

from musegnn.analysis.choices import CELLS, CELLS_AND_STUDIES, STUDIES
from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore
from musegnn.knowledge.studies.sources import STUDY_SOURCES, USUAL

BLOCK_LABELS: Final = {
    CELLS: "from your cells",
    CELLS_AND_STUDIES: "with other studies",
    STUDIES: "other studies alone",
}
MEANING: Final = (
    "From your cells: by the vectors of this atlas. With other studies: gene sets of the "
    "annotation stand beside them as a second block, the same for a gene in every context; each "
    "neighbour says which block brings it. The same gene in two contexts, change, labels and maps "
    "are told by your cells alone, whatever is chosen here."
)

# lines of a program that leave the vectors of other studies in `studies`
OPEN_STUDIES: Final = """\
from musegnn.embeddings.study_block import StudyBlock
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors

studies = StudyBlock(
    embedding, {search}.ortholog_groups, read_study_vectors(open_store(knowledge))
)
"""


def find_problem(store: KnowledgeStore | None) -> str:
    """Say what is missing for vectors of other studies, and what to do; "" where nothing is."""
    try:
        STUDY_SOURCES[USUAL].check(store)
    except InputError as error:
        return f"**Other studies cannot be asked.** {error}"
    return ""


def other_vectors(linked: str, here: str) -> str:
    """Say that a link was made with other vectors than those at hand; "" where it was not."""
    if linked in {"", here}:
        return ""
    return (
        f"This link was made with other vectors of other studies (id {linked}) than the annotation "
        f"here gives (id {here}): ranks may differ."
    )
