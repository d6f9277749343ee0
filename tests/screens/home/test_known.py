"""Home of vectors that were made of annotation says so, and the set that ships can be opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from musegnn import keys
from musegnn.screens.home import view as home
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


def test_the_fused_set_that_ships_is_where_the_choice_says():
    name, folder = SHIPPED[FUSED]
    assert name
    assert (Path(folder) / keys.EMBEDDING_FILE).is_file()
