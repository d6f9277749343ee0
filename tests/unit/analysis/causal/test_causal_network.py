import dataclasses

import numpy as np
import pandas as pd
import pytest

from musegnn import keys
from musegnn.analysis.causal import causal_network
from musegnn.analysis.causal.causal_discovery import Discovery, discover_edges
from musegnn.analysis.causal.causal_network import (
    EDGE_COLUMNS,
    NODE_COLUMNS,
    NetworkRequest,
    build_network,
    find_circles,
    measure_edges,
)
from musegnn.analysis.causal.causal_question import load_sources
from musegnn.analysis.causal.inference import choose_causes, sample_from_correlations
from musegnn.analysis.choices import KINDS
from musegnn.errors import InputError
from musegnn.knowledge.store import open_store
from tests.causal_knowledge import FACTORS, make_correlations

GENES = ("INS", "GCG", "PAX6", "MAFA", "NKX2-2", "CHGA", "IAPP", "ISL1")
CONTEXT = "pancreas_human"


@pytest.fixture(scope="module")
def sources(atlas, causal_knowledge):
    return load_sources(atlas, open_store(causal_knowledge), CONTEXT, least="C")


def network(sources, genes=GENES, discovery=None, **options):
    here = set(sources.graph.genes[keys.GENE])
    request = NetworkRequest(tuple(gene for gene in genes if gene in here), CONTEXT, **options)
    return build_network(request, sources, discovery=discovery)


def edge(found, regulator, target):
    edges = found.edges
    rows = edges[(edges["regulator"] == regulator) & (edges["target"] == target)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_curated_pairs_are_those_of_the_table_with_what_the_graph_says(sources):
    found = network(sources)
    assert tuple(found.edges.columns) == EDGE_COLUMNS
    assert tuple(found.nodes.columns) == NODE_COLUMNS
    curated = found.edges[found.edges["kind"] == "curated"]
    listed = sources.regulation.among(found.nodes["node"])
    pairs = {tuple(pair) for pair in curated[["regulator", "target"]].to_numpy()}
    assert pairs == {tuple(pair) for pair in listed[["regulator", "target"]].to_numpy()}
    place = {gene: row for row, gene in enumerate(sources.graph.genes[keys.GENE])}
    for row in curated.itertuples():
        a, b = place.get(row.regulator), place.get(row.target)
        if a is None or b is None:
            assert np.isnan(row.here)
            continue
        assert row.here == sources.graph.significance[a, b]
        if sources.graph.adjacency[a, b]:
            assert row.statistic == pytest.approx(sources.graph.statistic[a, b])
        else:
            assert np.isnan(row.statistic)


def test_a_listed_repressor_that_goes_along_is_contradicted(sources):
    row = edge(network(sources), "NKX2-2", "CHGA")
    assert (row["sign"], row["here"]) == (-1, 1)
    assert row["verdict"] == "contradicted"
    assert row["agree"] <= row["oppose"]


def test_other_contexts_are_counted_without_this_one(sources):
    row = edge(network(sources), "PAX6", "INS")
    signs = sources.signs.of_pairs(["PAX6"], ["INS"])[0]
    others = [s for name, s in zip(sources.signs.contexts, signs, strict=True) if name != CONTEXT]
    assert row["contexts"] == np.sum(~np.isnan(others))
    assert row["agree"] == np.sum(np.array(others) == 1)
    assert row["elsewhere"] == pytest.approx(np.nanmean(others))


def test_contexts_that_share_cells_do_not_count(sources):
    shares = {**sources.graph.provenance, "shares_cells_with": {"blood_human": 9}}
    graph = dataclasses.replace(sources.graph, provenance=shares)
    fewer = network(dataclasses.replace(sources, graph=graph))
    both = edge(network(sources), "PAX6", "INS")["contexts"], edge(fewer, "PAX6", "INS")["contexts"]
    assert both[0] == both[1] + 1


def test_co_expressed_pairs_are_the_other_edges_of_the_graph(sources):
    found = network(sources)
    dotted = found.edges[found.edges["kind"] == "co-expressed"]
    names = sources.graph.genes[keys.GENE].tolist()
    chosen = [
        names.index(gene) for gene in found.nodes.loc[found.nodes["role"] == "chosen", "node"]
    ]
    taken = {
        frozenset(p)
        for p in found.edges[found.edges["kind"] == "curated"][["regulator", "target"]].to_numpy()
    }
    expected = {
        frozenset((names[a], names[b]))
        for a in chosen
        for b in chosen
        if a < b and sources.graph.adjacency[a, b] and frozenset((names[a], names[b])) not in taken
    }
    assert {frozenset(p) for p in dotted[["regulator", "target"]].to_numpy()} == expected
    assert expected
    assert not dotted["is_directed"].any()
    assert set(dotted["verdict"]) == {"no claim"}


def test_inferred_edges_are_found_and_merge_with_curated_ones(sources, atlas):
    correlations = make_correlations(atlas)
    genes = tuple(g for g in (*GENES, "SCGN", "TTR") if g in correlations.genes)
    sample = sample_from_correlations(correlations, genes)
    assert "MAFB" in sample.genes  # a factor that was not chosen enters because it goes with them
    discovery = discover_edges(sample, n_replicates=20)
    found = network(sources, genes, discovery, query="expand")
    for target in {"IAPP", "SCGN", "TTR"} & set(genes):
        row = edge(found, "MAFB", target)
        assert (row["kind"], row["verdict"]) == ("inferred", "suggested")
        assert row["frequency"] > 0.9
        assert row["is_directed"]
        assert row["sign"] == 1
    assert "MAFB" in set(found.nodes.loc[found.nodes["role"] == "added", "node"])
    connect = network(sources, genes, discovery, query="connect")
    assert "MAFB" not in set(connect.nodes["node"])


def test_an_inferred_edge_against_a_curated_one_says_so(sources):
    edges = pd.DataFrame(
        [("INS", "PAX6", True, 0.5, 0.8), ("MAFA", "INS", False, 0.5, 0.7)],
        columns=["source", "target", "is_directed", "correlation", "frequency"],
    )
    found = network(sources, discovery=Discovery(edges, GENES, 2, 100, "by hand"))
    row = edge(found, "PAX6", "INS")
    assert (row["kind"], row["frequency"], row["inferred_direction"]) == ("curated", 0.8, "reverse")
    assert edge(found, "MAFA", "INS")["inferred_direction"] == "not determined"
    assert len(found.edges[found.edges["kind"] == "inferred"]) == 0


def test_the_caps_count_what_they_hide(sources):
    whole = network(sources, query="all")
    request = NetworkRequest(tuple(whole.nodes["node"][:6]), CONTEXT, query="all")
    few = build_network(request, sources, most_nodes=4, most_edges=2)
    assert len(few.nodes) == 4
    assert len(few.edges) == 2
    assert few.hidden["genes"] >= 2
    assert few.hidden["edges"] >= 1
    assert set(few.edges["kind"]) <= set(KINDS)


def test_kinds_can_be_left_out(sources):
    assert set(network(sources, kinds=("curated",)).edges["kind"]) == {"curated"}
    assert "curated" not in set(network(sources, kinds=("co-expressed",)).edges["kind"])
    assert network(sources, kinds=()).edges.empty


def test_pairs_of_which_none_lies_here_have_no_numbers(sources):
    """Of no pair a sparse matrix gives no numbers: a network may hold such pairs alone."""
    edges = network(sources).edges.head(3).assign(regulator="NOTHERE", rank=0)
    for part in (edges, edges.iloc[:0]):
        found = measure_edges(part, CONTEXT, sources)
        assert len(found) == len(part)
        assert found[["here", "statistic", "estimate"]].isna().all(axis=None)


def test_circles_are_told(sources):
    found = network(sources, ("MAFA", "ISL1", "INS"))
    assert found.circles == (("ISL1", "MAFA"),)
    assert find_circles(found.edges[found.edges["regulator"] != "ISL1"]) == ()


def test_nodes_say_what_they_are(sources):
    found = network(sources, ("INS", "PAX6", "MAFA"), query="all")
    nodes = found.nodes.set_index("node")
    assert nodes.loc["NOTHERE", ["role", "in_context", "is_factor"]].tolist() == [
        "added",
        False,
        False,
    ]
    assert nodes.loc["PAX6", "is_factor"]
    assert set(nodes.index[nodes["is_factor"]]) <= set(FACTORS)
    ends = pd.concat([found.edges["regulator"], found.edges["target"]]).value_counts()
    assert (nodes["degree"] == ends.reindex(nodes.index, fill_value=0)).all()


def test_without_knowledge_or_graph_what_is_left_is_shown(atlas, sources):
    bare = load_sources(atlas, None, CONTEXT, least="C")
    found = network(bare)
    assert set(found.edges["kind"]) == {"co-expressed"}
    blind = dataclasses.replace(sources, graph=None)
    request = NetworkRequest(("INS", "PAX6"), CONTEXT)
    found = build_network(request, blind)
    assert found.edges["here"].isna().all()
    assert set(found.edges["verdict"]) <= {"supported", "established"}


def test_the_same_question_gives_the_same_answer_in_any_order(sources):
    first = network(sources, GENES, query="all")
    second = network(sources, GENES[::-1], query="all")
    pd.testing.assert_frame_equal(first.edges, second.edges)
    pd.testing.assert_frame_equal(first.nodes, second.nodes)


def test_factors_that_go_with_the_genes_enter_first(atlas):
    correlations = make_correlations(atlas)
    genes = [gene for gene in ("IAPP", "SCGN", "TTR") if gene in correlations.genes]
    assert choose_causes(correlations, genes, n_further=1) == (*genes, "MAFB")
    assert len(choose_causes(correlations, correlations.genes)) == len(correlations.genes)


def test_a_context_with_more_genes_than_memory_holds_pairs_of_is_refused(sources, monkeypatch):
    monkeypatch.setattr(causal_network, "MOST_GENES", 5)
    with pytest.raises(InputError, match=rf"at most 5 genes, found \d+ in {CONTEXT}"):
        network(sources, query="all")
