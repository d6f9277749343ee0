"""Parts of the Gene page: all evidence of one pair, small maps, stability, methods."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.context_names import context_labels, short_context_labels
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.ensemble import Ensemble
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.study_block import StudyBlock
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors
from musegnn.screens.gene import view as gene_view
from musegnn.screens.gene.methods import build_methods
from musegnn.screens.gene.view import NO_ENSEMBLE, _symbol_of_id
from musegnn.screens.gene.view_detail import build_detail
from musegnn.screens.gene.view_maps import MOST_MAPS, NEIGHBOURS, build_maps
from musegnn.screens.gene.view_network import graphml_bytes
from tests.snippets import read_again, run_snippet


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


@pytest.fixture(scope="module")
def evidence(atlas, search, knowledge_folder):
    return GeneEvidence(atlas, search.ortholog_groups, EvidenceIndex(open_store(knowledge_folder)))


@pytest.fixture
def build(atlas, search, evidence):
    def make(gene="INS", dataset="pancreas_human", ensemble=None, **request):
        return gene_view.build(
            NeighbourRequest(atlas.row(gene, dataset), **request),
            atlas=Atlas(atlas, search),
            graph=read_context_graph(atlas, dataset),
            evidence=evidence,
            ensemble=ensemble,
        )

    return make


@pytest.fixture
def detail(atlas, build, evidence):
    def make(other, **request):
        view = build(k=300, **request)
        position = view.neighbours["gene"].tolist().index(other)
        return build_detail(view, position, atlas.row("INS", "pancreas_human"), evidence)

    return make


def test_every_piece_of_evidence_is_listed_with_source_and_release(detail, evidence):
    found = detail("PAX6")
    table = found.facts
    assert found.title == "INS and PAX6"
    assert table["kind"].tolist()[:3] == ["regulation", "regulation", "pathway"]
    assert "PAX6 activates INS" in table["what"].tolist()
    assert "Reactome pathways (reactome_2016)" in table["source"].tolist()
    assert (table[["source", "release"]] != "").all(axis=None)
    numbers = dict(found.numbers)
    assert numbers["rank"].endswith(
        f"of {len(evidence.embedding.rows_of_dataset('pancreas_human')) - 1}"
    )


def test_co_expression_comes_with_its_statistic(detail, atlas):
    graph = read_context_graph(atlas, "pancreas_human")
    names = graph.genes["gene"].tolist()
    pair = names.index("INS"), names.index("GCG")
    if graph.adjacency[pair]:
        row = detail("GCG").facts.set_index("kind").loc["co-expressed"]
        assert row["detail"].startswith(f"z {float(graph.statistic[pair]):.3g}")


def test_a_pair_without_evidence_says_so(detail):
    found = detail("CD3E").facts
    assert found["kind"].tolist() == ["embedding only"]
    assert found["what"].tolist() == ["embedding only"]


def test_stability_is_shown_with_ranks_or_its_absence_explained(build, atlas):
    alone = build()
    assert alone.neighbours["stability"].isna().all()
    assert alone.stability_note == NO_ENSEMBLE
    rng = np.random.default_rng(0)
    noisy = atlas.unit_vectors + 0.1 * rng.normal(size=atlas.unit_vectors.shape)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    models = Ensemble(("seed_1", "seed_2"), (atlas.unit_vectors, noisy), ("seed_3 was left out.",))
    view = build(ensemble=models)
    assert (view.neighbours["rank_low"] <= view.neighbours["rank"]).all()
    assert (view.neighbours["stability"] >= 0.5).all()  # the first model is the shown one
    assert "2 models of other seeds (seed_1, seed_2)" in view.stability_note
    assert "seed_3 was left out." in view.stability_note
    assert view.n_models == 2


def test_captions_name_tables_and_releases_and_the_test(build):
    view = build()
    assert "Reactome pathways (reactome_2016, release 2016" in view.evidence_caption
    assert "no independent evidence" in view.evidence_caption
    assert "hypergeometric" in view.background_caption
    assert f"{view.n_candidates:,} candidates" in view.background_caption
    filtered = build(evidence="pathway", minimum_cosine=0.2, scope="all contexts")
    assert "that meet evidence: pathway and cosine at least 0.2" in filtered.caption


def test_known_neighbours_without_an_edge_are_a_kind_of_their_own(build):
    view = build(k=24, evidence="interaction")
    own = view.edges[view.edges["source"] == view.nodes["node"].iloc[0]]
    table = view.neighbours.set_index("gene")
    gene_of = dict(zip(view.nodes["node"], view.nodes["gene"], strict=True))
    for target, kind in own[["target", "kind"]].to_numpy():
        is_edge = table.loc[gene_of[target], "evidence"] == "co-expressed"
        assert kind == ("co-expressed" if is_edge else "known elsewhere")
    assert "known elsewhere" in set(own["kind"])


def test_maps_show_the_gene_its_nearest_and_everyone_else(build, atlas):
    view = build("CD3E", "blood_human")
    points, caption = build_maps(view, embedding=atlas)
    assert points["map"].nunique() == MOST_MAPS == 6
    title = f"CD3E in {context_labels(atlas.datasets)['blood_human']}"
    assert points["map"].iloc[0] == title
    first = points[points["map"] == title]
    assert len(first) == len(atlas.rows_of_dataset("blood_human"))
    near = first[first["kind"] == "neighbour"]
    assert near["gene"].tolist() == view.neighbours["gene"].head(NEIGHBOURS).tolist()
    star = first[first["kind"] == "gene"].iloc[0]
    assert (star["x"], star["y"]) == tuple(atlas.layout[atlas.row("CD3E", "blood_human")])
    assert f"{len(points):,} points" in caption


def test_pairs_of_the_heatmap_come_as_a_table(build, atlas):
    named = context_labels(atlas.datasets)
    contexts = build("CD3E", "blood_human", k=10).contexts
    pairs = contexts.pairs
    m = len(contexts.labels)
    assert len(pairs) == m * (m - 1) // 2
    i, j = contexts.labels.index(pairs["first"][0]), contexts.labels.index(pairs["second"][0])
    assert pairs["overlap"][0] == contexts.overlap[i, j]
    assert contexts.labels[contexts.here] == named["blood_human"]
    several = {f"Ins1: {named['heart_mouse']}", named["liver_human"]}
    assert several <= set(build().contexts.labels)
    assert np.isfinite(pairs["overlap"]).all()
    assert (
        f"{len(pairs)} pairs, median {np.median(pairs['overlap']):.3g}" in contexts.heatmap_caption
    )


def test_the_program_under_methods_gives_the_table(build, atlas_folder, knowledge_folder):
    request = {"k": 7, "scope": "other tissues", "minimum_cosine": 0.1}
    view = build(**request)
    embedding = read_embedding_set(atlas_folder)
    row = embedding.row("INS", "pancreas_human")
    methods = build_methods(view, NeighbourRequest(row, **request), embedding=embedding)
    called = short_context_labels(embedding.datasets)["pancreas_human"]
    assert methods.title == f"Neighbours of INS in {called}"
    found = run_snippet(methods, atlas_folder, {"MUSEGNN_KNOWLEDGE": str(knowledge_folder)})
    shown = view.neighbours.drop(columns=["stability", "rank_low", "rank_high"])
    pd.testing.assert_frame_equal(found, read_again(shown))


def test_the_program_under_methods_asks_other_studies_alike(
    atlas, search, evidence, atlas_folder, module_knowledge
):
    vectors = read_study_vectors(open_store(module_knowledge))
    studies = StudyBlock(atlas, search.ortholog_groups, vectors)
    request = NeighbourRequest(atlas.row("INS", "pancreas_human"), k=7, blocks="cells+studies")
    index = EvidenceIndex(open_store(module_knowledge))
    view = gene_view.build(
        request,
        atlas=Atlas(atlas, search),
        graph=read_context_graph(read_embedding_set(atlas_folder), "pancreas_human"),
        evidence=GeneEvidence(atlas, search.ortholog_groups, index),
        studies=studies,
    )
    methods = build_methods(view, request, embedding=atlas, studies=studies)
    found = run_snippet(methods, atlas_folder, {"MUSEGNN_KNOWLEDGE": str(module_knowledge)})
    shown = view.neighbours.drop(columns=["stability", "rank_low", "rank_high"])
    pd.testing.assert_frame_equal(found, read_again(shown))
    assert methods.parameters["studies_id"] == vectors.id
    assert methods.parameters["studies_weight"] == 0.4
    assert any("kegg_2016, release" in sentence for sentence in methods.sentences)
    graph = nx.parse_graphml(
        graphml_bytes(view.nodes, view.edges, atlas.origin, view.study_facts).decode()
    )
    assert graph.graph["studies_terms"] == 12
    detail = dict(build_detail(view, 0, request.row, evidence).numbers)
    assert detail["brought by"] in {"your cells", "other studies", "both"}


def test_network_comes_back_with_its_attributes(atlas):
    nodes = pd.DataFrame({"node": ["a", "b"], "gene": ["A", "B"], "is_query": [True, False]})
    edges = pd.DataFrame(
        {"source": ["a"], "target": ["b"], "kind": ["co-expressed"], "statistic": [float("nan")]}
    )
    graph = nx.parse_graphml(graphml_bytes(nodes, edges, atlas.origin).decode())
    assert graph.nodes["a"] == {"gene": "A", "is_query": True}
    assert graph.edges["a", "b"] == {"kind": "co-expressed"}
    assert graph.graph["atlas"] == "synthetic-atlas"


@pytest.mark.parametrize(
    ("gene", "species", "facts"),
    [
        ("ENSG00000086548", "human", [("symbol of the id", "CEACAM6")]),
        ("CEACAM6", "human", []),
        ("ENSG00000086548", "mouse", []),
        ("ENSG99999999999", "human", []),
    ],
)
def test_a_gene_that_is_called_by_its_id_has_its_symbol_beside_it(gene, species, facts):
    assert _symbol_of_id(gene, species) == facts
