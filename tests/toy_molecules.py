"""A screen of molecules, as another package would bring it: records, a need and a page."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import streamlit as st
from scipy import sparse

from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.embeddings.vector_set import VectorSet, read_vector_set
from musegnn.screens.parts.map_basics_panel import map_colours
from musegnn.screens.parts.named_selections_panel import selection_controls
from musegnn.screens.parts.point_map import view_payload
from musegnn.screens.parts.point_map_panel import (
    open_points,
    show_point_map,
)
from musegnn.screens.shell.colour_layer import category_layer
from musegnn.screens.shell.downloads import download, download_csv
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.methods import describe
from musegnn.screens.shell.named_selections import selection_h5ad
from musegnn.screens.shell.needs import Need
from musegnn.screens.shell.panel_methods import show_methods
from musegnn.screens.shell.panel_plotly import load_map_library
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.selection import selection_of_gesture
from musegnn.screens.shell.shared_fields import SELECTION

FILE: Final = "molecules.h5ad"
OPENING: Final = """\
from musegnn.embeddings.vector_set import VectorSet, read_vector_set

molecules = read_vector_set("molecules.h5ad", VectorSet)
"""
CLASSES: Final = ("alkaloid", "lipid", "sugar")
ENTRY_POINTS: Final = (
    EntryPoint("toy_molecules", "tests.toy_molecules:SCREEN", "musegnn.screens"),
    EntryPoint("toy_molecules", "tests.toy_molecules:NEED", "musegnn.needs"),
)


def make_molecules(n: int = 300, *, seed: int = 0) -> VectorSet:
    """Make molecules of three classes, each around a centre of its own."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, len(CLASSES), n)
    near = sparse.random(n, n, density=0.02, random_state=seed, format="csr", dtype=np.float32)
    return VectorSet(
        vectors=(3 * rng.normal(size=(3, 8))[kind] + rng.normal(size=(n, 8))).astype(np.float32),
        table=pd.DataFrame(
            {
                "molecule": [f"C{i}[C@@H](N)O" for i in range(n)],
                "class": np.array(CLASSES)[kind],
                "weight": rng.uniform(90, 600, n),
            }
        ),
        layout=(9 * rng.normal(size=(3, 2))[kind] + rng.normal(size=(n, 2))).astype(np.float32),
        neighbour_graph=near + near.T,
        label="molecule",
        details=("class",),
        unit="molecules",
        provenance={
            "name": "toy-molecules",
            "config_hash": "c0ffee",
            "model": "three centres",
            "seed": seed,
            "sources": ["made up"],
        },
    )


def open_molecules(folder: Path) -> VectorSet | None:
    """Open the molecules of a folder."""
    path = folder / FILE
    return read_vector_set(path, VectorSet) if path.is_file() else None


def say_nothing(*_: Any) -> None:
    """Say nothing about what is missing."""


NEED: Final = Need("toy molecules", open_molecules, say_nothing, say_nothing)
SCREEN: Final = Screen(
    name="Toys",
    question="Which molecules are alike?",
    draw="tests.toy_molecules:draw",
    order=900,
    needs=("toy molecules",),
    fields=(SELECTION,),
)


def draw(frame: BareFrame) -> None:
    """Draw the map, the neighbours of what is selected, files and methods."""
    load_map_library()
    vectors, state = frame.opened["toy molecules"], frame.state
    layer = category_layer(vectors.table["class"].astype(str), title="class")
    with st.sidebar:
        selection_controls(state, vectors)

    def select(gesture: dict[str, Any]) -> None:
        new = selection_of_gesture(gesture, layout=vectors.layout, layer=layer)
        state.select(new, mode=state.mode)

    selection = state.selection
    view = view_payload(
        vectors.id,
        map_colours(layer, on=frame.on),
        on=frame.on,
        description=f"Map of {len(vectors)} molecules.",
        lit=selection.rows[:1],
        lit_labels=vectors.row_names[selection.rows[:1]],
        selected=selection.mask(len(vectors)),
    )
    show_point_map(open_points(vectors), view, on_gesture=select)
    if len(selection):
        near = nearest_neighbours(vectors, int(selection.rows[0]), k=5)
        st.dataframe(near.assign(molecule=vectors.row_names[near["row"]]))
    rows = vectors.table.iloc[selection.rows] if len(selection) else vectors.table
    download_csv("Rows as CSV", rows, origin=frame.origin, what="rows", key="rows")
    download(
        "Selection as h5ad",
        lambda: selection_h5ad(selection, vectors),
        frame.origin,
        "selection",
        "h5ad",
        key="h5ad",
    )
    show_methods(
        frame,
        describe(
            frame.origin,
            title="Molecules",
            sentences=("All that there are.",),
            parameters={"k": 5},
            code="table = molecules.table",
            opening=OPENING,
            cite=("Nobody, made up.",),
        ),
    )
