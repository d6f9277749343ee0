"""The preview of a file against numpy and anndata on the same file."""

from __future__ import annotations

import zipfile
from io import BytesIO

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.errors import DataFileError, InputError
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.io.gene_names import GeneNames
from musegnn.screens.data import view_preview as data_preview
from musegnn.screens.data.view_choices import Reading, offers_in
from musegnn.screens.data.view_pictures import histogram, histogram_caption
from musegnn.screens.data.view_preview import look_ahead, preview
from musegnn.screens.parts.spool import spool
from musegnn.screens.parts.uploads import Upload
from tests.toy_counts import gamma_poisson

GENES = [f"RPL{i}" for i in range(3, 63)]


@pytest.fixture(autouse=True)
def _no_tables(monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)


def upload(data, tmp_path, name="my cells.h5ad"):
    data.write_h5ad(tmp_path / "written.h5ad")
    return Upload.of(name, (tmp_path / "written.h5ad").read_bytes())


@pytest.fixture
def counts():
    return gamma_poisson(150, len(GENES), seed=4, mean=0.6)[0].astype("float32")


def values(found):
    return dict(zip(found.numbers["measure"], found.numbers["value"], strict=True))


def facts(found):
    return {fact.key: fact.found for fact in found.look.facts}


def test_numbers_are_those_of_numpy(tmp_path, counts):
    found = preview(upload(anndata.AnnData(counts, var=pd.DataFrame(index=GENES)), tmp_path))
    shown = values(found)
    told = facts(found)
    assert told["format"] == "AnnData"
    assert told["genes"] == "60 genes, in the columns of the file"
    assert told["counts"].startswith("X, ")
    assert (shown["cells"], shown["genes"]) == ("150", "60")
    assert shown["non-zero (%)"] == f"{100 * np.mean(counts > 0):.3g}"
    assert shown["median counts of a cell"] == f"{np.median(counts.sum(axis=1)):,.0f}"
    assert shown["median genes of a cell"] == f"{np.median((counts > 0).sum(axis=1)):,.0f}"
    assert shown["names"] == "symbols"
    assert told["species"] == "probably human"
    assert told["places"] == "none"
    assert np.array_equal(found.head.to_numpy(), counts[:5, :8])
    assert list(found.head.columns) == GENES[:8]
    assert np.array_equal(found.look.expression.depth, counts.sum(axis=1))
    assert np.array_equal(found.look.detected, (counts > 0).sum(axis=1))
    assert found.look.modality == "scrna"


def test_numbers_of_a_public_file_are_those_of_anndata(shared):
    path = shared / "data" / "spatial" / "human_her2_breast_A1.h5ad"
    data = anndata.read_h5ad(path)
    matrix = np.asarray(data.X.todense())
    found = preview(Upload.of(path.name, path.read_bytes()))
    shown = values(found)
    assert shown["cells"] == f"{data.n_obs:,}"
    assert shown["non-zero (%)"] == f"{100 * np.mean(matrix > 0):.3g}"
    assert shown["median counts of a cell"] == f"{np.median(matrix.sum(axis=1)):,.0f}"
    assert (found.look.modality, found.look.tissue, facts(found)["places"]) == (
        *("spatial", "breast"),
        "every cell has one",
    )


def test_another_layer_can_be_chosen(tmp_path, counts):
    data = anndata.AnnData(np.log1p(counts), var=pd.DataFrame(index=GENES))
    data.layers["counts"], data.layers["twice"] = counts, 2 * counts
    file = upload(data, tmp_path)
    assert offers_in(file).layers == ("X", "counts", "twice")
    assert facts(preview(file))["counts"].startswith("layers['counts'], ")
    assert preview(file, Reading("twice")).look.expression.depth.sum() == 2 * counts.sum()
    with pytest.raises(DataFileError, match=r"no integers.* in X"):
        preview(file, Reading("X"))


def test_a_table_of_genes_in_rows_is_turned_and_says_so():
    names = ["AAACCTGCAAGGTTCT", "AAACCTGCAAGGTTCA", "AAACCTGCAAGGTTCC"]
    text = (
        ",".join(["", *names]) + "\n" + "\n".join(f"{gene},1,0,{i}" for i, gene in enumerate(GENES))
    )
    found = preview(Upload.of("table.csv", text.encode()))
    assert facts(found)["genes"] == "60 genes, in the rows of the file"
    assert found.look.expression.n_cells == 3


def test_what_is_foreseen_is_what_the_build_does(tmp_path, counts):
    counts[:4] = 0
    counts[4:9, 10:] = 0
    file = upload(anndata.AnnData(counts, var=pd.DataFrame(index=GENES)), tmp_path)
    found = preview(file)
    view = look_ahead(found, species="human", modality="scrna", preset="default", annotation=None)
    graph = build_gene_graph(
        tmp_path / "written.h5ad",
        Context("toy", "human", "blood", "scrna"),
        names=GeneNames(),
    )
    assert [step.line() for step in view.outlook.judgement.steps] == graph.provenance["steps"]
    assert view.steps["removed"].iloc[0] == "4"
    assert int(view.steps["left"].iloc[2]) == graph.provenance["n_cells"]


def test_peaks_wait_for_an_annotation_and_then_become_genes(tmp_path):
    counts = gamma_poisson(60, 40, seed=5)[0].astype("float32")
    peaks = [f"chr1:{1000 * i}-{1000 * i + 500}" for i in range(40)]
    found = preview(upload(anndata.AnnData(counts, var=pd.DataFrame(index=peaks)), tmp_path))
    assert found.look.has_peaks
    assert found.look.modality == "scatac"
    assert values(found)["peaks"] == "40"
    ask = {"species": "human", "modality": "scatac", "preset": "default"}
    assert look_ahead(found, **ask, annotation=None) is None
    rows = [f"chr1\t{4000 * i}\t{4000 * i + 1600}\tRPL{i + 3}\t0\t." for i in range(10)]
    view = look_ahead(found, **ask, annotation=Upload.of("genes.bed", "\n".join(rows).encode()))
    both = counts[:, 0::4][:, :10] + counts[:, 1::4][:, :10]  # two peaks lie in each body
    assert np.array_equal(view.outlook.judgement.depth, both.sum(axis=1))
    with pytest.raises(DataFileError, match=r"found genes\.txt"):
        look_ahead(found, **ask, annotation=Upload.of("genes.txt", b"x"))


def test_a_section_without_coordinates_is_refused_before_the_build(tmp_path, counts):
    found = preview(upload(anndata.AnnData(counts, var=pd.DataFrame(index=GENES)), tmp_path))
    with pytest.raises(InputError, match="Expected coordinates of the spots"):
        look_ahead(found, species="human", modality="spatial", preset="default", annotation=None)


@pytest.mark.parametrize(
    ("genes", "species", "words"),
    [
        (GENES, "human", ""),
        (GENES, "lemur", "Keep lemur only if you know"),
        ([gene.capitalize() for gene in GENES], "human", "Choose mouse"),
        ([gene.capitalize() for gene in GENES], "mouse", ""),
    ],
)
def test_a_choice_against_the_names_is_questioned(tmp_path, counts, genes, species, words):
    found = preview(upload(anndata.AnnData(counts, var=pd.DataFrame(index=genes)), tmp_path))
    notice = data_preview.species_notice(found, species)
    assert words in notice
    assert bool(words) == bool(notice)


def test_messages_name_the_file_without_the_temporary_folder():
    with pytest.raises(DataFileError, match=r"found another format in bad\.h5ad\. Save") as error:
        preview(Upload.of("../x/bad.h5ad", b"no HDF5"))
    assert "tmp" not in error.value.message


@pytest.mark.parametrize(
    "name", ["../../evil.h5ad", "a\\b.h5ad", "..", "/etc/passwd", "", "a\x00b", 300 * "\u00e4"]
)
def test_a_name_never_leaves_the_temporary_folder(name):
    upload = Upload.of(name, b"x")
    with data_preview.on_disk(upload) as (path,):
        assert path.read_bytes() == b"x"
        folder = path.parent
        assert folder.parent == spool()
        assert list(folder.iterdir()) == [path]
    del upload
    assert not folder.exists()


def test_the_digest_follows_name_and_content():
    assert Upload.of("a", b"1").digest == Upload.of("x/a", b"1").digest
    assert len({Upload.of(*parts).digest for parts in [("a", b"1"), ("b", b"1"), ("a", b"2")]}) == 3


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=60),
    st.integers(0, 300),
    st.integers(301, 6000),
)
def test_bins_hold_every_cell_once_and_end_at_the_limits(numbers, low, high):
    cells = np.array(numbers)
    bins = histogram(cells, (low, high))
    assert bins["cells"].sum() == (cells > 0).sum()
    kept = (cells > 0) & (cells >= low) & (cells < high)
    assert bins.loc[bins["kept"].astype(bool), "cells"].sum() == kept.sum()


def test_the_caption_counts_what_a_log_axis_cannot_show():
    assert "n = 3 cells; 1 with none are not drawn" in histogram_caption(
        np.array([0, 1, 2]), "counts"
    )


@pytest.mark.parametrize("name", ["counts.xlsx", "counts.xlsm", "counts.csv", "counts.txt"])
def test_a_workbook_is_told_and_never_unpacked_whatever_it_is_called(name):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/vbaProject.bin", b"macro")
        archive.writestr("xl/worksheets/sheet1.xml", "<f>cmd()</f>" + " " * 50_000_000)  # a bomb
    with pytest.raises(
        DataFileError, match=r"a spreadsheet in .*Save the sheet of counts as \.csv"
    ):
        preview(Upload.of(name, packed.getvalue()))
