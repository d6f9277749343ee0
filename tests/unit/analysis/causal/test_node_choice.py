import networkx as nx
import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.node_choice import LONGEST_BRIDGE, choose_nodes
from musegnn.analysis.causal.regulation import COLUMNS, read_regulation
from musegnn.errors import InputError


def regulation(pairs):
    rows = [(a, b, 1, "A", "x", "1", "") for a, b in sorted(set(pairs))]
    return read_regulation(pd.DataFrame(rows, columns=list(COLUMNS)))


def random_pairs(seed, n=60, genes=40):
    rng = np.random.default_rng(seed)
    return [tuple(f"G{i:02}" for i in rng.choice(genes, 2, replace=False)) for _ in range(n)]


def test_connect_adds_nothing_and_all_adds_every_partner():
    pairs = random_pairs(0)
    known = regulation(pairs)
    genes = ["G01", "G02", "G03", "nobody"]
    assert choose_nodes(known, genes, query="connect").nodes == tuple(sorted(genes))
    expected = {b for a, b in pairs if a in genes} | {a for a, b in pairs if b in genes}
    assert set(choose_nodes(known, genes, query="all").added) == expected - set(genes)


@pytest.mark.parametrize("seed", range(8))
def test_expand_joins_whatever_short_bridges_can_join(seed):
    pairs = random_pairs(seed)
    graph = nx.Graph(pairs)
    genes = sorted(graph)[:: 6 + seed % 3]
    found = choose_nodes(regulation(pairs), genes, query="expand")
    inside = nx.Graph(graph.subgraph(found.nodes))
    inside.add_nodes_from(genes)
    parts = [part for part in nx.connected_components(inside) if part & set(genes)]
    # no two parts are left that a bridge of allowed length could join
    for i, first in enumerate(parts):
        for second in parts[i + 1 :]:
            shortest = min(
                nx.shortest_path_length(graph, a, b) if nx.has_path(graph, a, b) else np.inf
                for a in first
                for b in second
            )
            assert shortest > LONGEST_BRIDGE
    assert all(gene in set().union(*parts) for gene in found.added)


def test_the_bridge_with_most_links_to_the_set_is_taken():
    pairs = [("X", "A"), ("X", "B"), ("Y", "A"), ("Y", "B"), ("Y", "C"), ("Y", "D")]
    found = choose_nodes(regulation(pairs), ["A", "B", "C"], query="expand")
    assert found.added == ("Y",)


def test_a_chosen_node_brings_its_partners_in_any_query():
    found = choose_nodes(regulation([("T", "A"), ("T", "B"), ("T", "C")]), ["A", "T"], around="T")
    assert found.nodes == ("A", "T", "B", "C")


def test_the_largest_number_is_kept_and_the_rest_counted():
    pairs = [("T", f"G{i:03}") for i in range(50)] + [("S", "G007"), ("T", "S")]
    known = regulation(pairs)
    found = choose_nodes(known, ["T"], query="all", most_nodes=11)
    assert (len(found.nodes), found.n_hidden) == (11, 41)
    found = choose_nodes(known, [name for name, _ in pairs] + [f"G{i:03}" for i in range(50)])
    crowd = choose_nodes(known, [f"G{i:03}" for i in range(50)] + ["T", "S"], most_nodes=4)
    assert crowd.n_hidden == 48
    assert "T" not in crowd.added
    assert {"S", "T"} <= set(crowd.chosen) | set(crowd.added)
    assert len(found.nodes) == 52


def test_inferred_regulators_are_added_unless_only_the_set_is_asked_for():
    known = regulation([("A", "B")])
    options = {"inferred": ["R", "A", "R"]}
    assert choose_nodes(known, ["A", "B"], query="expand", **options).added == ("R",)
    assert choose_nodes(known, ["A", "B"], query="connect", **options).added == ()


def test_the_order_of_the_genes_does_not_matter():
    known = regulation(random_pairs(3))
    genes = ["G05", "G11", "G17", "G29", "G35"]
    for query in ("connect", "expand", "all"):
        assert choose_nodes(known, genes, query=query) == choose_nodes(
            known, genes[::-1], query=query
        )


def test_an_unknown_query_is_refused():
    with pytest.raises(InputError, match="Expected `query` to be one of"):
        choose_nodes(regulation([("A", "B")]), ["A"], query="everything")
