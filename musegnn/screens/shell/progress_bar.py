"""Progress of work that runs beside the page: a bar with the step, the time, and a way to stop."""

from __future__ import annotations

from typing import Any

import streamlit as st

from musegnn.screens.shell.page_job import BuildJob

POLL_SECONDS = 0.5


def watch(job: BuildJob[Any], *, key: str = "data_cancel") -> None:
    """Show running work until it ends, then draw the page again.

    Parameters
    ----------
    job
        The work.
    key
        Name of the button that stops it.
    """
    _watch(job, key)


@st.fragment(run_every=POLL_SECONDS)
def _watch(job: BuildJob[Any], key: str) -> None:
    """Draw the bar; this part of the page alone is asked again while the work runs."""
    if job.outcome is not None:
        st.rerun()
    state = job.state()
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    if state.is_cancelled:
        text = f"Stopping as soon as this step ends: {state.step} ({state.seconds:.0f} s)"
    else:
        step = min(state.done + 1, state.total)
        text = f"Step {step} of {state.total}: {state.step} ({state.seconds:.0f} s)"
    left.progress(state.share, text=text)
    right.button(
        "Cancel",
        key=key,
        on_click=job.cancel,
        disabled=state.is_cancelled,
        help="Stops the work at the end of the running step; the file and the form stay",
        width="stretch",
    )
