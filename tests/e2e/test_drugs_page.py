"""A drug on every map, walked in a browser: from its name to a gene, the network and files."""

import io
import json
import re
import shutil

import pandas as pd
import pytest

from musegnn.embeddings.atlas import read_atlas
from musegnn.embeddings.context_names import context_labels
from tests.conftest import REPOSITORY
from tests.e2e.browser import choose, dashboard, take

pytestmark = pytest.mark.e2e

# what ranks targets, and no more: to learn from all tables takes longer than the walk
TABLES = {
    "knowledge": (
        "nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz",
        "Reactome_2016.gmt.gz",
    ),
    "pharmacology": (
        "drugbank_all.tsv.gz",
        "drugbank_proteins_targets.tsv.gz",
        "repurposing_info.tsv.gz",
        "l1000_consensi_drugbank.tsv.gz",
    ),
}


@pytest.fixture(scope="module")
def address(browser, shared, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    knowledge = cache / "musegnn" / "knowledge"
    for folder, names in TABLES.items():
        into = knowledge if folder == "knowledge" else knowledge / folder
        into.mkdir(parents=True)
        for name in names:
            path = shared / folder / name
            if not path.is_file():
                pytest.skip(f"needs {folder}/{name} of the public data")
            shutil.copy(path, into / name)
    with dashboard(REPOSITORY / "data" / "atlas", {"XDG_CACHE_HOME": str(cache)}) as where:
        yield where


def test_imatinib_is_lit_on_every_map_and_leads_to_gene_network_and_files(visit, address):
    page = visit(address)
    tab = page.tab
    tab.goto(f"{address}/Drugs")
    field = tab.get_by_label("Compound", exact=True)
    field.wait_for(timeout=60_000)
    field.fill("imatinib")
    field.press("Enter")
    tab.get_by_role("heading", name="On every tissue's map").wait_for(timeout=400_000)
    tab.get_by_text(re.compile("Likeliest of \\d+ candidates")).wait_for()
    tab.get_by_text(re.compile("imatinib on \\d+ maps")).wait_for(timeout=60_000)
    maps = tab.locator(".st-key-drug_maps_plot")
    maps.locator("text=CSF1R").first.wait_for(timeout=60_000)
    choose(tab, "Gene", "ABL1")
    said = tab.get_by_text(re.compile("ABL1 is measured in \\d+ of 46 contexts"))
    said.wait_for(timeout=60_000)
    assert re.search(r"Not in blood", said.inner_text())  # and no map pretends it is
    _, content = take(tab, "Contexts as CSV")
    contexts = pd.read_csv(io.BytesIO(content))
    assert len(contexts) == 46
    assert contexts["p"].notna().sum() >= 3
    assert contexts.loc[contexts["measured"] < 3, "remark"].notna().all()

    choose(tab, "Gene", "CSF1R")
    context = context_labels(read_atlas(REPOSITORY / "data" / "atlas").embedding.datasets)[
        "human_pbmc4k_10x"
    ]
    choose(tab, "in", context)
    tab.get_by_role("button", name=f"Open CSF1R in {context}").click()
    tab.get_by_role("heading", name=f"CSF1R in {context}").wait_for(timeout=60_000)

    tab.goto(f"{address}/Drugs?drugs_ask=network&drug_part=around&drug_node=ABL1")
    tab.get_by_text(re.compile("Around ABL1: \\d+ compounds")).wait_for(timeout=120_000)
    _, content = take(tab, "This part as CX2")
    document = json.loads(content)
    nodes = next(part["nodes"] for part in document if "nodes" in part)
    assert "imatinib" in {node["v"]["name"] for node in nodes}
    assert page.errors == []
