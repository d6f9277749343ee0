"""The Data page from choosing a file to the graph, without a browser."""

from __future__ import annotations

import time
from functools import partial

import anndata
import numpy as np
import pandas as pd
import pytest

from musegnn.knowledge.gene_names import read_gene_names
from musegnn.runs import files, list_runs, runs_root, submit
from musegnn.screens.parts import page_work
from musegnn.worker import build_graph
from tests.page_visits import picture_file, texts, visit_page
from tests.toy_counts import gamma_poisson
from tests.toy_runs import write_launch, write_status

GENES = [f"RPL{i}" for i in range(3, 43)]
BED = "\n".join(f"chr1\t{4000 * i}\t{4000 * i + 1600}\tRPL{i + 3}\t0\t." for i in range(10))


@pytest.fixture
def page(monkeypatch, atlas_folder, work_here):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    return visit_page("4_Data")


@pytest.fixture
def counts():
    return gamma_poisson(120, len(GENES), seed=3, module=8)[0].astype("float32")


@pytest.fixture
def h5ad(tmp_path, counts):
    """Make the bytes of a file; keywords are attributes of the data."""

    def make(matrix=None, genes=GENES, **parts):
        data = anndata.AnnData(
            counts if matrix is None else matrix, var=pd.DataFrame(index=list(genes))
        )
        data.var = data.var.assign(**parts.pop("var", {}))
        data.obs = data.obs.assign(**parts.pop("obs", {}))
        for name, value in parts.items():
            getattr(data, name).update(value)
        data.write_h5ad(tmp_path / "file.h5ad")
        return (tmp_path / "file.h5ad").read_bytes()

    return make


def choose(page, content, name="my cells.h5ad"):
    page.file_uploader(key="_data_file").set_value((name, content, "")).run()
    assert not page.exception
    return page


def headings(page):
    return [heading.value for heading in page.subheader]


def buttons(page):
    """Buttons of the page itself, without those that every page and every picture has."""
    keys = [button.key for button in page.button if button.key.startswith("data_")]
    return [key for key in keys if not key.endswith("_paper")]


def downloads(page):
    return [button.label for button in page.download_button]


def build(page):
    page.button(key="data_build").click().run()
    return finish(page)


def finish(page):
    end = time.monotonic() + 60
    while any(button.key == "data_cancel" for button in page.button):
        assert time.monotonic() < end
        time.sleep(0.1)
        page.run()
    assert not page.exception
    return page


def is_disabled(page):
    return page.button(key="data_build").disabled


def test_an_empty_page_says_what_it_is_for(page):
    assert "Choose a file" in texts(page)
    assert "Nothing leaves this machine" in texts(page)
    assert buttons(page) == []


def test_a_chosen_file_is_described_before_anything_is_built(page, h5ad, counts):
    choose(page, h5ad())
    assert page.subheader[0].value == "What this file was taken for"
    facts = page.table[0].value["taken for"]
    assert facts["counts"].startswith("X, ")
    assert facts["mitochondrial genes"] == "not known"
    assert "cannot be known" in texts(page)
    numbers = page.table[1].value["value"]
    assert numbers["cells"] == "120"
    assert numbers["median counts of a cell"] == f"{np.median(counts.sum(axis=1)):,.0f}"
    assert page.table[2].value["removed"].tolist() == ["0", "2", "0", "0", "0"]
    assert np.array_equal(page.table[3].value.to_numpy(), counts[:5, :8])
    assert page.selectbox(key="_data_species").value == "human"
    assert not is_disabled(page)
    pictures = [picture_file(page, f"data_{n}_histogram") for n in ("counts", "detected")]
    assert [picture["filename"] for picture in pictures] == ["my cells_counts", "my cells_genes"]


def test_hints_of_the_file_start_the_form(page, h5ad):
    places = np.random.default_rng(0).uniform(0, 9, (120, 2))
    mouse = [gene.capitalize() for gene in GENES]
    content = h5ad(genes=mouse, obsm={"spatial": places}, uns={"tissue": "liver (left lobe)"})
    choose(page, content)
    assert page.selectbox(key="_data_species").value == "mouse"
    assert page.selectbox(key="_data_modality").value == "spatial"
    assert page.text_input(key="_data_tissue").value == "liver"
    page.selectbox(key="_data_modality").set_value("scrna").run()
    assert page.selectbox(key="_data_modality").value == "scrna"


def test_a_species_against_the_names_is_refused_before_the_build(page, h5ad):
    choose(page, h5ad(genes=[gene.capitalize() for gene in GENES]))
    page.selectbox(key="_data_species").set_value("human").run()
    assert "found mouse ones" in page.error[0].value
    assert is_disabled(page)
    page.selectbox(key="_data_species").set_value("mouse").run()
    assert not page.error
    assert not is_disabled(page)


def test_names_in_capitals_for_another_species_are_questioned_only(page, h5ad):
    choose(page, h5ad())
    page.selectbox(key="_data_species").set_value("lemur").run()
    assert "Keep lemur only if" in page.warning[0].value
    assert not is_disabled(page)


def test_another_layer_can_be_chosen_and_a_bad_one_left_again(page, h5ad, counts):
    choose(page, h5ad(layers={"twice": 2 * counts, "log": np.log1p(counts)}))

    def layer():
        return next(box for box in page.selectbox if box.label == "Where the counts are")

    assert layer().options == ["found automatically", "X", "log", "twice"]
    layer().set_value("twice").run()
    assert page.table[0].value["taken for"]["counts"].startswith("layers\\['twice'\\], ")
    layer().set_value("log").run()
    assert "no integers" in page.error[0].value
    assert not page.exception
    layer().set_value("X").run()
    assert not page.error
    assert page.table[0].value["taken for"]["counts"].startswith("X, ")


def test_what_was_recognised_can_be_said_otherwise(page, h5ad):
    genes = [f"RPS{i}" for i in range(len(GENES))]
    choose(page, h5ad(var={"gene_name": genes}))
    (box,) = [box for box in page.selectbox if box.label == "Names of genes"]
    assert box.options[:2] == ["found automatically", "index"]
    assert page.table[0].value["taken for"]["names of genes"].startswith("the index: RPL3")
    box.set_value("gene_name").run()
    assert "RPS0, RPS1" in page.table[0].value["taken for"]["names of genes"]
    page.text_input(key="_data_tissue").set_value("blood").run()
    build(page)
    assert set(page.dataframe[0].value["gene"]) <= set(genes)


def test_genes_are_compared_inside_batches_where_a_column_is_chosen(page, h5ad, work_here):
    choose(page, h5ad(obs={"donor": pd.Categorical(["a", "b"] * 60), "depth": range(120)}))
    (box,) = [box for box in page.selectbox if box.label == "Compare genes inside"]
    assert box.options == ["all cells together", "donor"]
    box.set_value("donor").run()
    page.text_input(key="_data_tissue").set_value("liver").run()
    build(page)
    assert not page.error
    assert "inside the 2 values of donor" in texts(page)
    choose(page, h5ad())
    assert "Compare genes inside" not in [box.label for box in page.selectbox]


def test_dates_of_a_spreadsheet_are_asked_for(page, h5ad):
    choose(page, h5ad(genes=[*GENES[:-1], "1-Mar"]))
    assert "1-Mar may be MARCHF1 or MTARC1" in page.table[0].value["taken for"]["dates"]
    (box,) = [box for box in page.selectbox if box.label == "1-Mar"]
    assert set(box.options) == {"stays a date", "MARCHF1", "MTARC1"}
    box.set_value("MTARC1").run()
    assert not page.error
    assert "MTARC1)" in page.table[0].value["how it was told"]["names of genes"]
    page.text_input(key="_data_tissue").set_value("blood").run()
    build(page)
    assert "1-Mar -\\> MTARC1" in texts(page) or "1-Mar -> MTARC1" in texts(page)


def test_positions_come_by_a_second_upload(page, h5ad):
    choose(page, h5ad())
    assert page.table[0].value["taken for"]["places"] == "none"
    rows = [f"{i},{i % 12},{i // 12}" for i in range(116)]
    table = "\n".join(["barcode,x,y", *rows]).encode()
    page.file_uploader(key="_data_positions").set_value(("places.csv", table, "")).run()
    told = page.table[0].value["taken for"]
    assert told["places"] == "4 of 120 cells lack one"
    assert told["technique"] == "tissue section"
    assert picture_file(page, "data_spots")["filename"] == "my cells_spots"
    page.button(key="data_positions_away").click().run()
    assert page.table[0].value["taken for"]["places"] == "none"
    page.file_uploader(key="_data_positions").set_value(("bad.csv", b"a,b\n1,2\n", "")).run()
    assert "bad.csv" in page.error[0].value
    assert not page.exception


def test_a_file_of_two_genomes_is_told_and_one_can_be_taken(page, h5ad):
    names = [f"GRCh38_{gene}" for gene in GENES[:20]] + [
        f"mm10_{g.capitalize()}" for g in GENES[20:]
    ]
    choose(page, h5ad(genes=names))
    assert "found several" in page.error[0].value
    (box,) = [box for box in page.selectbox if box.label == "Genome"]
    box.set_value("mm10").run()
    assert not page.error
    assert page.selectbox(key="_data_species").value == "mouse"
    assert "20 genome GRCh38" in page.table[0].value["taken for"]["kind of features"]


def test_an_unfiltered_matrix_is_shown_and_can_be_filtered(page, h5ad, counts):
    empty = np.zeros((880, 40), dtype="float32")
    empty[np.arange(880), np.arange(880) % 40] = 1
    choose(page, h5ad(np.vstack([20 * counts, empty])))
    assert "unfiltered matrix" in page.error[0].value
    assert picture_file(page, "data_barcodes")["filename"] == "my cells_barcodes"
    assert is_disabled(page)
    page.radio[0].set_value("filter").run()
    assert not page.error
    assert "taken as cells" in page.table[0].value["taken for"]["raw or filtered"]
    assert not is_disabled(page)


def test_peaks_ask_for_an_annotation(page, h5ad):
    peaks = [f"chr1:{1000 * i}-{1000 * i + 500}" for i in range(40)]
    choose(page, h5ad(genes=peaks))
    assert page.selectbox(key="_data_modality").value == "scatac"
    assert "are chromatin peaks" in page.info[0].value
    assert is_disabled(page)
    page.file_uploader(key="_data_annotation").set_value(("genes.bed", BED.encode(), "")).run()
    assert not page.info
    assert not is_disabled(page)
    page.text_input(key="_data_tissue").set_value("blood").run()
    assert "10" in build(page).table[4].value["value"]["genes"]


def negative(h5ad, counts):
    return h5ad(np.where(counts == counts.max(), -1, counts))


def missing(h5ad, counts):
    return h5ad(np.where(counts == counts.max(), np.nan, counts))


def truncated(h5ad, _counts):
    whole = h5ad()
    return whole[: len(whole) // 2]


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _h5ad, _counts: b"gene,cell\n", "another format in my cells.h5ad"),
        (lambda _h5ad, _counts: b"", "found an empty file"),
        (truncated, "Expected counts"),
        (negative, "negative values"),
        (missing, "NaN or infinite values"),
        (lambda h5ad, counts: h5ad(np.log1p(counts)), "no integers"),
        (lambda h5ad, counts: h5ad(counts[:1]), "found 1 cell"),
        (lambda h5ad, _counts: h5ad(genes=[f"probe_{i}" for i in range(40)]), "human gene names"),
    ],
)
def test_a_bad_file_is_one_sentence(page, h5ad, counts, make, sentence):
    choose(page, make(h5ad, counts))
    (error,) = page.error
    assert "Expected" in error.value
    assert sentence in error.value
    assert "Traceback" not in texts(page)
    assert buttons(page) == [] or is_disabled(page)


def test_a_build_without_tissue_is_asked_for_it(page, h5ad):
    page = build(choose(page, h5ad()))
    assert "Expected a tissue" in page.error[0].value
    page.text_input(key="_data_tissue").set_value("blood").run()
    assert "my_cells" not in headings(page)


def test_a_built_graph_is_shown_in_full(page, h5ad):
    choose(page, h5ad())
    page.text_input(key="_data_tissue").set_value("blood").run()
    build(page)
    assert "my_cells" in headings(page)
    assert "Do the edges mean something?" in texts(page)
    assert "MUSEGNN_KNOWLEDGE" in texts(page)
    assert "from two random halves of 59 cells each" in texts(page)
    assert downloads(page)[-4:] == [
        "Gene graph as .h5ad",
        "Report as .json",
        "Program as .py",
        "Methods as .md",
    ]
    assert page.table[5].value["before"].iloc[0] == "120"
    assert len(page.dataframe[0].value) == 10


def test_the_same_build_is_not_done_twice(page, h5ad, work_here):
    content = h5ad()
    choose(page, content)
    page.text_input(key="_data_tissue").set_value("blood").run()
    build(page)
    again = choose(visit_page("4_Data"), content)  # another session
    again.text_input(key="_data_tissue").set_value("blood").run()
    build(again)
    assert "my_cells" in headings(again)
    assert len(list(work_here.glob("*-gene_graph-*"))) == 1


def test_a_reload_finds_the_build_that_has_just_ended_and_an_earlier_one(page, h5ad):
    choose(page, h5ad(), name="first.h5ad")
    page.text_input(key="_data_tissue").set_value("blood").run()
    build(page)
    page.text_input(key="_data_name").set_value("second").run()
    build(page)
    again = visit_page("4_Data")
    assert "the graph of the file first.h5ad, human blood" in texts(again)
    assert "second" in headings(again)
    assert "first" in again.selectbox[-1].options[0]
    again.button(key="data_earlier").click().run()
    assert not again.exception
    assert "first" in headings(again)


@pytest.mark.parametrize("ended", ["before it began", "by force"])
def test_a_reload_says_that_a_build_was_stopped_and_offers_it_again(page, h5ad, monkeypatch, ended):
    asked = partial(submit, executor="inprocess", perform=lambda *_, **__: 0)
    monkeypatch.setattr(page_work, "submit", asked)  # it waits for its turn
    choose(page, h5ad(), name="first.h5ad")
    page.text_input(key="_data_tissue").set_value("blood").run()
    page.button(key="data_build").click().run()
    if ended == "by force":  # it was at work, and had no time for a last word
        (run,) = list_runs(runs_root(None))
        write_launch(run.folder, executor="local")
        write_status(run.folder, pid=2**22 + 1, mark="1", stage="Edges", steps=5, step=2)
        files.write_json(run.folder / files.CANCEL, {"attempt": 1, "cancelled_time": time.time()})
    else:
        page.button(key="data_cancel").click().run()
    again = finish(visit_page("4_Data"))
    assert "Stopped; nothing was kept" in again.info[0].value
    again.button(key="data_again").click().run()
    assert again.text_input(key="_data_tissue").value == "blood"


def test_a_build_is_taken_up_with_its_file_and_choices(page, h5ad, work_here):
    choose(page, h5ad(var={"gene_name": [f"RPS{i}" for i in range(40)]}), name="first.h5ad")
    box = next(box for box in page.selectbox if box.label == "Names of genes")
    box.set_value("gene_name").run()
    page.text_input(key="_data_tissue").set_value("blood").run()
    page.text_input(key="_data_name").set_value("mine").run()
    page.number_input(key="_data_n_genes").set_value(20).run()
    build(page)
    again = visit_page("4_Data")
    again.button(key="data_again").click().run()
    assert not again.exception
    assert again.text_input(key="_data_name").value == "mine"
    assert again.text_input(key="_data_tissue").value == "blood"
    assert again.number_input(key="_data_n_genes").value == 20
    assert "column gene_name" in facts_of(again)["names of genes"]
    build(again)
    assert "mine" in headings(again)
    assert len(list(work_here.glob("*-gene_graph-*"))) == 1  # it was the same build


def test_several_samples_are_told_in_a_table_and_built_at_once(page, h5ad, counts, work_here):
    mouse = h5ad(counts[:100], genes=[gene.capitalize() for gene in GENES])
    files = [("a.h5ad", h5ad(), ""), ("b.h5ad", mouse, ""), ("c.h5ad", b"no counts", "")]
    page.file_uploader(key="_data_file").set_value(files).run()
    assert not page.exception
    table = page.table[0].value
    assert table.index.tolist() == ["a", "b", "c"]
    assert table["species"].tolist() == ["probably human", "mouse", "not known"]
    assert table["cells"].tolist() == ["120", "100", "0"]
    assert table["to be decided"].tolist()[:2] == ["nothing", "nothing"]
    assert "another format" in table["to be decided"].iloc[2]
    page.text_input(key="_data_tissue").set_value("blood").run()
    assert page.button(key="data_build_all").label == "Build all 2 graphs"
    page.button(key="data_build_all").click().run()
    finish(page)
    assert len(list(work_here.glob("*-gene_graph-*"))) == 2
    assert "a: finished" in texts(page)
    assert "b: finished" in texts(page)
    page.selectbox(key="_data_look").set_value("b").run()
    assert page.selectbox(key="_data_species").value == "mouse"
    assert not page.exception


def facts_of(page):
    return page.table[0].value["taken for"]


def test_a_file_can_be_taken_away_again(page, h5ad):
    choose(page, h5ad())
    page.file_uploader(key="_data_file").set_value([]).run()
    assert not page.exception
    assert buttons(page) == []
    assert "Choose a file" in texts(page)


def test_a_build_goes_on_without_its_page_and_can_be_cancelled(
    page, h5ad, monkeypatch, tmp_path, work_here
):
    monkeypatch.setattr(page_work, "submit", submit)  # in a process of its own, as it is
    wide = gamma_poisson(6000, len(GENES), seed=3, module=8)[0].astype("float32")
    symbols = sorted(read_gene_names(None).tables["human"].coding_symbols)[: 40 * len(GENES)]
    choose(page, h5ad(np.tile(wide, 40), symbols))
    page.text_input(key="_data_tissue").set_value("islets").run()
    page.button(key="data_build").click().run()
    assert buttons(page) == ["data_cancel"]
    again = visit_page("4_Data")  # as after a reload
    assert buttons(again) == ["data_cancel"]
    other = visit_page("4_Data")
    choose(other, h5ad(), name="other.h5ad")  # somebody with a file of their own waits for nobody
    other.text_input(key="_data_tissue").set_value("blood").run()
    other.button(key="data_build").click().run()
    assert len(list(work_here.glob("*-gene_graph-*"))) == 2
    other.button(key="data_cancel").click().run()
    finish(other)
    again.button(key="data_cancel").click().run()
    finish(again)
    finish(page)
    assert "Stopped; nothing was kept" in page.info[0].value
    assert page.table[1].value["value"]["cells"] == "6,000"
    assert page.text_input(key="_data_tissue").value == "islets"
    assert downloads(page) == ["Save session"]
    for run in work_here.glob("*-gene_graph-*"):
        assert not (run / "result").exists()


def test_an_unexpected_error_of_a_build_is_a_sentence(page, h5ad, monkeypatch):
    def fail(*_, **__):
        message = "planted"
        raise ZeroDivisionError(message)

    choose(page, h5ad())
    page.text_input(key="_data_tissue").set_value("blood").run()
    monkeypatch.setattr(build_graph, "build_gene_graph", fail)
    build(page)
    assert "found an error nobody foresaw" in page.error[0].value
    assert "Traceback" not in page.error[0].value


def test_another_file_drops_what_came_of_the_last(page, h5ad):
    choose(page, b"no counts")
    choose(page, h5ad())
    page.text_input(key="_data_tissue").set_value("blood").run()
    build(page)
    choose(page, h5ad(), name="other.h5ad")
    assert "Build the gene graph" in headings(page)
