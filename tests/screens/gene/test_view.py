from dataclasses import replace

import numpy as np
import pytest

from musegnn.analysis.choices import SCOPES
from musegnn.analysis.neighbours.gene_neighbours import NO_GRAPH, NeighbourRequest
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.co_expression import read_context_graph
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import InputError
from musegnn.screens.gene import view as gene_view
from musegnn.screens.gene.view import NETWORK_LIMIT
from musegnn.screens.parts.gene_contexts import choose_row, context_options
from musegnn.screens.shell import permalink


@pytest.fixture(scope="module")
def search(atlas):
    return GeneSearch(atlas)


@pytest.fixture
def build(atlas, search):
    def make(gene="CD3E", dataset="blood_human", **request):
        return gene_view.build(
            NeighbourRequest(atlas.row(gene, dataset), **request),
            atlas=Atlas(atlas, search),
            graph=read_context_graph(atlas, dataset),
        )

    return make


def test_neighbours_are_those_of_a_plain_sort(build, atlas):
    view = build(k=15)
    row = atlas.row("CD3E", "blood_human")
    own = [i for i in atlas.rows_of_dataset("blood_human") if i != row]
    cosine = {i: float(atlas.unit_vectors[i] @ atlas.unit_vectors[row]) for i in own}
    expected = sorted(own, key=lambda i: -cosine[i])[:15]
    assert view.neighbours["row"].tolist() == expected
    np.testing.assert_allclose(view.neighbours["cosine"], [cosine[i] for i in expected], rtol=1e-5)
    assert view.n_candidates == len(own)


def test_an_id_that_the_set_lacks_is_that_of_the_symbol_and_says_so(atlas):
    genes = atlas.genes.assign(gene_id="")
    for gene, told in (("CD3E", "ENSG00000198851, by the symbol"), ("GENE7", "not known")):
        row = atlas.row("CD3E", "blood_human")
        changed = genes.copy()
        changed.loc[changed.index[row], "gene"] = gene
        bare = replace(atlas, table=changed)
        request = NeighbourRequest(row)
        view = gene_view.build(request, atlas=Atlas(bare, GeneSearch(bare)), graph=None)
        assert dict(view.facts)["Ensembl id"] == told


@pytest.mark.parametrize("scope", SCOPES)
def test_scope_limits_where_neighbours_come_from(build, atlas, scope):
    view = build("INS", "pancreas_human", scope=scope, k=60)
    found = atlas.genes.iloc[view.neighbours["row"]]
    allowed = {
        "this context": found["dataset"] == "pancreas_human",
        "same tissue": found["tissue"] == "pancreas",
        "other tissues": found["tissue"] != "pancreas",
        "same species": found["species"] == "human",
        "other species": found["species"] == "mouse",
        "same modality": found["modality"] == "scrna",
        "other modalities": found["modality"] != "scrna",
        "all contexts": found["dataset"] != "",
    }[scope]
    assert allowed.all()
    assert len(found) == (0 if scope == "other modalities" else 60)  # there is only one
    if len(found):
        assert (found["dataset"] != "pancreas_human").any() == (scope != "this context")
    assert scope in view.caption


def test_evidence_is_never_empty_and_matches_the_graph(build, atlas):
    graph = read_context_graph(atlas, "blood_human")
    names = graph.genes["gene"].tolist()
    view = build(k=100)
    for gene, evidence, statistic in view.neighbours[["gene", "evidence", "statistic"]].to_numpy():
        pair = names.index("CD3E"), names.index(gene)
        expected = "not significant"
        if graph.significance[pair]:
            expected = "significant, no edge"
        if graph.adjacency[pair]:
            expected = "co-expressed"
        assert evidence == expected
        assert np.isnan(statistic) == (expected != "co-expressed")
    assert view.neighbours["evidence"].nunique() == 3


def test_same_gene_elsewhere_is_named_as_such(build):
    view = build("INS", "pancreas_human", scope="all contexts", k=100)
    relatives = view.neighbours[view.neighbours["gene"].isin(["INS", "Ins1", "Ins2"])]
    assert len(relatives) > 0
    assert set(relatives["evidence"]) == {"same gene"}


def test_ortholog_elsewhere_is_looked_up_by_its_name_here(build, atlas):
    view = build("INS", "pancreas_human", scope="all contexts", k=100)
    mouse = view.neighbours[view.neighbours["context"] == "pancreas_mouse"]
    graph = read_context_graph(atlas, "pancreas_human")
    names = graph.genes["gene"].tolist()
    for gene, evidence in mouse[["gene", "evidence"]].to_numpy():
        if evidence == "co-expressed":
            assert graph.adjacency[names.index("INS"), names.index(gene.upper())]


def test_without_a_graph_every_row_says_so(atlas_without_graphs):
    bare = read_embedding_set(atlas_without_graphs)
    view = gene_view.build(NeighbourRequest(0), atlas=Atlas(bare, GeneSearch(bare)), graph=None)
    assert set(view.neighbours["evidence"]) == {NO_GRAPH}
    assert view.graph_state == "no folder"
    assert "graphs/" in view.graph_note
    assert set(view.edges["kind"]) == {"embedding only"}


def test_contexts_start_here_and_fall_by_overlap(build, atlas):
    view = build(k=10)
    table = view.contexts.table
    assert table["context"].iloc[0] == "blood_human"
    assert table["cosine"].iloc[0] == pytest.approx(1, abs=1e-5)
    assert table["overlap"].iloc[0] == 1
    assert sorted(table["context"]) == sorted(atlas.datasets.index)
    assert table["overlap"].iloc[1:].is_monotonic_decreasing
    assert table["nearest"].str.split(", ").str.len().eq(5).all()


def test_network_joins_each_neighbour_and_follows_the_rank(build):
    view = build(k=10)
    own = view.edges[view.edges["source"] == view.nodes["node"].iloc[0]]
    assert own["target"].tolist() == view.nodes["node"].iloc[1:].tolist()
    assert view.nodes["gene"].iloc[1:].tolist() == view.neighbours["gene"].tolist()
    assert view.nodes["is_query"].tolist() == [True] + [False] * 10
    solid = own["kind"] == "co-expressed"
    assert (solid.to_numpy() == (view.neighbours["evidence"] == "co-expressed").to_numpy()).all()


def test_edges_among_neighbours_are_edges_of_the_graph(build, atlas):
    view = build(k=10)
    graph = read_context_graph(atlas, "blood_human")
    names = graph.genes["gene"].tolist()
    gene_of = dict(zip(view.nodes["node"], view.nodes["gene"], strict=True))
    among = view.edges[view.edges["source"] != view.nodes["node"].iloc[0]]
    found = {frozenset((gene_of[s], gene_of[t])) for s, t in among[["source", "target"]].to_numpy()}
    genes = view.neighbours["gene"].tolist()
    expected = {
        frozenset((a, b))
        for i, a in enumerate(genes)
        for b in genes[i + 1 :]
        if graph.adjacency[names.index(a), names.index(b)]
    }
    assert found == expected


def test_large_neighbourhoods_are_cut_in_the_picture_and_said_so(build):
    view = build(k=60)
    assert len(view.neighbours) == 60
    assert len(view.nodes) == NETWORK_LIMIT + 1
    assert f"{60 - NETWORK_LIMIT} more in the table" in view.network_caption


def test_wishes_are_met_as_far_as_they_exist(atlas, search):
    rows = search.rows("INS")
    row = choose_row(atlas, rows, symbol="Ins2", dataset="pancreas_mouse")
    assert (atlas.genes["gene"][row], atlas.genes["dataset"][row]) == ("Ins2", "pancreas_mouse")
    row = choose_row(atlas, rows, symbol="INS", dataset="spleen_mouse")
    assert atlas.genes["dataset"][row] == "spleen_mouse"
    row = choose_row(atlas, rows, symbol="INS", dataset="nowhere")
    assert atlas.genes["gene"][row] == "INS"
    assert choose_row(atlas, search.rows("nope"), symbol="nope", dataset="") is None


def test_contexts_are_offered_only_where_the_gene_is(atlas, search):
    options = context_options(atlas, search.rows("ALB"))
    assert set(options) == set(search.rows("ALB"))
    assert all("mouse" not in label for label in options.values())


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (NeighbourRequest(-1), "Expected a row between"),
        (NeighbourRequest(10**6), "Expected a row between"),
        (NeighbourRequest(0, k=0), "`k` to be greater than 0"),
        (NeighbourRequest(0, scope="everywhere"), "`scope` to be one of"),
        (NeighbourRequest(0, evidence="hearsay"), "`evidence` to be one of"),
        (NeighbourRequest(0, minimum_cosine=2), "`minimum_cosine` between -1 and 1"),
    ],
)
def test_request_that_cannot_be_met_is_refused(atlas, search, request_, message):
    with pytest.raises(InputError, match=message):
        gene_view.build(request_, atlas=Atlas(atlas, search), graph=None)


def test_the_way_to_drugs_is_one_that_the_page_of_drugs_takes(build):
    link = build("Cd3e", "pancreas_mouse").drugs_link
    assert link["drug_node"] == "CD3E"
    assert permalink.encode(link, page="Drugs") == {
        name: value for name, value in link.items() if value != permalink.field(name).default
    }
    assert permalink.decode(link, known={}).messages == ()
