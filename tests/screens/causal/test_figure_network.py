import numpy as np
import pandas as pd
import pytest

from musegnn.screens.causal.figure_network import (
    DASHES,
    LABELLED,
    WIDTHS,
    name_nodes,
    node_sizes,
    plot_causal_network,
    sign_colour,
)
from musegnn.screens.shell.theme import DARK, LIGHT


def nodes(n=4):
    return pd.DataFrame(
        {
            "node": [f"G{i:03}" for i in range(n)],
            "x": np.arange(n, dtype=float),
            "y": np.arange(n, dtype=float) % 3,
            "role": ["chosen" if i % 2 else "added" for i in range(n)],
            "is_factor": [i == 0 for i in range(n)],
            "in_context": [i != 1 for i in range(n)],
            "degree": list(range(n)),
        }
    )


EDGES = pd.DataFrame(
    [
        ("G000", "G001", "curated", 1, "established", True),
        ("G000", "G002", "curated", -1, "contradicted", True),
        ("G000", "G003", "inferred", 1, "suggested", True),
        ("G002", "G001", "inferred", 1, "suggested", False),
        ("G001", "G003", "co-expressed", 1, "no claim", False),
        ("G003", "G000", "curated", 0, "supported", True),
    ],
    columns=["regulator", "target", "kind", "sign", "verdict", "is_directed"],
)


def lines(figure):
    """Traces of edges: those with an end to draw and a dash."""
    return [t for t in figure.data if t.mode and "lines" in t.mode and len(t.x) > 1]


def test_line_style_head_colour_and_width_carry_the_meaning():
    found = {
        (
            t.line.dash,
            t.line.width,
            t.line.color,
            None if t.marker.symbol is None else t.marker.symbol,
        )
        for t in lines(plot_causal_network(nodes(), EDGES))
    }
    plus, minus = sign_colour(1, LIGHT), sign_colour(-1, LIGHT)
    assert found == {
        ("solid", WIDTHS["established"], plus, "arrow"),
        ("solid", WIDTHS["contradicted"], minus, "line-ew"),
        ("dash", WIDTHS["suggested"], plus, "arrow"),
        ("dash", WIDTHS["suggested"], plus, None),
        ("dot", WIDTHS["no claim"], LIGHT.muted_text, None),
        ("solid", WIDTHS["supported"], LIGHT.muted_text, None),
    }
    assert len(set(DASHES.values())) == 3
    assert WIDTHS["established"] > WIDTHS["supported"] > WIDTHS["suggested"] > WIDTHS["no claim"]


def test_edges_end_at_their_genes_and_heads_at_the_targets():
    for trace in lines(plot_causal_network(nodes(), EDGES)):
        assert len(trace.x) % 3 == 0
        assert all(value is None for value in trace.x[2::3])
        if trace.marker.symbol is not None:
            assert trace.marker.size[0] == 0
            assert trace.marker.size[1] > 0
            assert trace.marker.standoff[1] > 0
            assert trace.marker.angleref == "previous"


def test_the_middle_of_an_edge_tells_what_it_is_and_marks_contradictions():
    figure = plot_causal_network(nodes(), EDGES)
    middles = next(
        t for t in figure.data if t.customdata is not None and "edge:" in t.customdata[0]
    )
    assert list(middles.customdata) == [
        f"edge:{a}|{b}" for a, b in EDGES[["regulator", "target"]].to_numpy()
    ]
    assert middles.hovertext[1] == "G000 \u2192 G002: curated, inhibits, contradicted"
    assert middles.hovertext[4] == "G001 \u2013 G003: co-expressed, no claim"
    assert list(middles.marker.symbol).count("x-thin") == 1
    assert middles.x[0] == 0.5


def test_nodes_show_role_factor_and_presence():
    figure = plot_causal_network(nodes(), EDGES, on=DARK)
    points = next(t for t in figure.data if t.mode == "markers+text")
    assert list(points.marker.symbol) == ["diamond", "circle", "circle", "circle"]
    assert points.marker.color[1] == DARK.background  # open: not in the context
    assert points.marker.color[3] == DARK.accent
    assert points.hovertext[1] == "G001: chosen, not in this model and context, 1 edges"
    assert list(points.customdata) == ["node:G000", "node:G001", "node:G002", "node:G003"]
    assert (np.diff(node_sizes(nodes())) > 0).all()


def test_the_legend_counts_kinds_and_verdicts():
    names = {t.name for t in plot_causal_network(nodes(), EDGES).data if t.name}
    assert {"curated (3)", "inferred (2)", "co-expressed (1)", "contradicted (1)"} <= names
    assert {"activates", "inhibits", "transcription factor", "not in this context"} <= names
    assert not any("no claim" in name for name in names)


def test_in_large_networks_the_best_joined_genes_are_named():
    many = nodes(300).assign(x=np.arange(300) % 20, y=np.arange(300) // 20)
    names, _ = name_nodes(many, node_sizes(many))
    shown = [i for i, name in enumerate(names) if name]
    assert shown[-1] == 299
    assert min(shown) >= 300 - LABELLED
    assert len(shown) > LABELLED / 2
    names, _ = name_nodes(nodes(), node_sizes(nodes()))
    assert names == list(nodes()["node"])


def test_a_chosen_edge_is_marked():
    figure = plot_causal_network(nodes(), EDGES, lit="G000|G002")
    assert any(t.line.color == LIGHT.accent for t in lines(figure))
    plot_causal_network(nodes(), EDGES, lit="gone|G002")


def test_a_network_without_edges_is_drawn():
    assert plot_causal_network(nodes(), EDGES.iloc[:0]).data


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_signs_have_different_colours(on):
    assert len({sign_colour(sign, on) for sign in (1, -1, 0)}) == 3
