"""Parts of the Demo page: the stories, and the button that begins one."""

from __future__ import annotations

import streamlit as st

from musegnn.embeddings.atlas import Atlas
from musegnn.screens.demo import stories
from musegnn.screens.demo.stories import Told
from musegnn.screens.shell.cached_build import cached_build
from musegnn.screens.shell.frame import Frame
from musegnn.screens.shell.panel_story import Story, StoryStep, start_story
from musegnn.screens.shell.words import escaped, prose


def draw(frame: Frame) -> None:
    """Offer the stories that this atlas can tell."""
    told = _open(frame.atlas)
    if not told:
        st.info(
            "No story can be told of this atlas: it takes CD3E in blood, INS in pancreas, APOE "
            "in brain and liver, or EGFR. Open the atlas that ships."
        )
        return
    st.markdown(
        "A story stands above the pages it walks through: *Next* and *Back* move, everything else "
        "works as always. Its numbers are counted in this atlas now, and it needs no network."
    )
    for number, story in enumerate(told):
        st.subheader(escaped(story.title), anchor=False)
        st.markdown(prose(story.text))
        st.markdown(
            prose("\n".join(f"{i}. *{s.page}*: {s.text}" for i, s in enumerate(story.steps, 1)))
        )
        if st.button("Tell it", key=f"tell_{number}", type="primary"):
            steps = tuple(StoryStep(step.page, step.text, step.fields) for step in story.steps)
            start_story(frame.state, Story(story.title, steps, frame.atlas.embedding.id))


@cached_build(max_entries=4, spinner="Counting in this atlas")
def _open(atlas: Atlas) -> tuple[Told, ...]:
    """Build the stories of an atlas, or return what was built before."""
    return stories.build(atlas)
