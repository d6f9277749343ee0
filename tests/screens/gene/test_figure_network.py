import numpy as np
import pandas as pd
import pytest

from musegnn.screens.gene.figure_network import network_positions, plot_ego_network


def network(n_neighbours):
    names = ["INS", *(f"N{i}" for i in range(n_neighbours))]
    nodes = pd.DataFrame(
        {
            "node": [f"{name} in liver" for name in names],
            "gene": names,
            "context": "liver",
            "is_query": [name == "INS" for name in names],
        }
    )
    edges = pd.DataFrame(
        {
            "source": nodes["node"].iloc[0],
            "target": nodes["node"].iloc[1:],
            "kind": ["co-expressed" if i % 2 else "embedding only" for i in range(n_neighbours)],
            "cosine": 0.5,
        }
    )
    return nodes, edges


@pytest.mark.parametrize("n_neighbours", [0, 1, 2, 9, 10, 24])
def test_gene_is_in_the_middle_and_no_two_nodes_share_a_place(n_neighbours):
    positions = network_positions(network(n_neighbours)[0])
    assert positions.shape == (n_neighbours + 1, 2)
    np.testing.assert_array_equal(positions[0], [0, 0])
    assert len(np.unique(positions.round(6), axis=0)) == n_neighbours + 1
    assert np.abs(positions).max(initial=0) <= 1


def test_neighbours_go_clockwise_by_rank_from_the_top():
    positions = network_positions(network(4)[0])
    np.testing.assert_allclose(positions[1:], [[0, 1], [1, 0], [0, -1], [-1, 0]], atol=1e-6)


def test_line_style_tells_co_expression_from_embedding_only():
    figure = plot_ego_network(*network(5))
    dashes = {trace.name: trace.line.dash for trace in figure.data if trace.mode == "lines"}
    assert dashes == {"co-expressed (2)": "solid", "embedding only (3)": "dot"}


def test_what_is_known_elsewhere_is_dashed():
    nodes, edges = network(3)
    edges["kind"] = ["co-expressed", "known elsewhere", "embedding only"]
    figure = plot_ego_network(nodes, edges)
    dashes = [trace.line.dash for trace in figure.data if trace.mode == "lines"]
    assert dashes == ["solid", "dash", "dot"]
    assert "known elsewhere (1)" in {trace.name for trace in figure.data}


def test_edges_among_neighbours_are_a_group_of_their_own():
    nodes, edges = network(3)
    extra = edges.iloc[[0]].assign(source=nodes["node"].iloc[1], target=nodes["node"].iloc[2])
    figure = plot_ego_network(nodes, pd.concat([edges, extra.assign(kind="co-expressed")]))
    assert figure.data[0].name == "co-expressed neighbours (1)"
    assert figure.data[0].opacity < figure.data[1].opacity


def test_figure_uses_no_webgl_and_shows_every_gene():
    figure = plot_ego_network(*network(7))
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert list(figure.data[-1].text) == ["INS", *(f"N{i}" for i in range(7))]
