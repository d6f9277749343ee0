import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.enrichment.source_network import open_network
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search
from musegnn.errors import InputError
from musegnn.knowledge.store import open_store
from musegnn.screens.enrichment import view_activity as enrichment_activity
from musegnn.screens.enrichment import view_ranking as enrichment_ranking
from musegnn.screens.enrichment.methods import activity_methods, ranked_methods
from musegnn.screens.enrichment.view_ranking import RankingRequest
from tests.module_knowledge import LIBRARY, REGULATORS
from tests.snippets import read_again, run_snippet


@pytest.fixture(scope="module")
def store(module_knowledge):
    return open_store(module_knowledge)


@pytest.fixture(scope="module")
def search(atlas, module_knowledge):
    return open_search(atlas, module_knowledge)


@pytest.fixture(scope="module")
def library(atlas, search, store):
    return load_library(store, LIBRARY, atlas=Atlas(atlas, search))


@pytest.fixture
def rank(atlas, search):
    def run(*asked):
        request = RankingRequest(asked[0], asked[1:])
        return request, enrichment_ranking.rank(request, atlas=Atlas(atlas, search))

    return run


@pytest.fixture
def ask(atlas, library):
    def run(request, ranking):
        return request, enrichment_ranking.build(
            ranking,
            library=library,
            minimum_size=5,
            maximum_size=100,
            overlap=0.5,
            embedding=atlas,
        )

    return run


@pytest.fixture
def same(atlas_folder, module_knowledge):
    def check(methods, view):
        environment = {"MUSEGNN_KNOWLEDGE": str(module_knowledge)}
        printed = run_snippet(methods, atlas_folder, environment)
        pd.testing.assert_frame_equal(printed, read_again(view.found.table), rtol=1e-9)

    return check


def test_module_of_the_gene_gathers_at_the_top(rank, ask, same, atlas):
    request, view = ask(*rank("cosine", "CD3E", "blood_human"))
    assert view.shown["term"][0] == "t_cell"
    assert view.shown["nes"][0] > 1
    assert "gather at one end" in view.sentence
    assert "cosine to CD3E in Blood, human" in view.statement
    same(ranked_methods(request, view, embedding=atlas), view)


def test_running_score_ends_at_nothing_and_peaks_at_es(rank, ask):
    _, view = ask(*rank("cosine", "CD3E", "blood_human"))
    running, is_member = view.running("t_cell")
    row = view.shown.set_index("term").loc["t_cell"]
    assert running[-1] == pytest.approx(0)
    assert running[np.argmax(np.abs(running))] == pytest.approx(row["es"], abs=1e-6)
    assert is_member.sum() == row["size"]
    with pytest.raises(InputError, match="a term that was tested"):
        view.running("nothing")


def test_change_between_contexts_can_be_ranked(rank, ask):
    _, view = ask(*rank("change", "blood_human", "liver_human"))
    assert view.title == "neighbourhood change from Blood, human to Liver, human"


def test_own_numbers_can_be_ranked_and_have_a_program(rank, ask, same, atlas):
    genes = atlas.genes["gene"].drop_duplicates().tolist()[:120]
    text = "\n".join(f"{gene}\t{120 - place}" for place, gene in enumerate(genes))
    request, view = ask(*rank("list", f"{text}\njunk line here"))
    assert view.shown["term"][0] in {"islet", "islet again"}
    same(ranked_methods(request, view, embedding=atlas), view)


def test_unknown_ranking_is_explained(atlas, search):
    with pytest.raises(InputError, match="`ranking` to be one of"):
        enrichment_ranking.rank(RankingRequest("guess", ()), atlas=Atlas(atlas, search))


@pytest.mark.parametrize(("kind", "sources"), [("regulators", 4), ("pathways", 2)])
def test_activity_in_every_context_is_a_matrix_of_its_table(
    atlas, search, store, same, kind, sources
):
    network = open_network(store, kind)
    assert f"{sources} {kind}" in network.statement
    view = enrichment_activity.build(network, atlas=Atlas(atlas, search))
    assert view.matrix.shape == (6, sources)
    assert view.matrix.shape == view.q.shape == view.targets.shape
    for row in view.found.table.itertuples():
        assert view.matrix.loc[row.context, row.source] == row.activity
        assert view.q.loc[row.context, row.source] == row.q
    assert "Benjamini-Hochberg over all pairs" in view.statement
    same(activity_methods(None, network, view, embedding=atlas), view)


def test_activity_along_a_ranking_finds_the_regulator_of_the_module(
    rank, same, atlas, search, store
):
    request, ranking = rank("cosine", "CD3E", "blood_human")
    network = open_network(store, "regulators")
    view = enrichment_activity.build(network, atlas=Atlas(atlas, search), ranking=ranking)
    assert view.found.table["source"][0] == REGULATORS["t_cell"]
    assert view.found.table["activity"][0] > 3
    assert view.matrix.empty
    same(activity_methods(request, network, view, embedding=atlas), view)


def test_missing_networks_are_explained(tmp_path):
    with pytest.raises(InputError, match="folder of annotation with pathways"):
        open_network(None, "pathways")
    (tmp_path / "KEGG_2016.gmt").write_text("t\t\tINS\tGCG\n")
    with pytest.raises(InputError, match="a table of regulators"):
        open_network(open_store(tmp_path), "regulators")
