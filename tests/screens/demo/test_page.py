"""The Demo page: stories of the opened atlas, and the step that stands above every page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from musegnn.analysis.neighbours.pooled_company import pooled_company
from musegnn.embeddings.atlas import Atlas, read_atlas
from musegnn.embeddings.known_names import open_search
from musegnn.lineages.result import read_lineage
from musegnn.molecules import shipped
from musegnn.molecules.property_heads import read_heads
from musegnn.molecules.shipped import read_reference
from musegnn.screens.demo import lineage_story, stories
from musegnn.screens.molecules.view import like
from musegnn.screens.molecules.view_annotation import MoleculeAnnotation
from musegnn.screens.properties import view as properties
from musegnn.screens.shell import permalink
from musegnn.screens.shell.panel_story import Story, StoryStep
from musegnn.screens.shell.screen import find_screen
from musegnn.settings import REPOSITORY
from tests.page_visits import labels, texts
from tests.ui_fixtures import make_embedding

SHIPPED = REPOSITORY / "data" / "atlas"
STORY = Story(
    "A made story",
    (
        StoryStep("Gene", "One *star*.", {"gene": "CD3E"}),
        StoryStep("Atlas", "Two.", {"gene": "ALB"}),
    ),
    make_embedding().id,
)


@pytest.fixture(scope="module")
def told():
    return stories.build(read_atlas(SHIPPED))


def test_the_shipped_atlas_tells_five_stories_whose_links_work(told):
    assert [len(story.steps) for story in told] == [5, 5, 5, 4, 4]
    known = {"contexts": read_atlas(SHIPPED).embedding.datasets.index.tolist()}
    for step in (step for story in told for step in story.steps):
        screen = find_screen(step.page)
        carried = {entry.name for entry in screen.link_fields}
        chosen = {name: value for name, value in step.fields.items() if value}
        assert set(chosen) <= carried
        query = permalink.encode(chosen, page=step.page)
        assert permalink.decode(query, known=known).messages == ()
        assert re.search(r"\*\*[-\d.]+", step.text), step.text


def test_numbers_of_a_step_are_those_of_the_atlas(told):
    atlas = read_atlas(SHIPPED)
    found = pooled_company("APOE", atlas=atlas, asked="brain").pools.set_index("pool")
    step = next(s for s in told[2].steps if s.page == "Tissues")
    assert f"**{found.loc['liver', 'to_asked']:.2f}**" in step.text
    contexts = atlas.embedding.genes.iloc[atlas.search.rows("CD3E")]["dataset"].nunique()
    assert f"**{contexts} of {len(atlas.embedding.datasets)} contexts**" in told[0].steps[0].text


def test_numbers_of_molecules_and_cells_are_those_of_their_pages(told):
    found = like("erlotinib", read_reference(), MoleculeAnnotation())
    own = found.table[found.table["vector rank"] <= 20]
    scaffolds = read_reference().molecules.table["scaffold"].iloc[[found.asked.row, *own["row"]]]
    n_other = int((scaffolds.iloc[1:] != scaffolds.iloc[0]).sum())
    structure, assays = told[3].steps[:2]
    assert f"**{n_other} of the 20 nearest**" in structure.text
    asked = properties.ask(properties.as_lines(assays.fields["properties_of"]), read_heads())
    row = asked.foresight.classes.set_index("assay").loc["EGFR"]
    assert f"**{row['probability']:.2f}**" in assays.text
    lineage = read_lineage(SHIPPED.parent / "lineages" / "pancreas")
    assert f"**{lineage.n_rising:,} of {lineage.n_tested:,} genes**" in told[4].steps[0].text
    gene = told[4].steps[1].fields["cell_gene"]
    assert gene in lineage.shown_genes


def test_a_program_without_molecules_or_a_lineage_tells_the_other_stories(monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    monkeypatch.setattr(lineage_story, "SHIPPED", tmp_path)
    told = stories.build(read_atlas(SHIPPED))
    assert len(told) == 3


def test_an_atlas_without_its_genes_tells_nothing():
    embedding = make_embedding()
    genes = embedding.genes
    is_asked = genes["ortholog"].isin(["CD3E", "INS", "APOE", "GSTM1", "EGFR"])
    is_kept = ~(is_asked | (genes["tissue"] == "pancreas")).to_numpy()
    part = embedding.part(is_kept.nonzero()[0])
    assert stories.build(Atlas(part, open_search(part, None))) == ()


def test_the_page_offers_what_can_be_told_or_says_what_it_takes(open_page):
    page = open_page("20_Demo")
    assert not page.exception
    assert not page.error
    assert "Tell it" in labels(page) or "No story can be told" in texts(page)


def test_the_step_stands_above_a_page_until_the_story_ends(open_page):
    page = open_page("3_Gene", session={"story": STORY, "story_place": 0})
    assert not page.exception
    assert "**A made story**, 1 of 2. One *star*." in texts(page)
    assert page.button(key="story_back").disabled
    assert "Show Gene" not in labels(page)
    page.button(key="story_end").click().run()
    assert not page.exception
    assert "A made story" not in texts(page)


def test_another_page_offers_the_way_back_to_the_step(open_page):
    page = open_page("3_Gene", session={"story": STORY, "story_place": 1})
    assert "2 of 2" in texts(page)
    assert "Show Atlas" in labels(page)
    assert page.button(key="story_next").disabled
    page.button(key="story_back").click().run().run()
    assert not page.exception
    assert "1 of 2" in texts(page)
    assert page.session_state["field:gene"].upper() == "CD3E"


def test_a_name_that_no_link_can_carry_stops_no_story(open_page):
    odd = replace(STORY, steps=(STORY.steps[0], StoryStep("Gene", "Odd.", {"k": "many"})))
    page = open_page("3_Gene", session={"story": odd, "story_place": 0})
    page.button(key="story_next").click().run().run()
    assert not page.exception
    assert "Odd." in texts(page)


def test_numbers_of_another_atlas_are_not_told(open_page):
    other = replace(STORY, atlas="of another atlas")
    page = open_page("3_Gene", session={"story": other, "story_place": 0})
    assert not page.exception
    assert "A made story" not in texts(page)
