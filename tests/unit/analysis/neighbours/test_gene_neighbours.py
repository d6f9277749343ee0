"""Neighbours with evidence: filters, ranks and words, against plain reading of the same tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.annotated_atlas import read_atlas
from musegnn.analysis.choices import (
    CO_EXPRESSED,
    EMBEDDING_ONLY,
    EVIDENCE_CLASSES,
    EVIDENCE_FILTERS,
)
from musegnn.analysis.neighbours.gene_evidence import (
    NOT_ANNOTATED,
    NOT_LOADED,
    SAME,
    SAME_ORTHOLOG_GROUP,
    GeneEvidence,
)
from musegnn.analysis.neighbours.gene_neighbours import (
    NeighbourRequest,
    candidate_rows,
    find_neighbours,
    has_ortholog,
)
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.study_block import FROM_BOTH, FROM_CELLS, FROM_STUDIES, StudyBlock
from musegnn.errors import InputError
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors


@pytest.fixture(scope="module")
def evidence(atlas, knowledge_folder):
    ortholog_groups = GeneSearch(atlas).ortholog_groups
    return GeneEvidence(atlas, ortholog_groups, EvidenceIndex(open_store(knowledge_folder)))


@pytest.fixture
def find(atlas, evidence):
    def ask(gene="INS", dataset="pancreas_human", with_graph=True, **choices):
        return find_neighbours(
            NeighbourRequest(atlas.row(gene, dataset), **choices),
            embedding=atlas,
            evidence=evidence,
            graph=read_context_graph(atlas, dataset) if with_graph else None,
        )

    return ask


def test_words_say_what_the_tables_say(find):
    table = find(k=200).neighbours.set_index("gene")
    assert table.loc["CPE", "why"].startswith(
        "interaction; pathway: Insulin processing; GO: hormone secretion"
    )
    assert table.loc["PAX6", "why"].startswith("INS represses PAX6; PAX6 activates INS; pathway: R")
    assert "confidence A" in table.loc["PAX6", "regulation"]
    assert table.loc["ALB", "why"] == "interaction"
    assert table.loc["CD3E", "why"] == EMBEDDING_ONLY
    assert table.loc["VWF", "why"] == NOT_ANNOTATED
    assert table.loc["ISL1", "regulation"] == ""  # grade E is a prediction
    assert (table["why"] != "").all()


def test_co_expression_is_said_where_the_graph_has_an_edge(find):
    table = find(k=200).neighbours
    said = table["why"].str.endswith(CO_EXPRESSED)
    assert (said == (table["evidence"] == "co-expressed")).all()
    assert said.any()


@pytest.mark.parametrize("kind", EVIDENCE_FILTERS)
def test_a_filter_lists_the_nearest_that_have_it_with_their_true_ranks(find, kind):
    everyone = find(k=500).neighbours
    answer = find(k=6, evidence=kind)
    marks = {
        "any": everyone["why"] != "",
        "interaction": everyone["interaction"] != "",
        "regulation": everyone["regulation"] != "",
        "pathway": everyone["pathways"] != "",
        "GO process": everyone["processes"] != "",
        CO_EXPRESSED: everyone["evidence"] == "co-expressed",
        EMBEDDING_ONLY: everyone["why"].str.startswith(EMBEDDING_ONLY),
    }
    expected = everyone[marks[kind]]
    assert answer.neighbours["rank"].tolist() == expected["rank"].head(6).tolist()
    assert answer.n_fitting == len(expected)
    # chance is counted on the nearest, whatever is listed
    assert answer.background.equals(find(k=6).background)


def test_background_counts_every_candidate(find, atlas):
    answer = find(k=10)
    everyone = find(k=500).neighbours
    table = answer.background.set_index("kind")
    assert list(table.index) == list(EVIDENCE_CLASSES)
    assert table.loc["interaction", "background"] == pytest.approx(
        (everyone["interaction"] != "").mean()
    )
    assert table.loc["pathway", "found"] == (everyone["pathways"].head(10) != "").sum()
    assert answer.n_candidates == len(everyone) == len(atlas.rows_of_dataset("pancreas_human")) - 1


def test_mouse_genes_are_looked_up_by_their_human_ortholog(find):
    table = find("Ins2", "pancreas_mouse", k=200).neighbours.set_index("gene")
    assert table.loc["Cpe", "why"].startswith("interaction; pathway: Insulin processing")
    assert table.loc["Ins1", "why"] == SAME_ORTHOLOG_GROUP


def test_the_same_gene_elsewhere_is_named_as_such(find):
    table = find(k=300, scope="all contexts").neighbours
    same = table[table["gene"].isin(["INS", "Ins1", "Ins2"])]
    assert len(same) > 3
    assert set(same["why"]) == {SAME}


def test_lowest_cosine_is_kept(find):
    everyone = find(k=500).neighbours
    answer = find(k=500, minimum_cosine=0.5)
    assert answer.neighbours["row"].tolist() == everyone.query("cosine >= 0.5")["row"].tolist()
    assert find(minimum_cosine=1.0).neighbours.empty


def test_without_annotation_nothing_is_claimed(atlas):
    bare = GeneEvidence(atlas, GeneSearch(atlas).ortholog_groups, None)
    row = atlas.row("INS", "pancreas_human")
    answer = find_neighbours(NeighbourRequest(row), embedding=atlas, evidence=bare, graph=None)
    assert answer.background.empty  # nothing was looked up, which is not nought
    assert set(answer.neighbours["why"]) == {NOT_LOADED}
    assert set(answer.neighbours["evidence"]) == {"no graph at hand"}
    assert bare.sources == {}


def test_only_genes_with_an_ortholog(atlas, find):
    has = has_ortholog(atlas)
    genes = atlas.genes
    assert not has[(genes["gene"] == "Gm1234").to_numpy()].any()
    # albumin is in no mouse context here, so the human gene has no ortholog in this atlas
    assert not has[(genes["gene"] == "ALB").to_numpy()].any()
    assert has[genes["gene"].isin(["Cd3e", "CD3E", "Ins1"]).to_numpy()].all()
    listed = find(k=500, orthologs_only=True).neighbours["row"]
    assert has[listed].all()
    assert len(listed) == has[atlas.rows_of_dataset("pancreas_human")].sum() - 1


def test_candidates_leave_the_own_context_out_when_asked_to(atlas):
    row = atlas.row("INS", "pancreas_human")
    elsewhere = candidate_rows(atlas, row, "other tissues")
    assert set(atlas.genes["tissue"].iloc[elsewhere]) == {"blood", "spleen", "liver", "heart"}
    assert row in candidate_rows(atlas, row, "same modality")
    np.testing.assert_array_equal(elsewhere, np.sort(elsewhere))


@pytest.fixture(scope="module")
def studies(atlas, module_knowledge):
    groups = GeneSearch(atlas).ortholog_groups
    return StudyBlock(atlas, groups, read_study_vectors(open_store(module_knowledge)))


@pytest.fixture
def find_by(atlas, evidence, studies):
    def ask(blocks, gene="INS", dataset="pancreas_human", **choices):
        return find_neighbours(
            NeighbourRequest(atlas.row(gene, dataset), blocks=blocks, **choices),
            embedding=atlas,
            evidence=evidence,
            graph=None,
            studies=studies,
        )

    return ask


def test_each_neighbour_says_which_block_brings_it(find, find_by):
    plain = find(k=20).neighbours
    assert "brought_by" not in plain
    assert find_by("cells", k=20).neighbours["row"].tolist() == plain["row"].tolist()
    both, alone = (find_by(blocks, k=20).neighbours for blocks in ("cells+studies", "studies"))
    for table in (both, alone):
        assert set(table["brought_by"]) <= {FROM_CELLS, FROM_STUDIES, FROM_BOTH}
        assert (table["rank_cells"] >= 1).all()
    in_both = plain["row"].isin(alone["row"])
    assert in_both.any()
    told = alone.set_index("row")["brought_by"]
    assert (told.loc[plain["row"][in_both]] == FROM_BOTH).all()
    assert (alone["cosine"] == alone["cosine_studies"]).all()


def test_filters_and_evidence_work_as_for_cells(find_by):
    everyone = find_by("cells+studies", k=500).neighbours
    some = find_by("cells+studies", k=5, evidence="pathway").neighbours
    expected = everyone[everyone["pathways"] != ""].head(5)
    assert some["row"].tolist() == expected["row"].tolist()
    assert some["rank"].tolist() == expected["rank"].tolist()
    assert some["rank_cells"].tolist() == expected["rank_cells"].tolist()


def test_other_studies_that_are_not_there_or_not_named_so_are_told(atlas, evidence, find_by):
    with pytest.raises(InputError, match=r"blocks.*cells.studies"):
        find_by("knowledge")
    request = NeighbourRequest(0, blocks="studies")
    with pytest.raises(InputError, match=r"Expected vectors of other studies .* found none"):
        find_neighbours(request, embedding=atlas, evidence=evidence, graph=None)


def test_an_annotated_atlas_is_compared_as_before(atlas_folder, module_knowledge):
    atlas = read_atlas(atlas_folder, module_knowledge)
    vectors = atlas.embedding.vectors.tobytes()
    before = atlas.compare("pancreas_human", "pancreas_mouse").table
    listed = atlas.neighbours("INS", "pancreas_human", k=5, scope="other species")
    assert atlas.studies.knows(0)
    atlas.neighbours("INS", "pancreas_human", blocks="cells+studies", weight=1.0)
    after = read_atlas(atlas_folder, module_knowledge)
    assert after.studies is not None
    pd.testing.assert_frame_equal(after.compare("pancreas_human", "pancreas_mouse").table, before)
    again = after.neighbours("INS", "pancreas_human", k=5, scope="other species")
    pd.testing.assert_frame_equal(again.neighbours, listed.neighbours)
    assert atlas.embedding.vectors.tobytes() == vectors
