"""Every format: its variants, and every file of it that cannot be used."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.expression import read_expression
from musegnn.io.formats.registry import ENDINGS, check_ending
from musegnn.io.gene_names import GeneNames, harmonise
from tests.count_files import (
    WRITERS,
    Counts,
    as_table,
    make_counts,
    write_csv,
    write_h5ad,
    write_loom,
    write_mtx,
    write_old_mtx,
    write_tenx_2,
    write_tenx_3,
)
from tests.toy_counts import GENES


@pytest.fixture
def counts() -> Counts:
    """Counts of 8 cells and 12 genes."""
    return make_counts(np.random.default_rng(0).poisson(2, (8, 12)), GENES)


def expect(path: Path, message: str, **options: str) -> None:
    """The file is refused in one sentence that matches."""
    with pytest.raises(DataFileError, match=message) as caught:
        read_expression(path, **options)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


# --- which format ---------------------------------------------------------------------------


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path) -> None:
    assert {".h5ad", ".h5", ".mtx.gz", ".csv", ".loom"} <= set(ENDINGS)
    for name in ("a.pdf", "a", "a.gz"):
        with pytest.raises(DataFileError, match="Expected a folder of counts or one of") as caught:
            check_ending(tmp_path / name)
        assert all(suffix in str(caught.value) for suffix in ENDINGS)


@pytest.mark.parametrize("name", ["a.XLSX", "a.rds", "a.RData", "a.bam", "a_R1.fastq.gz"])
def test_the_name_of_what_is_known_and_not_read_says_what_to_do(name: str) -> None:
    with pytest.raises(
        DataFileError, match=r"Expected counts, found (a spread|an obj|seq)"
    ) as told:
        check_ending(Path(name))
    assert told.value.hint


@pytest.mark.parametrize("kind", WRITERS)
def test_empty_cut_off_and_missing_files_are_told(
    kind: str, counts: Counts, tmp_path: Path
) -> None:
    path = WRITERS[kind](tmp_path, counts)
    victim = next(path.glob("*matrix.mtx*")) if path.is_dir() else path
    whole = victim.read_bytes()
    victim.write_bytes(whole[: int(0.6 * len(whole))] if kind != "csv" else whole[:-9])
    expect(path, "Expected")
    victim.write_bytes(b"")
    expect(path, "found an empty file")
    victim.unlink()
    expect(path, r"found no|found none")


# --- text tables ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gene,c_1,c_2,c_3\nINS,1,x,2\n", "found 'x' in row 2, column 3 of"),
        ("gene,c_1,c_2,c_3\nINS,1,,2\n", "found an empty field in row 2, column 3"),
        ("gene,c_1,c_2,c_3\nINS,1,2,2\nGCG,1,2\n", "Expected 4 fields.*found 3 in row 3"),
        ("gene,c_1,c_2,c_3\nINS,1,2,2\nGCG,1,2,3,4\n", "Expected 4 fields.*found 5 in row 3"),
        ("a,b\nINS,1,2,2\n", "Expected a header of 4 or 3 fields, found 2"),
        ("gene,c_1,c_2,c_3\n", "found only a header"),
        ("gene\nINS\nGCG\n", "found only a header or a single column"),
        ("gene,c_1,c_2,c_3\nINS,1.5,2,2\n", "found values that are no integers, such as 1.5"),
        ("gene,c_1,c_2,c_3\nINS,-1,2,2\n", "found negative values"),
        ("gene,c_1,c_2,c_3\nINS,nan,2,2\n", "found NaN or infinite values"),
        ("gene,c_1,c_2,c_3\nINS,1e300,2,2\n", "found values too large for counts"),
        ("gene,c_1,c_2,c_3\nINS,0,0,0\n", "found only zeros"),
        ("gene,c_1,c_2\nINS,1,2\n", "Expected at least 3 cells, found 2 cells"),
        ("x,c_1,c_2,c_3\nfoo_1,1,2,3\nfoo_2,1,2,3\n", "found them on neither side"),
        ("x,INS,GCG,SST\nPPY,1,2,3\nTTR,1,2,3\n", "found them on both sides"),
    ],
)
def test_a_table_that_cannot_be_used_gives_one_sentence(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(text)
    expect(tmp_path / "a.csv", message)


def test_text_that_is_no_text_or_no_gzip_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_text("gene,c_1,c_2,c_3\nINS,1,2,3\n")
    expect(tmp_path / "a.csv.gz", "compressed with gzip, found another format.*take `.gz` off")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00gene,c_1")
    expect(tmp_path / "b.csv", "found bytes that are no text")
    (tmp_path / "c.csv").mkdir()
    expect(tmp_path / "c.csv", "found no regular file")
    expect(tmp_path / "d.csv", "found no file")
    packed = gzip.compress(b"gene,c_1,c_2,c_3\n" + b"INS,1,2,3\n" * 50)
    (tmp_path / "e.csv.gz").write_bytes(packed[:-12])
    expect(tmp_path / "e.csv.gz", "found a file that is cut off")


def test_compressed_content_is_read_whatever_the_name(counts: Counts, tmp_path: Path) -> None:
    path = write_csv(tmp_path, counts)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert np.array_equal(read_expression(path).counts.toarray(), counts.matrix)


@pytest.mark.parametrize(
    "cells",
    [
        [f"SRR{i}" for i in range(8)],
        [f"Cell_{i}" for i in range(8)],
        [f"{i}x13" for i in range(8)],
        [f"A{i}" for i in range(8)],
        [str(i) for i in range(8)],
    ],
)
@pytest.mark.parametrize("genes", [GENES, [name.capitalize() for name in GENES]])
def test_the_side_with_genes_is_found(cells: list[str], genes: list[str], tmp_path: Path) -> None:
    values = np.random.default_rng(1).poisson(2, (8, 12))
    table = as_table(Counts(values, genes, [], cells))
    for name, frame, orientation in (
        ("a.tsv", table, "cells in rows"),
        ("b.tsv", table.T, "genes in rows"),
    ):
        frame.to_csv(tmp_path / name, sep="\t")
        expression = read_expression(tmp_path / name)
        assert expression.orientation == orientation
        assert (expression.genes, expression.cells) == (genes, cells)
        assert np.array_equal(expression.counts.toarray(), values)


@pytest.mark.parametrize(
    "dataset", ["scrna/mouse_intestine_celseq", "spatial/human_her2_breast_C1"]
)
def test_a_public_table_is_read_from_both_sides(dataset: str, shared: Path, tmp_path: Path) -> None:
    data = anndata.read_h5ad(shared / "data" / f"{dataset}.h5ad")[:40]
    dense = pd.DataFrame(data.X.toarray(), index=data.obs_names, columns=data.var_names)
    for name, frame in (("a.csv", dense), ("b.csv", dense.T)):
        frame.to_csv(tmp_path / name)
        expression = read_expression(tmp_path / name)
        assert expression.genes == data.var_names.tolist()
        assert np.array_equal(expression.counts.toarray(), dense)


def test_fifty_thousand_genes_are_read(tmp_path: Path) -> None:
    genes = [f"ENSG{i:011d}" for i in range(50_000)]
    values = np.zeros((4, 50_000), dtype=int)
    values[:, ::7] = 3
    counts = Counts(values, genes, genes, ["c_1", "c_2", "c_3", "c_4"])
    for path in (write_csv(tmp_path, counts), WRITERS["tsv"](tmp_path, counts)):
        expression = read_expression(path)
        assert len(expression.genes) == 50_000
        assert expression.depth.tolist() == [3 * 7143] * 4


def test_cells_and_genes_without_counts_are_kept(counts: Counts, tmp_path: Path) -> None:
    counts.matrix[:, 2] = 0
    counts.matrix[5] = 0
    for kind, write in WRITERS.items():
        expression = read_expression(write(tmp_path, counts))
        assert np.array_equal(expression.counts.toarray(), counts.matrix), kind


def test_a_layer_of_a_table_is_refused(counts: Counts, tmp_path: Path) -> None:
    expect(write_csv(tmp_path, counts), "Expected no `layer` for a text table", layer="counts")


# --- h5ad -----------------------------------------------------------------------------------


def test_where_the_counts_were_found_is_said(counts: Counts, tmp_path: Path) -> None:
    path = write_h5ad(tmp_path, counts)
    assert read_expression(path).found_in == "X"
    data = anndata.read_h5ad(path)
    data.raw = data.copy()
    data.X = np.log1p(data.X.toarray())
    data.layers["spliced"] = counts.matrix + 1
    data.write_h5ad(path)
    expression = read_expression(path)
    assert expression.found_in == "raw"
    assert expression.gene_ids == counts.ids
    assert np.array_equal(expression.counts.toarray(), counts.matrix)
    chosen = read_expression(path, layer="spliced")
    assert chosen.found_in == "layers['spliced']"
    assert np.array_equal(chosen.counts.toarray(), counts.matrix + 1)
    expect(path, "Expected one of X, spliced, raw in a.h5ad, found no 'x'", layer="x")
    expect(path, "found values that are no integers.* in X", layer="X")


def test_a_transposed_file_is_told(shared: Path, tmp_path: Path) -> None:
    data = anndata.read_h5ad(shared / "data" / "scrna" / "human_pancreas_baron.h5ad")
    data[:, :200].copy().T.write_h5ad(tmp_path / "a.h5ad")
    expect(tmp_path / "a.h5ad", "found gene names in the rows of a.h5ad.*genes stand in the rows")


def test_coordinates_are_taken_and_follow_the_cells(counts: Counts, tmp_path: Path) -> None:
    data = anndata.read_h5ad(write_h5ad(tmp_path, counts))
    data.obs["array_row"], data.obs["array_col"] = np.arange(8), np.arange(8) * 10
    data.write_h5ad(tmp_path / "b.h5ad")
    data.obsm["spatial"] = np.arange(24).reshape(8, 3)
    data.write_h5ad(tmp_path / "c.h5ad")
    data.obsm["spatial"] = np.full((8, 2), np.nan)
    data.write_h5ad(tmp_path / "d.h5ad")
    assert read_expression(tmp_path / "a.h5ad").coordinates is None
    expression = read_expression(tmp_path / "b.h5ad")
    assert expression.coordinates[3].tolist() == [30, 3]  # x, y
    part = expression.take_cells(np.arange(8) == 3)
    assert part.coordinates.tolist() == [[30, 3]]
    assert part.cells == [counts.cells[3]]
    assert part.take_genes(np.arange(12) < 2).coordinates.tolist() == [[30, 3]]
    assert read_expression(tmp_path / "c.h5ad").coordinates[1].tolist() == [3, 4]
    fallen_back = read_expression(tmp_path / "d.h5ad")
    assert fallen_back.coordinates[3].tolist() == [30, 3]
    assert any("obsm['spatial'] passed over" in note for note in fallen_back.notes)


def test_spots_of_a_public_section_have_coordinates(shared: Path) -> None:
    path = shared / "data" / "spatial" / "human_her2_breast_C1.h5ad"
    expression = read_expression(path)
    assert np.array_equal(expression.coordinates, anndata.read_h5ad(path).obsm["spatial"][:, :2])


# --- names that stand twice -----------------------------------------------------------------


@pytest.mark.parametrize(
    "write", [write_h5ad, write_tenx_2, write_tenx_3, write_mtx, write_old_mtx]
)
@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_repeated_names_are_told_apart_by_ids_and_summed_later(
    write: Callable[[Path, Counts], Path], counts: Counts, tmp_path: Path
) -> None:
    counts.genes[4] = counts.genes[1]
    expression = read_expression(write(tmp_path, counts))
    assert expression.genes[1] == f"GCG_{counts.ids[1]}"
    assert expression.genes[4] == f"GCG_{counts.ids[4]}"
    assert expression.notes == (
        "gene names: 1 stand several times and were told apart by their ids (GCG)",
    )
    result, _, report = harmonise(expression, "human", GeneNames())
    assert report.merged == ["GCG"]
    column = result.counts[:, result.genes.index("GCG")].toarray().ravel()
    assert np.array_equal(column, counts.matrix[:, 1] + counts.matrix[:, 4])


def test_repeated_names_with_the_same_id_are_summed(counts: Counts, tmp_path: Path) -> None:
    counts.genes[4], counts.ids[4] = counts.genes[1], counts.ids[1]
    expression = read_expression(write_tenx_3(tmp_path, counts))
    assert expression.genes == list(dict.fromkeys(counts.genes))
    column = expression.counts[:, 1].toarray().ravel()
    assert np.array_equal(column, counts.matrix[:, 1] + counts.matrix[:, 4])
    assert expression.gene_ids[1] == counts.ids[1]


# --- 10x ------------------------------------------------------------------------------------


def test_feature_types_of_10x_files_are_chosen(counts: Counts, tmp_path: Path) -> None:
    types = ["Gene Expression"] * 7 + ["Antibody Capture"] * 5
    path = write_tenx_3(tmp_path, counts, types, compression="gzip")
    expression = read_expression(path)
    assert expression.genes == GENES[:7]
    assert "7 of type Gene Expression taken, 5 of other types left out" in expression.notes[0]
    assert read_expression(path, layer="Antibody Capture").genes == GENES[7:]
    expect(path, "Expected features of type 'Peaks' in b.h5, found Antibody", layer="Peaks")


def test_a_file_is_told_by_its_content_whatever_it_is_called(
    counts: Counts, tmp_path: Path
) -> None:
    written = {"x.h5": write_h5ad, "x.h5ad": write_tenx_3, "x.csv": write_loom}
    for name, write in written.items():
        write(tmp_path, counts).rename(tmp_path / name)
        found = read_expression(tmp_path / name)
        assert found.genes == counts.genes
        assert np.array_equal(found.counts.toarray(), counts.matrix)


def test_hdf5_files_of_another_kind_are_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "y.h5", "w") as file:
        file["a"] = [1]
    expect(tmp_path / "y.h5", "found another kind of HDF5 file")
    (tmp_path / "y.h5").rename(tmp_path / "y.loom")
    expect(tmp_path / "y.loom", "Expected a loom file with matrix, row_attrs and col_attrs")
    (tmp_path / "z.loom").write_text("text")
    expect(tmp_path / "z.loom", "found another format")


def test_several_genomes_ask_for_one(counts: Counts, tmp_path: Path) -> None:
    path = write_tenx_2(tmp_path, counts)
    with h5py.File(path, "a") as file:
        file.copy("GRCh38", "mm10")
    expect(path, "Expected one of the genomes GRCh38, mm10, found several.*`--genome`")
    assert read_expression(path, layer="mm10").genes == GENES


@pytest.mark.parametrize(
    ("part", "value"),
    [("indices", 10**6), ("indptr", 5), ("shape", 3), ("indices", -1)],
)
def test_10x_parts_that_do_not_fit_are_told(
    part: str, value: int, counts: Counts, tmp_path: Path
) -> None:
    path = write_tenx_3(tmp_path, counts)
    with h5py.File(path, "a") as file:
        file[f"matrix/{part}"][0] = value
    expect(path, "found one with a missing or damaged part")


def test_a_stated_size_beyond_the_file_is_refused(counts: Counts, tmp_path: Path) -> None:
    path = write_tenx_3(tmp_path, counts)
    with h5py.File(path, "a") as file:
        del file["matrix/data"]
        file.create_dataset("matrix/data", shape=(2**45,), dtype="i4", chunks=(1024,))
    expect(path, "larger than the file can hold")


def test_a_folder_with_prefixes_or_the_matrix_itself_is_read(
    counts: Counts, tmp_path: Path
) -> None:
    folder = write_mtx(tmp_path, counts, prefix="GSM1_")
    for path in (folder, folder / "GSM1_matrix.mtx.gz"):
        expression = read_expression(path)
        assert np.array_equal(expression.counts.toarray(), counts.matrix)
        assert expression.found_in == "GSM1_matrix.mtx.gz"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("matrix.mtx", None, "Expected one matrix.mtx or matrix.mtx.gz in .*, found none"),
        ("genes.tsv", None, "Expected one of features.tsv, .* found none.*Copy it beside"),
        ("barcodes.tsv", None, "Expected one of barcodes.tsv, .* found none.*Copy it beside"),
        ("barcodes.tsv", "A\nB\n", "Expected a matrix of 12 features x 2 barcodes, found 12 x 8"),
        ("genes.tsv", "a\tINS\nb\n", "Expected 2 fields.*found 1 in row 2"),
        ("matrix.mtx", "1 2 3\n", "Expected a MatrixMarket file of coordinates"),
        ("matrix.mtx", "%%MatrixMarket matrix array real general\n", "Expected a MatrixMarket"),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n",
            "Expected a line with",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n12 8 2\n1 1 x\n",
            "Expected 2 lines of row, column and count, found others",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n12 8 2\n99 1 4\n1 1 1\n",
            "Expected 2 lines of row, column and count, found others",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate integer general\n12 8 9999999\n1 1 4\n",
            "Expected at most 96 values, found 9999999",
        ),
        (
            "matrix.mtx",
            "%%MatrixMarket matrix coordinate real general\n12 8 1\n1 1 4.5\n",
            "found values that are no integers, such as 4.5",
        ),
    ],
)
def test_a_10x_folder_that_cannot_be_used_gives_one_sentence(
    name: str, text: str | None, message: str, counts: Counts, tmp_path: Path
) -> None:
    folder = write_old_mtx(tmp_path, counts)
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)
    expect(folder, message)


def test_a_matrix_with_cells_in_the_rows_is_turned(counts: Counts, tmp_path: Path) -> None:
    folder = write_old_mtx(tmp_path, counts)
    rows, columns = np.nonzero(counts.matrix)
    lines = [f"{i + 1} {j + 1} {counts.matrix[i, j]}" for i, j in zip(rows, columns, strict=True)]
    head = f"%%MatrixMarket matrix coordinate integer general\n% x\n8 12 {len(lines)}\n"
    (folder / "matrix.mtx").write_text(head + "\n".join(lines) + "\n")
    expression = read_expression(folder)
    assert expression.orientation == "cells in rows"
    assert np.array_equal(expression.counts.toarray(), counts.matrix)


# --- loom -----------------------------------------------------------------------------------


def test_layers_and_coordinates_of_loom_files_are_found(counts: Counts, tmp_path: Path) -> None:
    path = write_loom(tmp_path, counts)
    with h5py.File(path, "a") as file:
        file["layers/counts"] = file["matrix"][()]
        del file["matrix"], file["col_attrs/CellID"]
        file["matrix"] = np.log1p(counts.matrix.T)
        file["col_attrs/x"], file["col_attrs/y"] = np.arange(8.0), np.ones(8)
    expression = read_expression(path)
    assert expression.found_in == "layers['counts']"
    assert expression.cells == [str(i) for i in range(8)]
    assert expression.coordinates[2].tolist() == [2, 1]
    assert np.array_equal(expression.counts.toarray(), counts.matrix)
    expect(path, "found values that are no integers.* in matrix", layer="matrix")
    expect(path, "Expected one of the layers matrix, counts, found 'spliced'", layer="spliced")


def test_a_loom_file_without_names_or_with_too_few_is_told(counts: Counts, tmp_path: Path) -> None:
    path = write_loom(tmp_path, counts)
    with h5py.File(path, "a") as file:
        del file["row_attrs/Gene"]
        file["row_attrs/Gene"] = np.array(["INS"], dtype="S")
    expect(path, "found one with a missing or damaged part")
    with h5py.File(path, "a") as file:
        del file["row_attrs/Gene"], file["row_attrs/Accession"]
    expect(path, "Expected a row attribute such as Gene with names, found none")


def test_a_large_loom_matrix_is_read_in_blocks(tmp_path: Path, monkeypatch: object) -> None:
    monkeypatch.setattr("musegnn.io.formats.loom._BLOCK_VALUES", 8 * 70)
    genes = [f"ENSG{i:011d}" for i in range(300)]
    values = sparse.random(8, 300, 0.3, random_state=0).toarray().round(1) * 10
    counts = make_counts(values.astype(int), genes)
    assert np.array_equal(
        read_expression(write_loom(tmp_path, counts)).counts.toarray(), counts.matrix
    )
