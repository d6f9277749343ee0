import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from musegnn.screens.parts.point_map import (
    LABEL_LIMIT,
    MapColours,
    points_payload,
    typed_array,
    view_payload,
)
from musegnn.screens.shell.theme import LIGHT
from tests.ui_fixtures import make_large_embedding


def decode(array):
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=f"<{array['dtype']}")


def payload(vectors):
    return points_payload(vectors.id, vectors.layout, vectors.labels(), details=vectors.details)


@pytest.fixture
def colours():
    codes = np.array([0, 1, 1, 0, 1], dtype=np.uint8)
    return MapColours("tissue", False, codes, ("#000", "#fff"), ((0, "a", 2), (1, "b", 3)))


@pytest.mark.parametrize("dtype", ["f4", "u1", "u2", "u4"])
def test_numbers_survive_the_encoding(dtype):
    values = np.array([0, 1, 200], dtype=np.float64)
    np.testing.assert_array_equal(decode(typed_array(values, dtype)), values)


def test_payload_of_100_000_points_with_hover_data_stays_within_its_budget():
    embedding = make_large_embedding(100_000)
    genes = embedding.genes
    # as many symbols as human and mouse have protein-coding genes, a little longer than usual
    symbols = np.array([f"G{number % 40_000:05d}" for number in range(len(genes))])
    embedding = replace(embedding, table=genes.assign(gene=symbols))
    points = payload(embedding)
    codes = np.zeros(len(genes), dtype=np.uint8)
    layer = MapColours("tissue", False, codes, ("#000000",) * 20, ((0, "a", 1),) * 20)
    view = view_payload(
        points["id"], layer, on=LIGHT, description="", selected=np.ones(len(genes), dtype=bool)
    )
    points_bytes, view_bytes = len(json.dumps(points)), len(json.dumps(view))
    assert points_bytes + view_bytes <= 2_200_000
    assert view_bytes <= 200_000  # all that a new colour or selection sends


def test_no_point_is_left_out():
    layout = np.random.default_rng(0).normal(size=(1234, 2)).astype(np.float32)
    points = points_payload("0" * 16, layout, {})
    assert points["n"] == 1234
    np.testing.assert_array_equal(decode(points["x"]), layout[:, 0])
    np.testing.assert_array_equal(decode(points["y"]), layout[:, 1])


def test_tooltips_name_a_point_and_give_titles_to_the_rest(atlas):
    points = json.loads(json.dumps(payload(atlas)))
    assert [line["title"] for line in points["labels"]] == ["", "", "cluster"]
    for line, column in zip(points["labels"], ("gene", "dataset", "cluster"), strict=True):
        assert line["names"] == sorted(set(atlas.genes[column]))
        shown = [line["names"][code] for code in decode(line["codes"])]
        assert shown == atlas.genes[column].tolist()


def test_selection_travels_as_one_bit_a_point(colours):
    selected = np.array([True, False, False, True, True])
    view = view_payload("id", colours, on=LIGHT, description="", selected=selected)
    bits = np.unpackbits(decode(view["selected"]), bitorder="little")[:5].astype(bool)
    np.testing.assert_array_equal(bits, selected)
    assert view["n_selected"] == 3


def test_empty_selection_is_no_selection(colours):
    view = view_payload("id", colours, on=LIGHT, description="", selected=np.zeros(5, dtype=bool))
    assert view["selected"] is None
    assert view["n_selected"] == 0


def test_view_is_plain_json_with_legend_and_lit_genes(colours):
    lit = np.arange(5)
    view = view_payload(
        "id", colours, on=LIGHT, description="a map", lit=lit, lit_labels=["x"] * 100
    )
    view = json.loads(json.dumps(view))
    assert view["legend"][1] == {"code": 1, "label": "b", "colour": "#fff", "n": 3}
    assert view["lit"] == [0, 1, 2, 3, 4]
    assert len(view["lit_labels"]) == LABEL_LIMIT
    assert view["description"] == "a map"
    assert view["grey"] == LIGHT.context
