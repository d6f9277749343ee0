"""MuData files: `.h5mu`, several AnnData objects of the same cells under `mod`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import h5py
import numpy as np

from musegnn.errors import DataFileError
from musegnn.io.choices import Choices, Offers
from musegnn.io.formats.contents import Contents
from musegnn.io.formats.coordinates import find_coordinates
from musegnn.io.formats.h5ad import contents_of, offered_parts
from musegnn.io.formats.hdf5 import open_hdf5
from musegnn.io.formats.parts import choose_part, told
from musegnn.io.h5ad import data_of, read_part

ROLE: Final = "a MuData file"


def read_h5mu(path: Path, *, layer: str | None, choices: Choices) -> Contents:
    """Read one modality.

    Parameters
    ----------
    path
        `.h5mu`.
    layer
        As for `musegnn.io.formats.h5ad.read_h5ad`, inside the modality.
    choices
        The assay names the modality.

    Raises
    ------
    DataFileError
        If it cannot be read, or has several modalities of which none was chosen.
    """
    with open_hdf5(path, role=ROLE) as file:
        names = _list_modalities(file, path)
        name = choose_part(names, choices.assay, path, what="modalities")
        data = data_of(file["mod"][name])
        shared = read_part(file["obs"]) if "obs" in file else None
    contents = contents_of(data, path, layer=layer, choices=choices)
    notes = told(names, name, "modalities")
    contents = replace(contents, found_in=f"{name}: {contents.found_in}")
    # positions may stand beside all modalities, for the cells of their union
    if contents.coordinates is None and shared is not None and hasattr(shared, "reindex"):
        rows = shared.reindex(contents.cells)
        columns = {str(column): np.asarray(rows[column]) for column in rows}
        places, found = find_coordinates({}, columns, len(contents.cells))
        contents = replace(contents, coordinates=places, notes=(*contents.notes, *found))
    return replace(contents, notes=(*notes, *contents.notes))


def offered_h5mu(path: Path) -> Offers:
    """List the modalities, and what can be chosen in the one that would be taken."""
    with open_hdf5(path, role=ROLE) as file:
        names = _list_modalities(file, path)
        try:
            name = choose_part(names, None, path, what="modalities")
        except DataFileError:
            return Offers(assays=tuple(names))
        offers = offered_parts(file["mod"][name])
    return replace(offers, assays=tuple(names) if len(names) > 1 else (), sides=False)


def _list_modalities(file: h5py.File, path: Path) -> list[str]:
    """Return the names of the modalities."""
    group = file.get("mod")
    names = sorted(group) if isinstance(group, h5py.Group) else []
    names = [name for name in names if isinstance(group[name], h5py.Group) and "var" in group[name]]
    if not names:
        msg = f"Expected {ROLE} with modalities, found none in {path}."
        raise DataFileError(msg, "Save it again with muon.")
    return names
