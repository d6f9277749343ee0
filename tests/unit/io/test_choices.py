"""What somebody says about a file goes before what reading finds; what can be said is listed."""

from __future__ import annotations

from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.io.choices import Choices, Offers, choices_of
from musegnn.io.expression import read_expression
from musegnn.io.formats.registry import list_choices
from tests.count_files import (
    Counts,
    make_counts,
    write_csv,
    write_h5ad,
    write_loom,
    write_mtx,
    write_tenx_2,
    write_tenx_3,
)
from tests.toy_counts import GENES


@pytest.fixture
def counts() -> Counts:
    """Counts of 16 cells and 12 genes."""
    return make_counts(np.random.default_rng(3).poisson(2, (16, len(GENES))) + 1, GENES)


@pytest.mark.parametrize("side", ["rows", "columns"])
def test_the_side_of_the_genes_of_a_table_can_be_told(side, counts, tmp_path):
    odd = [f"cell{i:02d}" for i in range(16)]
    names = [f"locus-{i}" for i in range(12)]
    table = pd.DataFrame(counts.matrix, index=odd, columns=names)
    (table.T if side == "rows" else table).to_csv(tmp_path / "a.csv")
    with pytest.raises(DataFileError, match=r"on neither side.*--genes-in rows"):
        read_expression(tmp_path / "a.csv")
    found = read_expression(tmp_path / "a.csv", choices=Choices(genes_in=side))
    assert (found.genes, found.cells) == (names, odd)
    assert np.array_equal(found.counts.toarray(), counts.matrix)


def test_an_h5ad_with_genes_in_the_rows_is_turned_where_that_is_said(counts, tmp_path):
    data = anndata.AnnData(
        counts.matrix.T.astype(np.float32),
        obs=pd.DataFrame(index=counts.genes),
        var=pd.DataFrame(index=counts.cells),
    )
    data.write_h5ad(tmp_path / "a.h5ad")
    with pytest.raises(DataFileError, match="genes in the"):
        read_expression(tmp_path / "a.h5ad")
    found = read_expression(tmp_path / "a.h5ad", choices=Choices(genes_in="rows"))
    assert found.genes == GENES
    assert np.array_equal(found.counts.toarray(), counts.matrix)
    assert found.orientation == "genes in rows"


def barnyard(counts: Counts, tmp_path: Path, kind: str) -> Path:
    """Seven human and five mouse genes, in one of the forms of such files."""
    genomes = ["GRCh38"] * 7 + ["mm10"] * 5
    names = [f"{genome}_{gene}" for genome, gene in zip(genomes, GENES, strict=True)]
    named = Counts(counts.matrix, names, counts.ids, counts.cells)
    if kind == "mtx":
        return write_mtx(tmp_path, named)
    if kind == "h5":
        path = write_tenx_3(tmp_path, named)
        with h5py.File(path, "a") as file:
            file["matrix/features/genome"] = np.array(genomes, dtype="S")
        return path
    return write_h5ad(tmp_path, named)


@pytest.mark.parametrize("kind", ["mtx", "h5", "h5ad"])
def test_one_option_takes_a_genome_of_any_format(kind, counts, tmp_path):
    path = barnyard(counts, tmp_path, kind)
    assert list_choices(path).genomes == ("GRCh38", "mm10")
    with pytest.raises(DataFileError, match=r"found several: GRCh38 \(7\), mm10 \(5\)"):
        read_expression(path)
    found = read_expression(path, choices=Choices(genome="mm10"))
    assert found.genes == GENES[7:]
    assert np.array_equal(found.counts.toarray(), counts.matrix[:, 7:])
    assert any("5 of genome mm10 taken, 7 of others left out" in note for note in found.notes)
    with pytest.raises(DataFileError, match=r"genome 'rn6' in .*, found GRCh38, mm10"):
        read_expression(path, choices=Choices(genome="rn6"))


@pytest.mark.parametrize("kind", ["h5", "mtx", "h5ad"])
def test_one_option_takes_a_kind_of_features_of_any_format(kind, counts, tmp_path):
    kinds = ["Gene Expression"] * 8 + ["Antibody Capture"] * 4
    if kind == "h5":
        path = write_tenx_3(tmp_path, counts, kinds)
    elif kind == "mtx":
        path = write_mtx(tmp_path, counts)
        (path / "features.tsv.gz").unlink()
        rows = zip(counts.ids, GENES, kinds, strict=True)
        (path / "features.tsv").write_text("".join(f"{a}\t{b}\t{c}\n" for a, b, c in rows))
    else:
        path = tmp_path / "a.h5ad"
        var = pd.DataFrame({"gene_ids": counts.ids, "feature_types": kinds}, index=GENES)
        obs = pd.DataFrame(index=counts.cells)
        anndata.AnnData(counts.matrix.astype(np.float32), obs=obs, var=var).write_h5ad(path)
    assert list_choices(path).features == ("Gene Expression", "Antibody Capture")
    found = read_expression(path, choices=Choices(features="Antibody Capture"))
    assert found.genes == GENES[8:]
    assert np.array_equal(found.counts.toarray(), counts.matrix[:, 8:])


def test_the_column_of_the_symbols_can_be_told(counts, tmp_path):
    other = [f"OTHER{i}" for i in range(12)]
    var = pd.DataFrame({"gene_ids": counts.ids, "alias": other}, index=GENES)
    obs = pd.DataFrame(index=counts.cells)
    path = tmp_path / "a.h5ad"
    anndata.AnnData(counts.matrix.astype(np.float32), obs=obs, var=var).write_h5ad(path)
    assert list_choices(path).symbols == ("index", "gene_ids", "alias")
    assert read_expression(path).genes == GENES
    found = read_expression(path, choices=Choices(symbols="alias"))
    assert found.genes == other
    assert "gene names: taken from alias, as chosen" in found.notes
    assert read_expression(path, choices=Choices(symbols="index")).genes == GENES
    with pytest.raises(DataFileError, match=r"Expected a column 'x'.*found index, gene_ids, alias"):
        read_expression(path, choices=Choices(symbols="x"))


def test_a_table_of_positions_goes_before_those_found(counts, tmp_path):
    path = write_h5ad(tmp_path, counts)
    places = pd.DataFrame({"barcode": counts.cells, "x": range(16), "y": range(16, 32)})
    places.to_csv(tmp_path / "where.csv", index=False)
    found = read_expression(path, choices=Choices(positions=tmp_path / "where.csv"))
    assert found.coordinates.tolist() == [[i, i + 16] for i in range(16)]
    with pytest.raises(DataFileError, match="positions"):
        read_expression(path, choices=Choices(positions=tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (write_h5ad, Offers(layers=("X",), symbols=("index", "gene_ids"), sides=True)),
        (write_tenx_2, Offers()),
        (write_tenx_3, Offers(symbols=("index", "gene_ids"))),
        (write_mtx, Offers(symbols=("index", "gene_ids"))),
        (write_csv, Offers(sides=True)),
        (write_loom, Offers(layers=("matrix",), symbols=("Accession", "Gene"))),
    ],
)
def test_what_can_be_said_of_a_file_is_listed(write, expected, counts, tmp_path):
    assert list_choices(write(tmp_path, counts)) == expected


def test_a_choice_that_a_format_lacks_is_refused(counts, tmp_path):
    with pytest.raises(InputError, match="Expected no `genes_in` for loom, found 'rows'"):
        read_expression(write_loom(tmp_path, counts), choices=Choices(genes_in="rows"))
    with pytest.raises(InputError, match="Expected `genes_in` to be one of rows, columns"):
        Choices(genes_in="left")
    assert choices_of({"genome": "", "genes_in": "rows", "tissue": "lung"}) == Choices("rows")


def test_a_file_of_antibodies_alone_holds_no_genes(counts, tmp_path):
    path = write_tenx_3(tmp_path, counts, ["Antibody Capture"] * 12)
    with pytest.raises(DataFileError, match=r"type 'Gene Expression' .*found Antibody Capture"):
        read_expression(path)
    found = read_expression(path, choices=Choices(features="Antibody Capture"))
    assert np.array_equal(found.counts.toarray(), counts.matrix)


def test_batches_of_cells_are_read_where_they_are_asked_for(counts, tmp_path):
    path = write_h5ad(tmp_path, counts)
    data = anndata.read_h5ad(path)
    data.obs["type"] = pd.Categorical(["T", "B"] * 8)
    data.obs["sample_id"] = pd.Categorical([*["one"] * 9, *["two"] * 6, None])
    data.obs["lane"] = [1] * 8 + [2] * 8
    data.write_h5ad(path)
    assert list_choices(path).batches == ("sample_id", "type")
    assert read_expression(path).batches == []
    found = read_expression(path, choices=Choices(batch="sample_id"))
    assert found.batches == [*["one"] * 9, *["two"] * 6, ""]
    assert found.take_cells(np.arange(16) >= 8).batches == ["one", *["two"] * 6, ""]
    assert read_expression(path, choices=Choices(batch="lane")).batches == ["1"] * 8 + ["2"] * 8
    with pytest.raises(
        InputError, match=r"Expected a column 'no'.*Its columns are .*type, sample_id"
    ):
        read_expression(path, choices=Choices(batch="no"))
    with pytest.raises(InputError, match="Expected no `batch` for loom"):
        read_expression(write_loom(tmp_path, counts), choices=Choices(batch="lane"))


def test_batches_follow_the_spots_that_are_left(counts, tmp_path):
    path = write_h5ad(tmp_path, counts)
    data = anndata.read_h5ad(path)
    data.obs["in_tissue"] = [0, 0] + [1] * 14
    data.obs["section"] = [f"s{i % 2}" for i in range(16)]
    data.write_h5ad(path)
    found = read_expression(path, choices=Choices(batch="section"))
    assert len(found.cells) == len(found.batches) == found.n_cells == 14
