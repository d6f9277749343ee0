"""What the page of molecules works on: the map that ships."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from musegnn.screens.molecules import REFERENCE
from musegnn.screens.shell.cached_build import FileKey, cached_build, file_key
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.needs import Need

if TYPE_CHECKING:
    from musegnn.errors import MuseGNNError
    from musegnn.molecules.shipped import MoleculeReference


def open_reference(folder: Path) -> MoleculeReference | None:
    """Open the molecules that ship, whatever result is looked at."""
    # most pages have nothing to do with molecules
    from musegnn.molecules.shipped import FOLDER, MOLECULES  # noqa: PLC0415

    key = file_key(FOLDER / MOLECULES)
    return None if key is None else _read(key)


@cached_build(max_entries=1, spinner="Opening the molecules")
def _read(key: FileKey) -> MoleculeReference:
    """Read them once for all sessions."""
    from musegnn.molecules.shipped import read_reference  # noqa: PLC0415

    reference = read_reference(Path(key[0]).parent)
    _ = reference.molecules.unit_vectors, reference.molecules.id, reference.row_of
    return reference


def show_missing(folder: Path, error: MuseGNNError | None = None) -> None:
    """Say what is missing, and how to get it."""
    import streamlit as st  # noqa: PLC0415

    st.subheader("No molecules are here")
    if error is not None:
        show_error(error)
    st.markdown(
        "The map of molecules ships with the program in `data/molecules`. Where it is missing, "
        "take it from the release, or make it with `python data/build_molecules.py`."
    )


def tell_missing(*_: Any) -> None:
    """Say nothing: pages that do without molecules do not speak of them."""


NEED: Final = Need(REFERENCE, open_reference, show_missing, tell_missing)
