import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from musegnn.screens.shell.selection import Selection, SelectionHistory
from tests.page_visits import labels, texts
from tests.ui_fixtures import make_graph

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("1_Home", "2_Atlas", "3_Gene")
TIMEOUT = 60  # seconds; the first page of a process imports everything


@pytest.mark.parametrize("name", PAGES)
def test_page_is_drawn_and_says_what_is_loaded(open_page, name):
    page = open_page(name)
    assert not page.exception
    assert not page.error
    assert len(page.title) == 1
    sidebar = "\n".join(item.value for item in (*page.sidebar.markdown, *page.sidebar.caption))
    assert "synthetic-atlas" in sidebar
    assert "6 contexts" in sidebar
    assert any("3f9a2c7d" in item.help for item in page.sidebar.caption)


def test_home_lists_every_context_and_the_steps_of_a_visit(open_page, atlas):
    page = open_page("1_Home")
    assert len(page.dataframe[0].value) == len(atlas.datasets)
    n_steps = sum(item.value.startswith(f"**{i}. ") for i in range(1, 20) for item in page.markdown)
    assert f"first visit in {n_steps} steps" in texts(page)
    assert n_steps >= 4
    assert {"Open the Atlas", "Look up a gene"} <= set(labels(page))
    assert [metric.value for metric in page.metric] == [
        f"{len(atlas.genes):,}",
        "6",
        str(atlas.genes["common_gene"].nunique()),
    ]


def test_buttons_of_a_page_that_runs_alone_say_how_to_start_all(open_page):
    page = open_page("1_Home")
    page.button(key="to_atlas").click().run()
    assert not page.exception
    assert "streamlit run app.py" in texts(page)


def test_atlas_starts_empty_with_a_hint(open_page, atlas):
    page = open_page("2_Atlas")
    assert page.subheader[0].value == "Nothing selected yet"
    assert "lasso" in texts(page)
    assert len(page.dataframe) == 0
    n = f"{len(atlas.genes):,}"
    assert f"Drawn: {n} of {n} points" in texts(page)


def test_typed_gene_is_listed_in_all_its_contexts(open_page, atlas):
    page = open_page("2_Atlas")
    page.text_input(key="_gene").set_value("cd3e").run()
    assert page.subheader[0].value == "CD3E: 6 genes in context"
    table = page.dataframe[0].value
    assert sorted(table["context"]) == sorted(atlas.datasets.index)
    assert page.query_params["gene"] == "cd3e"


def test_unknown_gene_offers_the_nearest_names(open_page):
    page = open_page("2_Atlas")
    page.text_input(key="_gene").set_value("TP-53").run()
    assert "not a gene name known here" in page.info[0].value
    page.button(key="choice_TP53").click().run()
    assert page.subheader[0].value.startswith("TP53:")


def test_link_opens_the_view_it_was_copied_from(open_page):
    page = open_page("2_Atlas", query={"gene": "INS", "colour": "cluster"})
    assert page.selectbox(key="_colour").value == "cluster"
    assert page.text_input(key="_gene").value == "INS"
    assert page.subheader[0].value.startswith("INS:")


@pytest.mark.parametrize(
    "query",
    [
        {"colour": "no-such-colour"},
        {"gene": "<script>alert(1)</script>"},
        {"gene": "x" * 5000},
        {"dataset": "../../etc"},
        {"gene": "INS", "dataset": "nowhere"},
    ],
)
@pytest.mark.parametrize("name", ["2_Atlas", "3_Gene"])
def test_odd_links_do_no_harm(open_page, name, query):
    page = open_page(name, query=query)
    assert not page.exception
    assert not page.error


def test_pasted_list_colours_the_map_and_can_be_selected(open_page, atlas):
    page = open_page("2_Atlas")
    page.text_area(key="_list_text").set_value("CD3E, GCG xqzgene").run()
    assert page.selectbox(key="_colour").value == "my gene list"
    assert "Unknown (1): `xqzgene`" in page.info[0].value
    page.button(key="select_list").click().run()
    expected = atlas.genes["gene"].str.upper().isin(["CD3E", "GCG"]).sum()
    assert page.subheader[0].value == f"Selection: {expected} genes in context"


def test_selection_can_be_undone_and_cleared(open_page, atlas):
    page = open_page("2_Atlas")
    page.text_area(key="_list_text").set_value("CD3E").run()
    page.button(key="select_list").click().run()
    page.button(key="clear").click().run()
    assert page.subheader[0].value == "Nothing selected yet"
    page.button(key="undo").click().run()
    assert page.subheader[0].value.startswith("Selection:")
    page.button(key="undo").click().run()
    assert page.subheader[0].value == "Nothing selected yet"
    assert page.button(key="undo").disabled


def test_second_selection_joins_the_first_as_chosen(open_page, atlas):
    n_t_cell = (atlas.genes["gene"].str.upper() == "CD3E").sum()
    page = open_page("2_Atlas")
    page.text_area(key="_list_text").set_value("CD3E").run()
    page.button(key="select_list").click().run()
    page.segmented_control(key="_mode").set_value("add").run()
    page.text_area(key="_list_text").set_value("Gm1234").run()
    page.button(key="select_list").click().run()
    assert page.subheader[0].value == f"Selection: {n_t_cell + 3} genes in context"
    page.segmented_control(key="_mode").set_value("remove").run()
    page.button(key="select_list").click().run()
    assert page.subheader[0].value == f"Selection: {n_t_cell} genes in context"


def test_of_a_long_selection_the_first_rows_are_shown_and_the_rest_told(
    open_page, atlas, monkeypatch
):
    monkeypatch.setattr("musegnn.screens.atlas.panel.MOST_ROWS", 7)
    page = open_page("2_Atlas")
    page.text_area(key="_list_text").set_value(", ".join(atlas.genes["gene"][:20])).run()
    page.button(key="select_list").click().run()
    n_rows = int(page.subheader[0].value.split()[1])
    assert n_rows > 7
    said = next(c.value for c in page.caption if "in the order of the legend" in c.value)
    assert said.startswith(f"The first 7 of {n_rows} rows")
    assert said.endswith("The CSV has them all.")
    assert 7 in {len(table.value) for table in page.dataframe}


def test_selection_of_another_atlas_is_forgotten(open_page):
    history = SelectionHistory((Selection([1, 2, 3]),))
    page = open_page("2_Atlas", session={"history": history, "history_of": "another atlas"})
    assert page.subheader[0].value == "Nothing selected yet"


def test_gene_page_starts_with_examples(open_page):
    page = open_page("3_Gene")
    assert "Type a gene" in texts(page)
    example = next(button for button in page.button if button.key.startswith("example_"))
    example.click().run()
    assert not page.exception
    assert page.text_input(key="_gene").value.upper() in {example.label.upper(), "INS1", "INS2"}
    assert len(page.dataframe) == 4


def test_gene_page_shows_neighbours_and_contexts(open_page, atlas):
    page = open_page("3_Gene", query={"gene": "INS", "dataset": "pancreas_human"})
    assert page.subheader[0].value == "INS in Pancreas, human"
    neighbours, _, contexts, _ = (item.value for item in page.dataframe)
    assert len(neighbours) == 20
    assert neighbours["rank"].tolist() == list(range(1, 21))
    assert len(contexts) == 9
    assert "Light INS on the Atlas" in labels(page)


def test_evidence_of_neighbours_is_what_the_graph_of_the_context_says(open_page, atlas):
    page = open_page("3_Gene", query={"gene": "INS", "dataset": "pancreas_human", "k": "60"})
    neighbours = page.dataframe[0].value
    graph = make_graph(atlas, "pancreas_human")
    genes = graph.genes["gene"].tolist()
    edges = graph.adjacency[genes.index("INS")].toarray().ravel()
    signs = graph.significance[genes.index("INS")]
    expected = [
        "co-expressed"
        if edges[row]
        else "significant, no edge"
        if signs[row]
        else "not significant"
        for row in map(genes.index, neighbours["gene"])
    ]
    assert neighbours["evidence"].tolist() == expected
    assert set(expected) == {"co-expressed", "not significant"}


def test_only_contexts_that_have_the_gene_are_offered(open_page):
    page = open_page("3_Gene", query={"gene": "ALB"})
    assert all("human" in option for option in page.selectbox(key="_context").options)


def test_number_and_scope_of_neighbours_follow_the_controls(open_page):
    page = open_page("3_Gene", query={"gene": "CD3E", "dataset": "blood_human"})
    page.slider(key="_k").set_value(7).run()
    assert len(page.dataframe[0].value) == 7
    page.selectbox(key="_scope").set_value("all contexts").run()
    assert "context" in page.dataframe[0].value
    assert page.dataframe[0].value["context"].nunique() > 1


def test_other_context_changes_the_gene_and_the_link(open_page):
    page = open_page("3_Gene", query={"gene": "INS", "dataset": "pancreas_human"})
    box = page.selectbox(key="_context")
    box.set_value("Ins2: Spleen, mouse, Smart-seq2, 3,512 cells").run()
    assert page.subheader[0].value == "Ins2 in Spleen, mouse"
    assert page.query_params["gene"] == "Ins2"
    assert page.query_params["dataset"] == "spleen_mouse"


def test_missing_graphs_are_said_and_the_rest_still_works(open_page, atlas_without_graphs):
    page = open_page("3_Gene", folder=atlas_without_graphs, query={"gene": "CD3E"})
    assert "no `graphs` folder" in page.warning[0].value
    assert set(page.dataframe[0].value["evidence"]) == {"no graph at hand"}


def test_unexpected_error_is_a_number_that_the_log_explains(open_page, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        message = "planted"
        raise ZeroDivisionError(message)

    monkeypatch.setattr("musegnn.screens.home.view.build", fail)
    page = open_page("1_Home")
    assert not page.exception
    assert "could not be drawn" in page.error[0].value
    number = re.search(r"error ([0-9A-F]{8})\.", page.error[0].value)[1]
    shown = repr(page.main)
    assert "planted" not in shown
    assert "Traceback" not in shown
    assert "musegnn/screens" not in shown
    logged = next(record for record in caplog.records if number in record.getMessage())
    assert logged.exc_info[0] is ZeroDivisionError


def test_app_offers_the_three_pages(monkeypatch, atlas_folder):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=TIMEOUT).run()
    assert not page.exception
    assert page.title[0].value == "Genes in context"
    page.switch_page("pages/2_Atlas.py").run()
    assert page.title[0].value == "Atlas"


@pytest.mark.parametrize(
    ("step", "title", "shown"),
    [(2, "Atlas", "CD79A: "), (4, "Gene", "CD79A in "), (5, "Tissues", ""), (6, "Compare", "")],
)
def test_a_step_of_the_tour_opens_a_real_view(monkeypatch, atlas_folder, step, title, shown):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=TIMEOUT).run()
    page.button(key=f"tour_{step}").click().run()
    assert not page.exception
    assert not page.error
    assert page.title[0].value == title
    assert any(item.value.casefold().startswith(shown.casefold()) for item in page.subheader)


@pytest.mark.parametrize(
    ("label", "title", "said"),
    [
        ("Drugs of a signature", "Drugs", "Mimic"),
        ("Profiles like dexamethasone's", "Matching", "dexamethasone"),
        ("A lineage", "Lineages", "pseudotime"),
    ],
)
def test_a_step_that_needs_no_annotation_ends_in_an_answer(
    monkeypatch, atlas_folder, tmp_path, label, title, said
):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path))
    page = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=TIMEOUT).run()
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    assert not page.error
    assert page.title[0].value == title
    assert any(len(item.value) for item in page.dataframe)
    assert any(said in item.value for item in page.markdown)
