"""The panel of orthologs on the Atlas page: folded, opened, with one species."""

import dataclasses

import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.screens.parts import ortholog_panel, ortholog_proportion
from tests.page_visits import visit_page
from tests.ui_fixtures import make_embedding

TITLE = "Orthologs in the same cluster"


@pytest.fixture
def open_atlas(monkeypatch, atlas_folder):
    def run(folder=atlas_folder, session=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        return visit_page("2_Atlas", session=session)

    return run


def texts(page):
    return "\n".join(str(item.value) for kind in (page.markdown, page.caption) for item in kind)


def test_nothing_is_computed_before_the_panel_is_opened(open_atlas, monkeypatch):
    monkeypatch.setattr(ortholog_proportion, "build", pytest.fail)
    page = open_atlas()
    assert not page.exception
    assert not page.error
    assert TITLE in [item.label for item in page.expander]
    assert len(page.dataframe) == 0


def test_open_panel_shows_sentence_picture_table_and_download(open_atlas, atlas):
    ortholog_panel._compare.clear()
    page = open_atlas(session={"orthologs": True})
    assert not page.exception
    assert not page.error
    view = ortholog_proportion.build(("human", "mouse"), embedding=atlas)
    assert view.sentence in texts(page)
    assert view.caption in texts(page)
    assert page.dataframe[0].value["cluster"].tolist() == view.table["cluster"].tolist()
    assert len(page.get("plotly_chart")) == 1
    assert [item.label for item in page.get("download_button")][-1] == "Table as TSV"


def write_changed(folder, change):
    embedding = make_embedding()
    genes = change(embedding.genes)
    rows = genes.index.to_numpy()
    kept = dataclasses.replace(
        embedding,
        table=genes.reset_index(drop=True),
        vectors=embedding.vectors[rows],
        layout=embedding.layout[rows],
        neighbour_graph=embedding.neighbour_graph[rows][:, rows],
        datasets=embedding.datasets.loc[sorted(set(genes[keys.DATASET]))],
    )
    write_embedding_set(kept, folder / keys.EMBEDDING_FILE)
    return folder


def test_with_one_species_the_panel_is_left_out_and_the_page_says_so(open_atlas, tmp_path):
    folder = write_changed(tmp_path, lambda g: g[g["species"] == "human"])
    page = open_atlas(folder)
    assert not page.exception
    assert TITLE not in [item.label for item in page.expander]
    assert "need two species; this atlas holds human only" in texts(page)


def test_three_species_let_the_user_choose_a_pair(open_atlas, tmp_path):
    def add_lemur(genes):
        is_lemur = genes["dataset"] == "heart_mouse"
        return genes.assign(species=genes["species"].mask(is_lemur, "lemur"))

    page = open_atlas(write_changed(tmp_path, add_lemur), session={"orthologs": True})
    choice = page.selectbox(key="ortholog_pair")
    assert choice.options == ["human and mouse", "human and lemur", "mouse and lemur"]
    choice.select_index(2).run()
    assert not page.exception
    assert "mouse and lemur genes" in texts(page)


def test_missing_orthologs_are_explained_in_the_panel(open_atlas, tmp_path):
    folder = write_changed(tmp_path, lambda g: g.assign(ortholog=""))
    page = open_atlas(folder, session={"orthologs": True})
    assert not page.exception
    assert "MUSEGNN_KNOWLEDGE" in page.info[0].value
