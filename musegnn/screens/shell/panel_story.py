"""Story: steps of a demonstration that stand above every page until it ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.screens.shell import navigation
from musegnn.screens.shell.state import PageState
from musegnn.screens.shell.words import escaped, prose

_STORY, _PLACE = "story", "story_place"


@dataclass(frozen=True)
class StoryStep:
    """One step.

    Parameters
    ----------
    page
        Name of the screen that it shows.
    text
        What is seen there, Markdown.
    fields
        What is chosen there, by field of the link.
    """

    page: str
    text: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A demonstration.

    Parameters
    ----------
    title
        In a few words.
    steps
        In their order.
    atlas
        Id of the vectors that its numbers were counted in.
    """

    title: str
    steps: tuple[StoryStep, ...]
    atlas: str = ""


def start_story(state: PageState, story: Story) -> None:
    """Begin a story, and go to the page of its first step."""
    st.session_state[_STORY] = story
    _go(state, story, 0)


def show_story(state: PageState, atlas: str) -> None:
    """Show the step of the story that is told, with the ways back, on and out; nothing without.

    Nothing either while another atlas is open than the one of its numbers: `atlas` is the id of
    the vectors of the opened one, "" for none.
    """
    story: Story | None = st.session_state.get(_STORY)
    if story is None or story.atlas != atlas:
        return
    place = min(st.session_state.get(_PLACE, 0), len(story.steps) - 1)
    step = story.steps[place]
    with st.container(border=True, key="story"):
        st.markdown(
            prose(f"**{escaped(story.title)}**, {place + 1} of {len(story.steps)}. {step.text}")
        )
        with st.container(horizontal=True):
            if st.button("Back", key="story_back", disabled=place == 0):
                _go(state, story, place - 1)
            is_last = place + 1 == len(story.steps)
            if st.button("Next", key="story_next", type="primary", disabled=is_last):
                _go(state, story, place + 1)
            if state.page != step.page and st.button(
                prose(f"Show {step.page}"),
                key="story_here",
                help="The page that this step is about",
            ):
                _go(state, story, place)
            if st.button("End the story", key="story_end"):
                del st.session_state[_STORY]
                st.rerun()


def _go(state: PageState, story: Story, place: int) -> None:
    """Choose what a step is about, and go to its page."""
    step = story.steps[place]
    st.session_state[_PLACE] = place
    for name, value in step.fields.items():
        try:
            state.put(name, value)
        except MuseGNNError:  # a name that no link can carry: the page shows what it usually does
            continue
    navigation.go_to(step.page)
