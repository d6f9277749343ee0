import io

import pandas as pd
import pytest

from musegnn.screens.shell.named_selections import NamedSelections
from musegnn.screens.shell.panel_figure import SAVED_BY_CAMERA
from musegnn.screens.shell.selection import Selection, SelectionHistory
from tests.command_line import musegnn
from tests.module_knowledge import LIBRARY
from tests.page_visits import labels, picture_file, texts, visit_page
from tests.ui_fixtures import ensembl_id

INS = {"gene": "GCG", "dataset": "pancreas_human"}
ISLET = ("GCG", "TTR", "CHGA", "CHGB", "IAPP", "PCSK1", "SCG5")


@pytest.fixture
def open_page(monkeypatch, atlas_folder, module_knowledge, tmp_path):
    """Run the page alone on the synthetic atlas and annotation."""

    def run(query=None, session=None, knowledge=module_knowledge):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
        monkeypatch.setenv("MUSEGNN_LINKS", str(tmp_path / "links"))
        return visit_page("7_Enrichment", query=query, session=session)

    return run


def clean(page):
    return not page.exception and not page.error


def assert_saves(page, key, what):
    """The camera button of a picture gives a vector file that says what it is."""
    assert picture_file(page, key)["format"] == "svg"
    assert what in picture_file(page, key)["filename"]
    assert SAVED_BY_CAMERA in texts(page)


def test_empty_page_says_what_to_do_and_offers_examples(open_page):
    page = open_page()
    assert clean(page)
    assert "Type a gene on the left" in texts(page)
    example = next(b for b in page.button if b.key.startswith("enrichment_example_"))
    example.click().run()
    assert clean(page)
    assert "nearest in" in page.subheader[0].value


def test_neighbours_of_a_gene_have_their_terms_with_test_and_background(open_page):
    page = open_page(INS)
    assert clean(page)
    assert page.subheader[0].value == "GCG and its 50 nearest in Pancreas, human"
    assert "genes of GCG and its 50 nearest in Pancreas, human, 10x 3' v2, 2,126" in texts(page)
    assert "terms** are enriched" in texts(page)
    table = page.dataframe[0].value
    assert table["term"][0] in {"islet", "islet again"}
    for words in ("hypergeometric", "N = ", "set n = 50", "Benjamini-Hochberg", "release 2016"):
        assert words in texts(page)
    assert {f"All {n} terms as CSV" for n in range(20)} & {
        b.label for b in page.get("download_button")
    }
    assert_saves(page, "terms_plot", "enriched-terms")


def test_redundant_terms_can_be_listed(open_page):
    page = open_page(INS)
    n_kept = len(page.dataframe[0].value)
    page.toggle(key="with_redundant").set_value(True).run()
    assert clean(page)
    assert len(page.dataframe[0].value) > n_kept
    assert "represented_by" in page.dataframe[0].value


def test_page_and_command_line_give_the_same_numbers(open_page, atlas_folder):
    page = open_page(INS)
    page.toggle(key="with_redundant").set_value(True).run()
    shown = page.dataframe[0].value
    answer = musegnn(
        *("enrich", atlas_folder, "--neighbours", "GCG", "--context", "pancreas_human"),
        *("--library", LIBRARY, "--csv"),
    )
    assert answer.code == 0
    printed = pd.read_csv(io.StringIO(answer.out))
    assert printed["term"].tolist() == shown["term"].tolist()
    for column in ("hits", "size", "fold", "odds_ratio", "p", "q", "matched_hits"):
        assert printed[column].to_numpy() == pytest.approx(
            shown[column].to_numpy(), rel=1e-12, nan_ok=True
        )
    assert printed["represented_by"].tolist() == shown["represented_by"].tolist()


def test_link_opens_the_view_it_was_copied_from(open_page):
    query = {
        "enrichment_kind": "cluster",
        "cluster": "1",
        "enrichment_context": "blood_human",
        "background": "atlas",
        "smallest": "6",
        "overlap": "0.3",
        "library": LIBRARY,
    }
    page = open_page(query)
    assert clean(page)
    assert page.subheader[0].value == "cluster 1 in Blood, human"
    assert "all genes of the atlas" in texts(page)
    assert "Terms with 6 to 500" in texts(page)
    assert dict(page.query_params).items() >= query.items()


@pytest.mark.parametrize(
    "query",
    [
        {"library": "../../etc/passwd"},
        {"library": "nothing"},
        {"enrichment_kind": "guess"},
        {"enrichment_kind": "cluster", "cluster": "99"},
        {"enrichment_kind": "saved selection", "enrichment_saved": "<b>gone</b>"},
        {"enrichment_k": "-5"},
        {"smallest": "1e9"},
        {"ask": "everything"},
        {"background": "list", "others": "0" * 24},
        {"ask": "ranking", "ranking": "list", "ranks": "f" * 24},
        {"gene": "TP-53"},
        {"gene": "ALB", "dataset": "heart_mouse"},
    ],
)
def test_odd_links_do_no_harm(open_page, query):
    page = open_page(query)
    assert not page.exception
    assert "could not be drawn" not in texts(page)


def test_pasted_list_reports_three_classes(open_page):
    page = open_page({"enrichment_kind": "list", "enrichment_context": "spleen_mouse"})
    assert "Paste a list" in texts(page)
    page.text_area(key="_enrichment_list").set_value("CD3E, INS\nALB nonsense").run()
    assert clean(page)
    report = page.info[0].value
    assert "List: 2 of 4 names used." in report
    assert "Known, not in Spleen, mouse (1): ALB." in report
    assert "Unknown (1): nonsense" in report
    assert "t_cell" in set(page.dataframe[0].value["term"])


def test_list_of_junk_only_is_said_and_asks_for_genes(open_page):
    page = open_page({"enrichment_kind": "list"})
    page.text_area(key="_enrichment_list").set_value("=cmd() \x01 ??? nonsense").run()
    assert not page.exception
    assert "0 of" in page.warning[0].value
    assert len(page.dataframe) == 0


def test_selection_and_saved_selection_can_be_asked(open_page, atlas):
    page = open_page({"enrichment_kind": "selection"})
    assert "Nothing is selected" in texts(page)
    assert "Select on the Atlas" in labels(page)
    page.selectbox(key="_enrichment_kind").set_value("saved selection").run()
    assert "No selection is saved yet" in texts(page)
    rows = atlas.rows_of_dataset("liver_human")
    liver = rows[(atlas.genes["cluster"].to_numpy()[rows] == "4")]
    atlas_id = page.session_state["history_of"]
    page.session_state["history"] = SelectionHistory((Selection(liver, "lasso"),))
    saved = NamedSelections().save("my <liver>", Selection(liver, ""))
    page.session_state[f"named:{atlas_id}"] = saved
    page.run()
    assert page.subheader[0].value == r"my \<liver>"
    assert page.dataframe[0].value["term"][0] == "liver"
    page.selectbox(key="_enrichment_kind").set_value("selection").run()
    assert clean(page)
    assert page.subheader[0].value == "selection: lasso"


def test_saved_selections_with_like_names_are_told_apart(open_page, atlas):
    page = open_page({"enrichment_kind": "saved selection"})
    atlas_id = page.session_state["history_of"]
    named = NamedSelections()
    for number in (1, 2):
        rows = atlas.rows_of_dataset("liver_human")[: 10 * number]
        named = named.save(f"{'a long name of a selection ' * 2}{number}", Selection(rows, ""))
    page.session_state[f"named:{atlas_id}"] = named
    page.run()
    for name in named.names:
        page.selectbox(key="_enrichment_saved").set_value(name).run()
        assert clean(page)
        assert page.subheader[0].value == name


def test_background_can_be_pasted(open_page):
    page = open_page({**INS, "background": "list"})
    assert "found none in the list" in page.error[0].value
    page.text_area(key="_others_text").set_value("INS GCG TTR CHGA CD3E CD4 ALB").run()
    assert clean(page)
    assert "the genes of a pasted list that this atlas has, N = 6" in texts(page)
    assert len(page.query_params["others"]) == 24


def test_terms_in_every_context(open_page):
    page = open_page({**INS, "ask": "contexts"})
    assert clean(page)
    table = page.dataframe[0].value
    assert table["context"].nunique() == 6
    assert "pairs of term and context" in texts(page)
    assert_saves(page, "bubbles", "terms-in-contexts")
    page.segmented_control(key="_take").set_value("its own genes there").run()
    assert clean(page)
    assert page.query_params["take"] == "its own genes there"


def test_terms_along_a_ranking(open_page):
    page = open_page({"gene": "CD3E", "dataset": "blood_human", "ask": "ranking"})
    assert clean(page)
    assert page.subheader[0].value == "Ranked by cosine to CD3E in Blood, human"
    assert page.dataframe[0].value["term"][0] == "t_cell"
    assert_saves(page, "running_score", "running-score-t-cell")
    page.segmented_control(key="_ranking").set_value("list").run()
    assert "each with a number" in texts(page)
    page.text_area(key="_ranks_text").set_value("CD3E 1\nCD4 2").run()
    assert "at least 20 lines" in page.error[0].value
    assert not page.exception


def test_activity_in_every_context(open_page):
    page = open_page({"ask": "activity"})
    assert clean(page)
    assert page.subheader[0].value == "Regulators in every context"
    assert_saves(page, "activity_heatmap", "activity")
    assert set(page.dataframe[0].value["source"]) == {"PDX1", "GATA3", "HNF4A", "GATA4"}
    page.segmented_control(key="_network").set_value("pathways").run()
    assert clean(page)
    assert set(page.dataframe[0].value["source"]) == {"NFkB", "Hypoxia"}


def test_without_annotation_the_page_asks_for_a_file(open_page, tmp_path):
    page = open_page(INS, knowledge=tmp_path / "none")
    assert not page.exception
    assert "Upload gene sets" in texts(page)
    assert any("**Get the rest**" in fold.label for fold in page.expander)
    page.segmented_control(key="_ask").set_value("activity").run()
    assert "folder of annotation" in page.error[0].value


def test_own_file_is_used_and_a_hostile_one_refused(open_page):
    own = b"mine\t\tGCG\tTTR\tCHGA\tCHGB\tIAPP\tPCSK1\n"
    session = {"library_is_own": True, "own_library": ("../my sets.gmt", own)}
    page = open_page(INS, session=session)
    assert clean(page)
    assert page.dataframe[0].value["term"].tolist() == ["mine"]
    assert "my-sets.gmt" in texts(page)
    hostile = b"=cmd|' /C calc'!A0\t\tGCG\n"
    page = open_page(INS, session={**session, "own_library": ("bad.gmt", hostile)})
    assert not page.exception
    assert "a spreadsheet would run" in page.error[0].value
    assert len(page.dataframe) == 0


def test_names_of_an_own_file_are_told_and_led_to_genes(open_page):
    ids = [ensembl_id(name, name, "human") for name in ISLET]
    own = ("mine\tna\t" + "\t".join([*(f"{name}.4" for name in ids), "FOO1"]) + "\n").encode()
    page = open_page(INS, session={"library_is_own": True, "own_library": ("ids.gmt", own)})
    assert clean(page)
    assert page.dataframe[0].value["term"].tolist() == ["mine"]
    assert "named by Ensembl ids: 7 of 8 names are genes of this atlas" in texts(page)
    assert "Others: 1 unknown (FOO1)." in texts(page)
    own = own.replace(b"ENSG", b"ENSDARG")
    page = open_page(INS, session={"library_is_own": True, "own_library": ("ids.gmt", own)})
    assert not page.exception
    assert "found Ensembl ids, of which it has none" in page.error[0].value


def test_genes_can_be_lit_on_the_atlas(open_page):
    page = open_page(INS)
    page.button(key="light_set").click().run()
    assert not page.exception
    assert len(page.session_state["history"].current) == 51


@pytest.mark.parametrize("question", ["ranking", "activity"])
def test_a_question_about_all_genes_tells_of_the_set_that_was_sent(open_page, question):
    session = {"history": SelectionHistory((Selection(list(range(30)), "drawn"),))}
    page = open_page({"ask": question, "enrichment_kind": "selection"}, session=session)
    assert not page.exception
    assert "Your selection of 30 points" in "\n".join(item.value for item in page.info)
    other = open_page({"ask": "terms", "enrichment_kind": "selection"}, session=session)
    assert "Your selection of 30 points" not in "\n".join(item.value for item in other.info)
