"""Downloads: buttons whose file is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from musegnn.access.visitor import on_behalf
from musegnn.embeddings.origin import Origin
from musegnn.screens.shell.export import csv_bytes, file_name
from musegnn.screens.shell.words import prose

_TYPES = {
    "svg": "image/svg+xml",
    "graphml": "application/xml",
    "csv": "text/csv",
    "gmt": "text/tab-separated-values",
    "h5ad": "application/x-hdf5",
    "json": "application/json",
    "pdf": "application/pdf",
    "sif": "text/plain",
    "tsv": "text/tab-separated-values",
    "zip": "application/zip",
    "cx2": "application/json",
    "md": "text/markdown",
    "py": "text/x-python",
}


def download_csv(label: str, table: pd.DataFrame, *, origin: Origin, what: str, key: str) -> None:
    """Offer a table in full precision, all rows and columns, with provenance.

    Parameters
    ----------
    label
        Text of the button.
    table
        The table.
    origin
        Where it comes from.
    what
        The content in a few words, for the file name.
    key
        Name of the button on the page.
    """
    download(label, lambda: csv_bytes(table, origin), origin, what, "csv", key=key)


def download(
    label: str,
    make: Callable[[], bytes | str],
    origin: Origin,
    what: str,
    suffix: str,
    *,
    key: str,
) -> None:
    """Offer a file that is made on click and named after date, origin and configuration."""
    download_file(label, make, file_name(origin, what, suffix), key=key)


def download_file(
    label: str,
    content: Callable[[], bytes | str] | bytes | str,
    name: str,
    *,
    key: str,
    **more: Any,
) -> None:
    """Offer a file under a name whose suffix says what it is.

    Parameters
    ----------
    label
        Text of the button.
    content
        The file, or what makes it on click.
    name
        Name of the file.
    key
        Name of the button on the page.
    more
        Passed to the button.
    """
    kind = _TYPES[name.rpartition(".")[2]]
    if callable(content):
        content = on_behalf(content)
    st.download_button(
        prose(label), content, file_name=name, mime=kind, on_click="ignore", key=key, **more
    )
