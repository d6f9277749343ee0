"""Panel of uploads: take what the browser sent onto the disk, and out of the memory."""

from __future__ import annotations

from typing import Any

import streamlit as st

from musegnn.screens.parts.open_session_panel import forget_file
from musegnn.screens.parts.uploads import Upload


def most_told(command: str) -> str:
    """Say how large a file may be, and the way of larger ones.

    Parameters
    ----------
    command
        What takes them on the command line.
    """
    limit = st.get_option("server.maxUploadSize")
    return f"At most {limit:,} MB; `{command}` takes larger ones on the command line."


def was_taken(file: Any) -> bool:
    """Return whether a file was taken before: the page names it still, its bytes are gone.

    Streamlit calls that a change of the widget, and so its `on_change` once more.
    """
    return file is not None and not hasattr(file, "getbuffer")


def take(file: Any) -> Upload | None:
    """Keep a file that was chosen, on disk alone; None when none is chosen.

    Raises
    ------
    DataFileError
        If it cannot be kept.
    """
    if file is None or was_taken(file):
        return None
    with file.getbuffer() as content:
        upload = Upload.of(file.name, content)
    forget_file(file)
    return upload
