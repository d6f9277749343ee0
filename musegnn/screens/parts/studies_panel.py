"""The switch between your cells and other studies, the same wherever neighbours are asked for."""

from __future__ import annotations

import streamlit as st

from musegnn.analysis.choices import CELLS
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.study_block import StudyBlock
from musegnn.errors import InputError
from musegnn.knowledge.store import KnowledgeStore
from musegnn.knowledge.studies.sources import read_study_vectors
from musegnn.screens.parts.cache import open_knowledge
from musegnn.screens.parts.studies import BLOCK_LABELS, MEANING, find_problem, other_vectors
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.words import prose


def choose_blocks(state: PageState, *, widget: str = "") -> None:
    """Let the user say what neighbours are found by, in the sidebar; the answer goes to the state.

    Parameters
    ----------
    state
        The page.
    widget
        Name of the switch where it is not that of the field.
    """

    def choose(blocks: str) -> str:
        state.put("studies", "")  # the vectors of a link do not count for another choice
        return blocks

    st.selectbox(
        "Neighbours",
        list(BLOCK_LABELS),
        format_func=BLOCK_LABELS.__getitem__,
        help=prose(MEANING),
        **state.bound("blocks", write=choose, widget=widget),
    )


def open_studies(frame: Frame) -> StudyBlock | None:
    """Open what other studies say, where the switch asks for it.

    Returns
    -------
    None where the cells alone are asked, or where something is missing; the page then says what.

    Raises
    ------
    DataFileError
        If a table of the annotation is damaged.
    """
    state = frame.state
    if state.get("blocks") == CELLS:
        state.put("studies", "")
        return None
    store = open_knowledge()
    try:
        block = None if find_problem(store) else _open_block(frame.atlas, store)
    except InputError as error:  # too few sets, which only reading tells
        problem = f"**Other studies cannot be asked.** {error}"
    else:
        problem = find_problem(store)
    if problem or block is None:
        st.info(prose(f"{problem} Shown are the neighbours from your cells."))
        return None
    linked = state.get("studies")
    if told := other_vectors(linked, block.studies.id):
        st.warning(prose(told))
    if not linked:
        state.put("studies", block.studies.id)
    return block


@cached_build(max_entries=2, spinner="Laying out what other studies say")
def _open_block(atlas: Atlas, store: KnowledgeStore | None) -> StudyBlock:
    """Read the vectors of other studies for the genes of an atlas."""
    return StudyBlock(atlas.embedding, atlas.search.ortholog_groups, read_study_vectors(store))
