"""A drug on every tissue's map: the section of the page, its choices, its ways on, its picture."""

from __future__ import annotations

import numpy as np
import pandas as pd

from musegnn.analysis.labels.set_on_maps import maps_of, place_on_maps
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.drugs import view_maps
from musegnn.screens.drugs.figure_maps import plot_lit_maps
from musegnn.screens.shell.theme import LIGHT
from musegnn.targets.lit import LitGenes
from tests.page_visits import labels, picture_file, texts
from tests.ui_fixtures import MODULES

PAGE = "14_Drugs"
NAMED = {"KIN1": "INS", "KIN2": "GCG", "KIN3": "SST", "ADR1": "CD3E", "ADR2": "ALB"}


def test_targets_light_up_on_every_map_with_a_way_to_gene_and_atlas(open_drugs_page):
    page = open_drugs_page({"drug": "kinol 0", "drug_from": "0.02"})
    assert not page.exception
    assert not page.error
    assert "On every tissue's map" in [entry.value for entry in page.subheader]
    said = texts(page)
    assert "6 maps" in said
    assert "INS is measured in 6 of 6 contexts" in said
    picture = picture_file(page, "drug_maps_plot")
    assert picture["format"] == "svg"
    downloads = [button.label for button in page.get("download_button")]
    assert {"Contexts as CSV", "Places as CSV", "Company as CSV"} <= set(downloads)
    contexts = next(t.value for t in page.dataframe if "company" in t.value)
    assert len(contexts) == 6
    assert any(label.startswith("Light ") and "on the Atlas" in label for label in labels(page))
    (place,) = [box for box in page.selectbox if box.label == "in"]
    place.set_value("pancreas_mouse").run()
    assert not page.exception
    assert any(label.startswith("Open Ins") for label in labels(page))
    page.button(key="drug_maps_gene").click().run()
    assert page.session_state["field:dataset"] == "pancreas_mouse"
    assert page.session_state["field:gene"].startswith("Ins")
    page = open_drugs_page({"drug": "kinol 0"})
    page.button(key="drug_maps_atlas").click().run()
    assert "INS" in page.session_state["list_text"].split(",")


def test_known_ones_alone_and_where_no_gene_of_the_link_is(open_drugs_page):
    page = open_drugs_page({"drug": "kinol 0", "drug_which": "first", "drug_gene": "NOSUCH"})
    assert not page.exception
    genes = next(t.value for t in page.dataframe if "weight" in t.value)
    assert set(genes["kind"]) == {"known"}
    assert set(genes["gene"]) == {"INS", "GCG"}
    assert "cannot be said" in texts(page)  # two genes are no neighbourhood
    (gene,) = [box for box in page.selectbox if box.label == "Gene"]
    assert gene.value in {"INS", "GCG"}


def test_a_signature_lights_its_own_genes_without_tables_of_drugs(open_page):
    up = "TOP2A CDK1 CCNB1 AURKA PLK1 HSPA1A"
    page = open_page(
        PAGE,
        query={"drugs_ask": "signature"},
        session={"drugs_up": up, "drugs_down": "COL1A1 MMP2"},
    )
    assert not page.exception
    assert not page.error
    genes = next(t.value for t in page.dataframe if "weight" in t.value)
    assert set(genes["kind"]) == {"up", "down"}
    assert "Filled: up; open: down" in texts(page)
    company = next(t.value for t in page.dataframe if "where" in t.value)["where"]
    files = set(page.session_state["context_names"])
    assert len(company)
    assert not any(name in files for said in company for name in said.split("; "))


def test_the_picture_has_a_map_a_context_and_every_gene_once(atlas):
    whole = Atlas(atlas, GeneSearch(atlas))
    genes = [*MODULES["islet"].split()[:5], "NOSUCH"]
    table = pd.DataFrame(
        {"gene": genes, "weight": [1, 0.5, 0.2, 0.1, np.nan, 0.3], "kind": "known"}
    )
    table.loc[1, "kind"] = "predicted"
    lit = LitGenes("<b>drug</b>", table, rivals=tuple(genes))
    maps = maps_of(whole)
    found = view_maps.find_on_maps(lit, atlas=whole, maps=maps)
    view = view_maps.build_maps(lit, found, embedding=atlas)
    behind = view_maps.background_of(view, maps, atlas=whole)
    figure = plot_lit_maps(
        view.maps,
        view.places,
        behind.points,
        span=(behind.low, behind.high),
        chosen=("INS", "pancreas_human"),
        on=LIGHT,
    )
    assert len(figure.data) == len(view.maps) == len(figure.layout.images) == 6
    assert sum(len(trace.x) for trace in figure.data) == len(view.places)
    by_map = {str(trace.customdata[0][1]): trace for trace in figure.data}
    own = view.places[view.places["context"] == "pancreas_human"]
    colours = by_map["pancreas_human"].marker.color
    for gene, kind, colour in zip(own["gene"], own["kind"], colours, strict=True):
        assert (colour == LIGHT.background) == (kind == "predicted")
        assert (colour == LIGHT.accent) == (gene == "INS")
    assert "NOSUCH" in " ".join(view.remarks)
    assert view_maps.where_is(view, "NOSUCH") == "NOSUCH is measured in none of 6 contexts."
    again = place_on_maps(table, atlas=whole, maps=maps, rivals=tuple(genes))
    assert again.contexts["p"].equals(found.contexts["p"])
