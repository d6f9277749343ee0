"""A drug on every map, walked in a browser: from its name to a gene, the network and files."""

import io
import json
import re
import shutil

import networkx as nx
import pandas as pd
import pytest
from playwright.sync_api import expect

from musegnn.embeddings.atlas import read_atlas
from musegnn.embeddings.context_names import context_labels
from tests.conftest import REPOSITORY
from tests.drug_folder import write_drugs
from tests.e2e.browser import annotated_dashboard, ask, choose, dashboard, settle, take

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


UP = ("HMOX1", "HSPA1A", "DNAJB1", "HSPA8")
DOWN = ("CCNB1", "CCNA2", "CDK1", "TOP2A")
# invented genes of the planted drugs by what they are called here: the first family of compounds
# raises the first four and lowers the next four
NAMED = {
    **{f"G{at}": gene for at, gene in enumerate((*DOWN, *UP))},
    "KIN1": "ABL1",
    "KIN2": "CSF1R",
    "KIN3": "KIT",
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
    ask(tab, "Compound", "imatinib")
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


def test_what_ships_leads_from_a_drug_to_what_is_known_of_its_target_and_back(visit, shipped):
    page = visit(shipped)
    tab = page.tab
    tab.goto(f"{shipped}/Drugs")
    ask(tab, "Compound", "imatinib")
    tab.get_by_text(re.compile("Likeliest of \\d+ candidates: .*ABL1")).wait_for(timeout=60_000)
    maps = tab.locator(".st-key-drug_maps_plot")
    maps.locator("text=ABL1").first.wait_for(timeout=60_000)
    expect(maps.get_by_text("Lung tumour lines, human")).to_have_count(1)
    tab.get_by_text(re.compile("ABL1 is measured in 5 of 46 contexts: .*Not in blood")).wait_for()
    choose(tab, "in", "Lung tumour lines, human", exact=False)
    tab.get_by_role("button", name=re.compile("^Open ABL1 in Lung tumour lines")).click()
    tab.get_by_role("heading", name="ABL1 in Lung tumour lines, human").wait_for(timeout=60_000)

    tab.get_by_role("button", name="What is known of it").click()
    tab.get_by_role("heading", name="What is known of ABL1, kind by kind").wait_for(timeout=60_000)
    bars = tab.locator(".st-key-modalities .js-plotly-plot")
    bars.wait_for(timeout=60_000)
    settle(tab)
    names = bars.locator(".ytick").all_text_contents()
    _, content = take(tab, "Modalities as CSV")
    modalities = pd.read_csv(io.BytesIO(content))
    assert set(names) == set(modalities["modality"])
    assert {"GO", "pathways", "interactions"} <= set(names)
    _, content = take(tab, "Agreement as CSV")
    agreement = pd.read_csv(io.BytesIO(content))
    assert {"cosine in GO", "cosine in pathways"} <= set(agreement.columns)
    _, content = take(tab, "Neighbours as CSV")
    assert list(agreement["gene"]) == list(pd.read_csv(io.BytesIO(content))["gene"])
    assert "ABL2" in set(agreement["gene"])

    tab.get_by_role("button", name="Back to the usual atlas").click()
    tab.get_by_role("heading", name=re.compile("^ABL1 in (?!Fused)", re.IGNORECASE)).wait_for(
        timeout=60_000
    )
    tab.get_by_role("link", name="Drugs", exact=True).click()
    tab.get_by_text(re.compile("Likeliest of \\d+ candidates: .*ABL1")).wait_for(timeout=60_000)
    assert page.errors == []


def test_what_ships_leads_from_a_signature_to_targets_of_what_reverses_it(visit, shipped):
    page = visit(shipped)
    tab = page.tab
    compounds = compare(tab, shipped)
    assert compounds["targets"].isna().all()  # no table tells them
    name = compounds["name"].iloc[-1]
    tab.get_by_role("button", name=f"Targets of {name}", exact=True).click()
    tab.get_by_role("heading", name=name, exact=True).wait_for(timeout=60_000)
    tab.locator(".st-key-drug_maps_plot .js-plotly-plot").wait_for(timeout=60_000)
    settle(tab)
    tab.go_back()
    tab.get_by_role("button", name=f"Targets of {name}", exact=True).wait_for(timeout=60_000)
    for label, genes in (("Genes up", UP), ("Genes down", DOWN)):
        expect(tab.get_by_label(label, exact=True)).to_have_value(" ".join(genes))
    expect(tab.locator("[data-testid=stAlertContentError]")).to_have_count(0)
    assert page.errors == []


@pytest.fixture(scope="module")
def planted(browser, tmp_path_factory):
    """The atlas that ships with a small folder of drugs, from which targets are learned at once."""
    cache = tmp_path_factory.mktemp("cache")
    folder = REPOSITORY / "data" / "atlas"
    with annotated_dashboard(folder, cache, lambda place: write_drugs(place, NAMED)) as where:
        yield where


def test_a_signature_leads_to_the_network_around_what_reverses_it(visit, planted):
    page = visit(planted)
    tab = page.tab
    compounds = compare(tab, planted)
    name = compounds["name"].iloc[-1]
    assert name.startswith("kinol")
    assert "ABL1" in compounds["targets"].iloc[-1]
    tab.get_by_role("button", name=f"{name} in the network", exact=True).click()
    tab.get_by_text(re.compile(f"Around {re.escape(name)}: ")).first.wait_for(timeout=60_000)
    settle(tab)
    file, content = take(tab, "This part as GraphML")
    assert file.endswith(".graphml")
    network = nx.read_graphml(io.BytesIO(content))
    (own,) = [node for node, told in network.nodes(data=True) if told["name"] == name]
    targets = {network.nodes[node]["name"] for node in nx.all_neighbors(network, own)}
    assert "ABL1" in targets
    assert nx.is_connected(nx.Graph(network))
    assert page.errors == []


def compare(tab, address):
    """Ask about own lists of genes; return all compounds as they are saved."""
    tab.goto(f"{address}/Drugs?drugs_ask=signature")
    for label, genes in (("Genes up", UP), ("Genes down", DOWN)):
        box = tab.get_by_label(label, exact=True)
        box.wait_for(timeout=60_000)
        box.fill(" ".join(genes))
        box.press("Control+Enter")
        settle(tab)
    tab.get_by_text("4 genes up and 4 down: 8 of 8 genes are measured.").wait_for(timeout=60_000)
    _, content = take(tab, "All compounds as CSV")
    compounds = pd.read_csv(io.BytesIO(content))
    assert compounds["cosine"].is_monotonic_decreasing
    assert compounds["cosine"].iloc[0] > 0.3 > -0.3 > compounds["cosine"].iloc[-1]
    told = f"{compounds['name'].iloc[0]} mimics the signature best .* {compounds['name'].iloc[-1]}"
    tab.get_by_text(re.compile(f"{told} reverses it most")).wait_for()
    return compounds
