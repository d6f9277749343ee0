"""The card of a gene: names, words, links, expression, and what is said of one that is not here."""

from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest

from musegnn import keys
from musegnn.analysis.known.knowledge_space import read_shipped_space
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.graphs.detected_shares import read_detected_shares
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.knowledge.gene_words import GeneWords, words_of_gene
from musegnn.knowledge.store import open_store
from musegnn.screens.gene.figure_expression import MOST_DOTS, plot_expression
from musegnn.screens.gene.view_card import build_absent, build_card, names_of, names_of_absent
from musegnn.screens.gene.view_links import gene_links
from musegnn.screens.shell.theme import LIGHT
from tests.page_visits import labels, texts, visit_page


@pytest.fixture(scope="module")
def opened(atlas):
    return Atlas(atlas, GeneSearch(atlas))


@pytest.fixture
def open_gene(monkeypatch, atlas_folder, knowledge_folder):
    def run(gene, dataset="", *, knowledge=knowledge_folder):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        if knowledge is None:
            monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
            monkeypatch.setenv("XDG_CACHE_HOME", str(atlas_folder / "no_cache"))
        else:
            monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(knowledge))
        query = {"gene": gene} | ({"dataset": dataset} if dataset else {})
        return visit_page("3_Gene", query=query)

    return run


def test_expression_is_that_of_the_set_and_of_the_graphs(opened, atlas_folder):
    embedding = opened.embedding
    row = embedding.row("INS", "pancreas_human")
    shares = read_detected_shares(atlas_folder / "graphs")
    card = build_card(row, atlas=opened, words=GeneWords(), shares=shares)
    table = card.expression
    assert len(table) == len(opened.search.rows("INS"))
    assert table["is_here"].sum() == 1
    for entry in table.itertuples():
        own = embedding.genes.iloc[entry.row]
        assert entry.mean_expression == own[keys.MEAN]
        genes = read_gene_graph(atlas_folder / "graphs" / f"{entry.context}.h5ad").genes
        share = genes.set_index("gene").loc[entry.gene, keys.DETECTED]
        assert entry.share == pytest.approx(100 * share)
    assert card.relatives == ("mouse: Ins1, Ins2 (3 contexts)",)
    assert card.absent == ""


def test_where_a_gene_is_not_chosen_is_counted_by_tissue(opened):
    embedding = opened.embedding
    row = embedding.row("ALB", "liver_human")
    card = build_card(row, atlas=opened, words=GeneWords())
    has = {str(n) for n in embedding.genes[keys.DATASET].iloc[opened.search.rows("ALB")]}
    assert f"of the other {6 - len(has)}:" in card.absent
    assert "heart (1 of 1)" in card.absent
    assert "is not stored" in card.absent
    assert card.expression["share"].isna().all()
    assert "not at hand" in card.caption


def test_the_picture_places_means_and_sizes_by_share(opened, atlas_folder):
    shares = read_detected_shares(atlas_folder / "graphs")
    row = opened.embedding.row("INS", "pancreas_human")
    table = build_card(row, atlas=opened, words=GeneWords(), shares=shares).expression
    figure = plot_expression(table, colours={"pancreas": "#123456"}, with_gene=True, on=LIGHT)
    (dots,) = figure.data
    np.testing.assert_allclose(dots.x, np.log10(1 + table["mean_expression"]))
    assert [name.startswith("<b>INS") for name in figure.layout.yaxis.ticktext].count(True) == 1
    assert (np.argsort(dots.marker.size) == np.argsort(table["share"].to_numpy())).all()
    of_pancreas = table["tissue"] == "pancreas"
    assert [colour == "#123456" for colour in dots.marker.color] == of_pancreas.tolist()
    without = plot_expression(
        table.assign(share=np.nan), colours={}, with_gene=False, on=LIGHT
    ).data[0]
    assert set(without.marker.symbol) == {"circle-open"}
    many = pd.concat([table] * 20, ignore_index=True)
    assert len(plot_expression(many, colours={}, with_gene=False, on=LIGHT).data[0].x) == MOST_DOTS
    empty = plot_expression(table.iloc[:0], colours={}, with_gene=False, on=LIGHT)
    assert len(empty.data[0].x) == 0


def test_other_names_come_from_the_tables_of_the_species():
    mouse = names_of("Ins2", "mouse")
    assert mouse.identifier == "ENSMUSG00000000215"
    assert "Mody4" in mouse.aliases
    human = names_of("INS", "human")
    assert set(human.previous) == {"IDDM1", "IDDM2"}
    by_id = names_of("ENSG00000254647", "human")
    assert by_id.aliases[0] == "INS"
    assert names_of("NoSuchGene", "human").identifier == ""
    assert names_of("INS", "newt").aliases == ()


@pytest.mark.parametrize(
    ("query", "symbol", "species"),
    [
        ("GFAP", "GFAP", "human"),
        ("Gfap", "Gfap", "mouse"),
        ("gfap", "GFAP", "human"),
        ("ENSMUSG00000020932", "Gfap", "mouse"),
        ("nothing at all", "nothing at all", "human"),
    ],
)
def test_an_absent_gene_is_called_as_its_species_writes_it(query, symbol, species):
    names = names_of_absent(query, ["human", "mouse"])
    assert (names.symbol, names.species) == (symbol, species)


def test_an_absent_gene_says_why_and_who_is_here_in_its_place(opened):
    names = names_of_absent("GFAP", ["human", "mouse"])
    space = read_shipped_space()
    view = build_absent("gfap", atlas=opened, words=GeneWords(), names=names, space=space)
    assert "**GFAP** (typed as gfap) is a known gene" in view.why
    assert "genes that vary most" in view.why
    own = space.rows_of(["GFAP"])
    groups = set(map(str, opened.search.ortholog_groups))
    assert set(view.nearest["gene"]) <= groups
    best = view.nearest.iloc[0]
    found = space.similarities(own, space.rows_of([best["gene"]]))[0, 0]
    assert best["knowledge"] == pytest.approx(float(found))
    assert view.nearest["knowledge"].is_monotonic_decreasing
    without = build_absent("GFAP", atlas=opened, words=GeneWords(), names=names, space=None)
    assert without.nearest.empty
    assert "No table" in without.caption


def test_words_are_the_telling_terms_of_the_library(knowledge_folder):
    store = open_store(knowledge_folder)
    library = store.gene_sets(store.first_library(("go_biological_process",)))
    gene = "INS"
    own = [term for term, genes in library.terms.items() if gene in genes]
    (terms,) = (t for t in words_of_gene(store, gene).terms if t.aspect == "Takes part in")
    assert terms.n_terms == len(own) > 0
    assert set(terms.terms) <= {term.rpartition(" (GO:")[0] or term for term in own}
    assert "release" in words_of_gene(store, gene).source
    assert words_of_gene(store, "").terms == ()
    assert words_of_gene(None, gene) == GeneWords(gene)


def test_links_lead_to_the_gene_by_its_own_ids_and_nowhere_else():
    human = {link.name: link.address for link in gene_links("INS", "human")}
    assert {"NCBI", "Ensembl", "UniProt", "GeneCards", "Open Targets", "STRING"} <= set(human)
    assert "Human Protein Atlas" in human
    by_id = gene_links(
        "INS", "human", identifier="ENSG00000254647.12", uniprot="P01308", entrez="3630"
    )
    found = {link.name: urlsplit(link.address) for link in by_id}
    assert found["NCBI"].path == "/gene/3630"
    assert found["UniProt"].path == "/uniprotkb/P01308/entry"
    assert found["Open Targets"].path == "/target/ENSG00000254647"
    assert parse_qs(found["Ensembl"].query)["g"] == ["ENSG00000254647"]
    mouse = {link.name for link in gene_links("Ins2", "mouse")}
    assert {"MGI", "Alliance", "Ensembl", "NCBI"} <= mouse
    assert not {"GeneCards", "Open Targets", "Human Protein Atlas"} & mouse
    # an id of another species is not that of the gene
    assert "ENSMUSG" not in str(gene_links("INS", "human", identifier="ENSMUSG00000000215"))
    assert all(link.address.startswith("https://") for link in by_id)


@pytest.mark.parametrize("symbol", ["", '"><script>', "a b", "javascript:x", "x" * 60])
def test_what_is_no_symbol_gets_no_link(symbol):
    assert gene_links(symbol, "human") == ()


def test_no_species_that_is_unknown_gets_a_link():
    assert gene_links("INS", "newt") == ()


def test_the_card_stands_first_with_links_out(open_gene):
    page = open_gene("INS", "pancreas_human")
    assert not page.exception
    assert not page.error
    said = texts(page)
    assert "Takes part in" in said
    assert "mouse: Ins1, Ins2" in said
    (links,) = (item.proto.body for item in page.get("html") if "Read on" in item.proto.body)
    assert links.count('rel="noopener noreferrer"') == links.count("<a ") == 7
    assert links.count('target="_blank"') == 7
    assert len(page.dataframe) == 4
    page.session_state["expression_panel"] = True
    page.run()
    assert not page.exception
    assert len(page.dataframe) == 5
    assert "share" in page.dataframe[0].value
    assert "Expression as CSV" in [item.proto.label for item in page.get("download_button")]


def test_without_annotation_the_card_says_so(open_gene):
    page = open_gene("Ins2", "pancreas_mouse", knowledge=None)
    assert not page.exception
    assert "of which none is at hand" in texts(page) or "Takes part in" in texts(page)


def test_a_gene_of_no_context_has_a_page(open_gene):
    page = open_gene("GFAP")
    assert not page.exception
    assert not page.error
    assert "in no context of this atlas" in texts(page)
    assert len(page.dataframe) == 1
    offered = page.dataframe[0].value["gene"].tolist()
    assert set(offered) <= set(labels(page))
    page.button(key=f"relative_{offered[0]}").click().run()
    assert not page.exception
    assert page.session_state["field:gene"].casefold() == offered[0].casefold()
