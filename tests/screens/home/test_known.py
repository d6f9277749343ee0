"""Home of vectors that were made of annotation says so, and the set that ships can be opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.screens.home import view as home
from musegnn.screens.parts.gene_colours import colour_layer, usual_colour
from musegnn.screens.shell.panel_map_choice import FUSED, SHIPPED
from tests.ui_fixtures import make_embedding


def test_home_of_knowledge_speaks_of_no_cells():
    cells = make_embedding()
    of_knowledge = cells.datasets.assign(**{keys.TISSUE: keys.KNOWLEDGE})
    known = replace(cells, datasets=of_knowledge)
    told = home.build(known)
    assert told.sentences == home.OF_KNOWLEDGE
    assert not any("CS-CORE" in line for line in told.origin)
    assert any("tables of annotation" in line for line in told.origin)
    assert home.build(cells).sentences == home.SENTENCES
    assert any("CS-CORE" in line for line in home.build(cells).origin)
    assert "coloured by tissue" in home.build(cells).map_caption


def test_the_picture_of_the_fused_set_is_coloured_by_what_its_contexts_are():
    fused = read_embedding_set(SHIPPED[FUSED][1])
    assert usual_colour(fused) == "dataset"
    assert "coloured by context" in home.build(fused).map_caption
    layer = colour_layer(usual_colour(fused), embedding=fused, list_rows=np.empty(0, dtype=int))
    assert [entry.label for entry in layer.legend][:2] == ["Co-expression", "Dependency"]


@pytest.mark.parametrize(
    ("same", "usual"),
    [
        ((), "tissue"),
        (("tissue",), "species"),
        (("tissue", "species"), "modality"),
        (("tissue", "species", "modality"), "dataset"),
    ],
)
def test_a_set_is_coloured_by_the_first_thing_that_tells_its_points_apart(same, usual):
    cells = make_embedding()
    kinds = ["scatac", *["scrna"] * (len(cells.datasets) - 1)]
    alike = cells.datasets.assign(modality=kinds).assign(**dict.fromkeys(same, "one"))
    assert usual_colour(replace(cells, datasets=alike)) == usual


def test_a_set_of_one_context_is_coloured_by_cluster():
    cells = make_embedding()
    assert usual_colour(replace(cells, datasets=cells.datasets.iloc[:1])) == "cluster"


def test_the_fused_set_that_ships_is_where_the_choice_says():
    name, folder = SHIPPED[FUSED]
    assert name
    assert (Path(folder) / keys.EMBEDDING_FILE).is_file()
