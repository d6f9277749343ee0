"""The box a gene is typed into: what it finds, what it offers, what was looked at before."""

from tests.page_visits import labels


def test_genes_that_were_looked_at_are_offered_again(open_page):
    page = open_page("3_Gene", query={"gene": "INS"})
    assert not [b for b in page.button if str(b.key).startswith("recent_")]
    page.text_input(key="_gene").set_value("ALB").run()
    assert [b.label for b in page.button if str(b.key).startswith("recent_")] == ["INS"]
    page.button(key="recent_INS").click().run()
    assert not page.exception
    assert page.text_input(key="_gene").value == "INS"
    assert [b.label for b in page.button if str(b.key).startswith("recent_")] == ["ALB"]


def test_a_name_that_begins_those_of_others_offers_them(open_page):
    page = open_page("3_Gene", query={"gene": "CD3"})
    assert not page.exception
    assert {"CD3D", "CD3G"} <= {name.upper() for name in labels(page)}


def test_examples_are_genes_of_one_kind_of_cell(open_page):
    page = open_page("3_Gene")
    offered = [b.label for b in page.button if str(b.key).startswith("example_")]
    assert offered[:3] == ["CD3E", "INS", "ALB"]
    assert len(offered) == 6
