"""Contexts read as what they are where they are chosen or listed; names stay in the data."""

import json

import pandas as pd

from musegnn.embeddings.context_names import context_labels
from musegnn.screens.parts.gene_colours import colour_layer
from musegnn.screens.shell.columns import read_columns
from musegnn.screens.shell.screen import GROUPS, screens


def test_a_picker_and_a_table_say_what_a_context_is(open_page, atlas):
    page = open_page("3_Gene", query={"gene": "ALB"})
    names = context_labels(atlas.datasets)
    options = page.selectbox(key="_context").options
    assert set(options) <= set(names.values())
    contexts = next(t for t in page.dataframe if "overlap" in t.value)
    assert set(contexts.value["context"]) <= set(names)  # what is copied and downloaded
    column = json.loads(contexts.proto.columns)["context"]
    shown = {entry["value"]: entry["label"] for entry in column["type_config"]["options"]}
    assert shown == {name: names[name] for name in contexts.value["context"]}


def test_the_legend_of_datasets_says_what_they_are(atlas):
    layer = colour_layer("dataset", embedding=atlas, list_rows=[])
    assert {entry.label for entry in layer.legend} == set(context_labels(atlas.datasets).values())
    counted = {entry.label: entry.n for entry in layer.legend}
    own = pd.Series(atlas.genes["dataset"]).map(context_labels(atlas.datasets)).value_counts()
    assert counted == own.to_dict()


def test_every_page_stands_under_a_declared_heading_with_a_sign():
    listed = [screen for screen in screens() if screen.draw.startswith("musegnn.")]
    assert {screen.group for screen in listed} <= {"", *GROUPS}
    assert [screen.group for screen in listed if screen.group] == sorted(
        (screen.group for screen in listed if screen.group), key=GROUPS.index
    )
    signs = [screen.icon for screen in listed]
    assert all(sign.startswith(":material/") for sign in signs)


def test_a_context_is_a_format_of_columns():
    (column,) = read_columns("left: left context | context | One of them")
    assert column.format == "context"
