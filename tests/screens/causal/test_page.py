import pytest

from tests.page_visits import labels, picture_file, texts, visit_page

INS = {"gene": "INS", "dataset": "pancreas_human", "causal_k": "22"}


@pytest.fixture
def open_page(monkeypatch, causal_atlas, causal_knowledge, tmp_path):
    """Run the page alone on the synthetic atlas, with regulation or without."""

    def run(query=None, session=None, knowledge=causal_knowledge, folder=causal_atlas):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(folder))
        monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
        monkeypatch.setenv("MUSEGNN_LINKS", str(tmp_path / "links"))
        return visit_page("8_Causal", query=query, session=session)

    return run


def clean(page):
    return not page.exception and not page.error


def table(page, column):
    """The first table on the page that has a column."""
    return next(item.value for item in page.dataframe if column in item.value)


def test_empty_page_says_what_to_do(open_page):
    page = open_page()
    assert clean(page)
    assert "Type a gene on the left" in texts(page)
    assert "Every edge opens its evidence" in texts(page)


def test_a_gene_gets_its_network_regulators_rules_and_methods(open_page):
    page = open_page(INS)
    assert clean(page)
    assert page.subheader[0].value.startswith("INS and its 22 nearest in Pancreas, human: ")
    edges = table(page, "verdict")
    assert set(edges["kind"]) == {"curated"}
    assert {"established", "contradicted"} <= set(edges["verdict"])
    assert "A point is a gene of Pancreas, human, 10x 3' v2, 2,126 cells" in texts(page)
    assert "This network has circles" in texts(page)
    assert "MAFA" in set(table(page, "odds_ratio")["regulator"])
    assert "p_network" in table(page, "p_network")
    for words in ("Fisher's exact test", "1 opposite sign: contradicted", "What is assumed"):
        assert words in texts(page)
    downloads = {item.label for item in page.get("download_button")}
    assert {"Edges as CSV", "Network as GraphML", "Network as SIF"} <= downloads
    assert "Network as CX2" in downloads
    picture = picture_file(page, "causal_network")
    assert picture["format"] == "svg"
    assert "_causal-" in picture["filename"]


def test_queries_confidence_and_kinds_change_the_network_and_the_link(open_page):
    page = open_page({**INS, "causal_confidence": "A"})
    few = (table(page, "verdict")["kind"] == "curated").sum()
    page.selectbox(key="_causal_confidence").set_value("E").run()
    assert page.query_params["causal_confidence"] == "E"
    assert (table(page, "verdict")["kind"] == "curated").sum() > few
    page.selectbox(key="_causal_query").set_value("connect").run()
    assert page.query_params["causal_query"] == "connect"
    assert clean(page)
    kinds = open_page({**INS, "causal_kinds": "curated"})
    assert set(table(kinds, "verdict")["kind"]) == {"curated"}


def test_co_expression_comes_by_a_switch_that_the_link_keeps(open_page):
    page = open_page(INS)
    curated = table(page, "verdict")
    switch = page.toggle(key="_causal_co_expression")
    assert not switch.value
    switch.set_value(True).run()
    assert clean(page)
    both = table(page, "verdict")
    added = both[both["kind"] == "co-expressed"]
    assert len(both) == len(curated) + len(added)
    assert page.query_params["causal_kinds"] == "curated,inferred,co-expressed"
    page = open_page(dict(page.query_params))
    assert page.toggle(key="_causal_co_expression").value
    assert len(table(page, "verdict")) == len(both)
    page.toggle(key="_causal_co_expression").set_value(False).run()
    assert "causal_kinds" not in page.query_params
    assert f"{len(added)} co-expressed pairs hidden" in texts(page)


def test_without_regulation_co_expression_is_what_there_is(open_page, tmp_path):
    page = open_page(INS, knowledge=tmp_path / "none")
    assert set(table(page, "verdict")["kind"]) == {"co-expressed"}
    assert page.toggle(key="_causal_co_expression").value


def test_partners_of_a_gene_are_added(open_page):
    page = open_page({**INS, "causal_query": "connect"})
    before = page.subheader[0].value
    page.selectbox(key="_causal_around_box").set_value("PAX6").run()
    assert clean(page)
    assert page.query_params["causal_around"] == "PAX6"
    assert page.subheader[0].value != before
    assert "NOTHERE" in set(table(page, "verdict")["regulator"])


def test_edges_are_inferred_on_request(open_page, work_here):
    page = open_page(INS)
    assert "none inferred yet" in texts(page)
    page.button(key="causal_infer").click().run()
    assert clean(page)
    assert "edges. PC (causal-learn)" in texts(page)
    inferred = table(page, "verdict")
    inferred = inferred[inferred["kind"] == "inferred"]
    assert ("MAFB", "IAPP") in set(zip(inferred["regulator"], inferred["target"], strict=True))
    assert set(inferred["verdict"]) == {"suggested"}
    assert "over the 800 cells of pancreas_human" in texts(page)
    assert "Infer edges here" not in labels(page)
    # another question has no inferred edges
    page.selectbox(key="_causal_query").set_value("all").run()
    assert "inferred" in set(table(page, "verdict")["kind"])
    page.slider(key="_causal_k").set_value(15).run()
    assert "inferred" not in set(table(page, "verdict")["kind"])
    # the same question, asked by somebody else, has its answer
    other = open_page(INS)
    assert "edges. PC (causal-learn)" in texts(other)
    assert len(list(work_here.glob("*-inference-*"))) == 1


def test_directions_give_activation_scores(open_page):
    page = open_page(INS)
    assert "z" not in table(page, "odds_ratio").columns
    page.text_area(key="_causal_directions").set_value("GCG +\nPCSK1 +\nG6PC2 -").run()
    assert clean(page)
    assert "Directions: 3 of" in texts(page)
    assert "state" in table(page, "odds_ratio").columns


def test_without_regulation_the_page_says_how_to_get_it(open_page, tmp_path):
    page = open_page(INS, knowledge=tmp_path)
    assert clean(page)
    assert "musegnn knowledge fetch collectri" in texts(page)
    assert set(table(page, "verdict")["kind"]) == {"co-expressed"}
    assert "This needs a table of regulation" in texts(page)


def test_a_context_without_correlations_asks_for_counts(open_page):
    page = open_page({"gene": "CD3E", "dataset": "blood_human"})
    assert clean(page)
    assert "Give the counts of this context below" in texts(page)
    assert page.button(key="causal_infer").disabled


def test_a_list_over_several_contexts_asks_for_one(open_page):
    page = open_page({"causal_kind": "list"}, session={"list_text": "INS GCG IAPP PAX6 MAFA CD3E"})
    assert clean(page)
    chooser = page.selectbox(key="_causal_dataset")
    assert any(option.startswith("Pancreas, mouse") for option in chooser.options)
    chooser.set_value("pancreas_human").run()
    assert "A point is a gene of Pancreas, human, 10x 3' v2, 2,126 cells" in texts(page)


def test_mouse_contexts_have_no_human_regulation(open_page):
    page = open_page({"gene": "Ins2", "dataset": "pancreas_mouse"})
    assert clean(page)
    assert "in mouse is at hand" in texts(page)


def test_a_damaged_file_of_correlations_is_explained(open_page, causal_atlas, tmp_path):
    import shutil

    folder = tmp_path / "broken"
    shutil.copytree(causal_atlas, folder)
    (folder / "correlations" / "pancreas_human.npz").write_bytes(b"PK")
    page = open_page(INS, folder=folder)
    assert not page.exception
    assert "correlations of possible causes" in page.error[0].value
    assert "Infer edges here" not in labels(page)
