"""Every page on an atlas whose names are pictures, links, scripts, directives and formulas."""

import re

import pytest

from tests.hostile_atlas import PAYLOADS, write_hostile_atlas
from tests.page_visits import PAGES, texts

# what Streamlit would take for more than text, where no backslash stands before it
MEANT = re.compile(
    r"(?<!\\)(\]\(|<img|:red|\$x|:smile:|:material/|`c`)|http://|www\.|a@evil|\u202e"
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    return folder, write_hostile_atlas(folder)


def said_by(page):
    """Everything a page hands to Streamlit as Markdown."""
    kinds = ("button", "selectbox", "expander", "text_input", "slider", "metric", "multiselect")
    widgets = [item for kind in kinds for item in page.get(kind)]
    parts = [texts(page), *(str(getattr(item, "label", "")) for item in widgets)]
    parts += [str(getattr(item.proto, "help", "")) for item in widgets]
    return re.sub(r"`[^`\n]*`", "", "\n".join(parts))  # code means nothing


@pytest.mark.parametrize("name", PAGES)
def test_no_name_of_an_atlas_means_anything_on_a_page(open_page, hostile, name):
    folder, atlas = hostile
    gene = next(gene for gene in atlas.genes["gene"] if gene.startswith(PAYLOADS[0]))
    page = open_page(name, folder, query={"gene": gene, "dataset": "blood_human"})
    said = said_by(page)
    assert not page.exception
    assert "could not be drawn" not in said
    assert [said[max(found.start() - 90, 0) :][:200] for found in MEANT.finditer(said)] == []
