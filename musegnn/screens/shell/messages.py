"""Messages: the one place that tells a person what went wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from musegnn.errors import MuseGNNError
from musegnn.screens.shell.words import escaped, prose


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Show errors of the block as messages; the page stays usable.

    An expected error shows what happened and what to do. An unexpected one shows a number, under
    which the log has it in full: what a traceback tells of a server is not for its visitors.
    """
    try:
        yield
    except MuseGNNError as error:
        show_error(error)
    # the last line of defence of a page: nothing is swallowed, it is logged and shown as a number
    except Exception as error:  # noqa: BLE001
        show_unexpected(error)


def show_error(error: MuseGNNError) -> None:
    """Show what happened and what to do about it."""
    st.error(
        prose(f"**{error.message}**\n\n{error.hint}" if error.hint else f"**{error.message}**")
    )


def show_unexpected(error: Exception) -> None:
    """Apologise, and name the number under which the log tells what happened."""
    from musegnn.access.log import report  # noqa: PLC0415  # for the one page in thousands

    number = report(error, "a page could not be drawn")
    st.error(
        f"**This page could not be drawn: error {escaped(number)}.** Reload the page. If it comes "
        "back, give this number to whoever runs the server: its log tells what happened."
    )


def tell_uncaught(error: Exception) -> bool:
    """Show an error that nothing else caught, such as one of an action; no details are shown."""
    if isinstance(error, MuseGNNError):
        show_error(error)
    else:
        show_unexpected(error)
    return True


def show_missing_atlas(path: Path, error: MuseGNNError | None = None) -> None:
    """Show the empty state of a program without a result folder, and the way out of it."""
    st.subheader("No atlas is loaded")
    if error is None:
        st.markdown(prose(f"Expected a result folder at `{path}`, found none."))
    else:
        show_error(error)
    st.markdown(
        "A result folder holds `embedding.h5ad` and, for co-expression, `graphs/`.\n\n"
        "1. Make one from your gene graphs: `musegnn train GRAPH.h5ad ... -o RUN_DIR`\n"
        "2. Start the dashboard on it: `MUSEGNN_ATLAS=RUN_DIR streamlit run app.py`"
    )
    st.button("Look again", type="primary", help="Check whether the folder is there now")


def tell_missing_atlas(error: MuseGNNError | None = None) -> None:
    """Say in a few words that there is no atlas, and the way to one."""
    st.markdown("**No atlas is loaded**")
    if error is not None:
        show_error(error)
    st.caption(
        "Train one under *Runs* and open its result as the map, or start the dashboard with "
        "`MUSEGNN_ATLAS=RUN_DIR`. All other pages show one."
    )


def show_missing_knowledge(what: str) -> None:
    """Show the empty state of a view that needs annotation, and the way to get it.

    Parameters
    ----------
    what
        What the view would show, such as "evidence for neighbours".
    """
    st.info(
        prose(
            f"**No annotation is loaded, so there is no {what}.**\n\n"
            "Set `MUSEGNN_KNOWLEDGE` to a folder of annotation tables, or run "
            "`musegnn knowledge fetch reactome_2016 go_biological_process_2021 hi_ii_14` once; "
            "`musegnn knowledge list` names all tables."
        )
    )


def show_notice(lines: tuple[str, ...]) -> None:
    """Show what the user should know about an answer."""
    if lines:
        st.info(prose("\n\n".join(lines)))
