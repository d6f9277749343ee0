"""Layouts that makers of count files use: the right genes, cells and places, or one sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.io import mmwrite

from musegnn.errors import DataFileError
from musegnn.graphs.quality import QualityControl, apply_quality_control
from musegnn.io.expression import Expression, read_expression
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.io.spreadsheet_dates import mend_dates
from tests.toy_counts import GENES

IDS = [f"ENSG{i:011d}" for i in range(len(GENES))]
CELLS = [f"AAACCTGAGA{base}{other}-1" for base in "ACGT" for other in "ACGT"]


@pytest.fixture
def counts() -> np.ndarray:
    """Counts of 16 cells and 12 genes, no two columns alike."""
    return np.random.default_rng(0).poisson(2, (16, len(GENES))).astype(np.float32)


def save(path: Path, counts: np.ndarray, *, var: pd.DataFrame, **parts: object) -> Path:
    obs = parts.pop("obs", pd.DataFrame(index=CELLS[: len(counts)]))
    data = anndata.AnnData(sparse.csr_matrix(counts), obs=obs, var=var, **parts)
    data.write_h5ad(path)
    return path


def expect_counts(expression: Expression, counts: np.ndarray, genes: list[str]) -> None:
    assert expression.genes == genes
    assert np.array_equal(expression.counts.toarray(), counts)


# --- names and ids --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    ["feature_name", "gene_symbols", "gene_name", "Symbol", "features", "hgnc_symbol", "whatever"],
)
@pytest.mark.parametrize("index", [IDS, [f"{text}.7" for text in IDS], list(map(str, range(12)))])
def test_symbols_are_found_whatever_their_column_is_called(column, index, counts, tmp_path):
    var = pd.DataFrame(
        {column: pd.Categorical(GENES), "biotype": "protein_coding", "mean": 1.5}, index=index
    )
    expression = read_expression(save(tmp_path / "a.h5ad", counts, var=var))
    expect_counts(expression, counts, GENES)
    assert any(f"taken from the column {column}" in note for note in expression.notes)
    assert expression.gene_ids == (IDS if index[0].startswith("ENSG") else [""] * 12)


def test_symbols_in_the_index_stay_and_ids_are_found_by_their_content(counts, tmp_path):
    var = pd.DataFrame({"odd header": [f"{text}.3" for text in IDS]}, index=GENES)
    expression = read_expression(save(tmp_path / "a.h5ad", counts, var=var))
    expect_counts(expression, counts, GENES)
    assert expression.gene_ids == IDS
    assert expression.notes == ()


def test_a_layout_without_symbols_keeps_its_ids(counts, tmp_path):
    var = pd.DataFrame({"biotype": "protein_coding"}, index=IDS)
    expect_counts(read_expression(save(tmp_path / "a.h5ad", counts, var=var)), counts, IDS)


@pytest.mark.parametrize("word", ["nan", "NA", "", "None", " "])
def test_genes_without_a_symbol_keep_their_id_and_are_not_merged(word, counts, tmp_path):
    names = [word, word, *GENES[2:]]
    var = pd.DataFrame({"gene_symbols": names}, index=IDS)
    expression = read_expression(save(tmp_path / "a.h5ad", counts, var=var))
    expect_counts(expression, counts, [*IDS[:2], *GENES[2:]])
    assert "gene names: 2 without a symbol keep their id" in expression.notes


def test_blanks_around_names_and_copies_on_y_are_taken_off(counts, tmp_path):
    index = ["ENSG00000182378.14", "ENSG00000182378.14_PAR_Y", *IDS[2:]]
    expression = read_expression(save(tmp_path / "a.h5ad", counts, var=pd.DataFrame(index=index)))
    assert expression.genes == ["ENSG00000182378", *IDS[2:]]
    column = expression.counts[:, 0].toarray().ravel()
    assert column.tolist() == counts[:, :2].sum(axis=1).tolist()
    blank = pd.DataFrame(index=[f"{GENES[0]} ", *GENES[1:]])
    expect_counts(read_expression(save(tmp_path / "b.h5ad", counts, var=blank)), counts, GENES)


def test_entrez_ids_are_the_genes_of_a_table_and_get_their_symbols(counts, tmp_path):
    ids = [str(1000 + 977 * i) for i in range(len(GENES))]
    plates = [f"MGH{40 + i}_P{i}_A{i:02d}" for i in range(len(counts))]
    pd.DataFrame(counts.T.astype(int), index=ids, columns=plates).to_csv(tmp_path / "a.csv")
    expression = read_expression(tmp_path / "a.csv")
    expect_counts(expression, counts, ids)
    assert expression.cells == plates
    known = GeneNames(
        symbols={"human": frozenset(GENES)}, entrez={"human": dict(zip(ids, GENES, strict=True))}
    )
    named, in_file, report = harmonise(expression, "human", known)
    assert named.genes == GENES
    assert in_file == ids
    assert report.renamed == dict(zip(ids, GENES, strict=True))


def test_dates_of_a_spreadsheet_are_mended_or_told():
    names, notes = mend_dates(["1-Mar", "7-Sep", "1-Dec", "5-Mar", "CD3E", "MARCH3"])
    assert names == ["1-Mar", "SEPTIN7", "DELEC1", "MARCHF5", "CD3E", "MARCH3"]
    assert "1-Mar may be MARCHF1 or MTARC1" in notes[1]
    assert mend_dates(["1-Mar", "MARC1"])[0] == ["MARCHF1", "MARC1"]  # the other one is there
    assert mend_dates(["2020-09-07", "Gcg", "Ins2", "Sst"])[0][0] == "Septin7"
    assert mend_dates(["1-Mar", "1-Mar", "MARC1"])[0] == ["1-Mar", "1-Mar", "MARC1"]
    assert mend_dates(GENES) == (GENES, ())


# --- kinds of features ----------------------------------------------------------------------


def test_antibodies_and_peaks_are_left_out_and_can_be_asked_for(counts, tmp_path):
    kinds = ["Gene Expression"] * 8 + ["Antibody Capture"] * 4
    var = pd.DataFrame({"feature_types": pd.Categorical(kinds)}, index=GENES)
    path = save(tmp_path / "a.h5ad", counts, var=var)
    expression = read_expression(path)
    expect_counts(expression, counts[:, :8], GENES[:8])
    assert any("4 of other types left out (4 Antibody Capture)" in n for n in expression.notes)
    expect_counts(read_expression(path, layer="Antibody Capture"), counts[:, 8:], GENES[8:])
    with pytest.raises(DataFileError, match="found no 'Peaks'"):
        read_expression(path, layer="Peaks")


def test_what_counting_programs_put_below_the_genes_is_left_out(counts, tmp_path):
    names = [*GENES[:9], "__no_feature", "__ambiguous", "N_unmapped"]
    pd.DataFrame(counts.T.astype(int), index=names, columns=CELLS).to_csv(tmp_path / "a.csv")
    expect_counts(read_expression(tmp_path / "a.csv"), counts[:, :9], GENES[:9])


def test_a_file_of_two_genomes_asks_which_one(counts, tmp_path):
    names = [f"GRCh38_{gene}" for gene in GENES[:7]] + [f"mm10___{g.title()}" for g in GENES[7:]]
    path = save(tmp_path / "a.h5ad", counts, var=pd.DataFrame(index=names))
    with pytest.raises(DataFileError, match=r"found several: GRCh38 \(7\), mm10 \(5\)"):
        read_expression(path)
    var = pd.DataFrame({"genome": ["GRCh38"] * 7 + ["mm10"] * 5}, index=names)
    path = save(tmp_path / "b.h5ad", counts, var=var)
    expect_counts(read_expression(path, layer="GRCh38"), counts[:, :7], GENES[:7])
    one = pd.DataFrame(index=[f"hg19_{gene}" for gene in GENES])
    expect_counts(read_expression(save(tmp_path / "c.h5ad", counts, var=one)), counts, GENES)


# --- numbers --------------------------------------------------------------------------------


def test_counts_of_any_float_are_read_and_noise_is_told(counts, tmp_path):
    var = pd.DataFrame(index=GENES)
    save(tmp_path / "a.h5ad", counts, var=var)
    with h5py.File(tmp_path / "a.h5ad", "a") as file:
        del file["X"]
        file["X"] = counts.astype(np.float16)
        file["X"].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    expect_counts(read_expression(tmp_path / "a.h5ad"), counts, GENES)
    noisy = save(tmp_path / "b.h5ad", counts + np.float32(2e-5), var=var)
    expression = read_expression(noisy)
    expect_counts(expression, counts, GENES)
    assert any("rounded to whole numbers, 2e-05 away" in note for note in expression.notes)
    with pytest.raises(DataFileError, match="no integers"):
        read_expression(save(tmp_path / "c.h5ad", counts + np.float32(0.01), var=var))


def test_a_layer_that_speaks_of_counts_is_found(counts, tmp_path):
    layers = {"scaled": np.log1p(counts) - 1, "raw_counts": sparse.csr_matrix(counts)}
    path = save(tmp_path / "a.h5ad", np.log1p(counts), var=pd.DataFrame(index=GENES), layers=layers)
    expression = read_expression(path)
    expect_counts(expression, counts, GENES)
    assert expression.found_in == "layers['raw_counts']"


def test_what_a_newer_program_wrote_beside_the_counts_is_passed_over(counts, tmp_path):
    path = save(tmp_path / "a.h5ad", counts, var=pd.DataFrame(index=GENES), uns={"source": "here"})
    with h5py.File(path, "a") as file:
        file["uns"].create_group("future").attrs.update(
            {"encoding-type": "hologram", "encoding-version": "9"}
        )
    expression = read_expression(path)
    expect_counts(expression, counts, GENES)
    assert expression.source == {"source": "here"}


# --- tables ---------------------------------------------------------------------------------


def test_tables_of_other_programs_are_read(counts, tmp_path):
    table = pd.DataFrame(counts.T.astype(int), index=GENES, columns=CELLS)
    described = table.copy()
    for place, (name, value) in enumerate(
        {"Chr": "chr1;chr1", "Start": 1, "End": 9, "Strand": "+", "Length": 900}.items()
    ):
        described.insert(place, name, value)
    text = "# Program:featureCounts v2\n" + described.to_csv(sep="\t", index_label="Geneid")
    (tmp_path / "fc.txt").write_text(text)
    expression = read_expression(tmp_path / "fc.txt")
    expect_counts(expression, counts, GENES)
    assert any("5 rows or columns are no counts and left out" in n for n in expression.notes)
    totals = table.assign(Total=table.sum(axis=1))
    totals.to_csv(tmp_path / "total.csv")
    expect_counts(read_expression(tmp_path / "total.csv"), counts, GENES)
    (tmp_path / "mac.csv").write_bytes(table.to_csv().replace("\n", "\r").encode())
    expect_counts(read_expression(tmp_path / "mac.csv"), counts, GENES)
    large = table.copy()
    large.iloc[0, 0] = 1100
    (tmp_path / "thousands.csv").write_text(large.to_csv().replace(",1100,", ',"1,100",', 1))
    expression = read_expression(tmp_path / "thousands.csv")
    assert expression.counts[0, 0] == 1100
    assert "table: commas between thousands were read so in 1 rows" in expression.notes
    named = table.copy()
    named.index = IDS
    named.insert(0, "gene_name", GENES)
    named.to_csv(tmp_path / "named.csv")
    expression = read_expression(tmp_path / "named.csv")
    expect_counts(expression, counts, GENES)
    assert expression.gene_ids == IDS


@pytest.mark.parametrize("above", ["", "Islets, counts, as exported\n"])
@pytest.mark.parametrize("ids", [False, True])
@pytest.mark.parametrize("end", ["", ","])
def test_counts_in_the_first_line_of_a_table_are_no_names(end, ids, above, counts, tmp_path):
    lines = [
        ",".join([*[i] * ids, gene, *map(str, row)]) + end
        for i, gene, row in zip(IDS, GENES, counts.T.astype(int), strict=True)
    ]
    path = tmp_path / "counts.csv"
    path.write_text(above + "\n".join(lines) + "\n")
    expression = read_expression(path)
    expect_counts(expression, counts, GENES)
    assert expression.cells == [str(number) for number in range(1, len(counts) + 1)]
    assert any("no line of names" in note for note in expression.notes)


@pytest.mark.parametrize("corner", ["", "gene", "GeneID", "barcode"])
def test_numbers_may_name_cells(corner, counts, tmp_path):
    cells = [str(number) for number in range(5, 5 + len(counts))]
    lines = [
        ",".join([gene, *map(str, row)])
        for gene, row in zip(GENES, counts.T.astype(int), strict=True)
    ]
    path = tmp_path / "counts.csv"
    path.write_text("\n".join([",".join([corner, *cells]), *lines]) + "\n")
    expression = read_expression(path)
    expect_counts(expression, counts, GENES)
    assert expression.cells == cells


# --- folders --------------------------------------------------------------------------------


def write_folder(
    folder: Path, counts: np.ndarray, lists: dict[str, list[str]], matrix: str
) -> Path:
    folder.mkdir(parents=True)
    mmwrite(folder / "m.mtx", sparse.coo_matrix(counts.T.astype(int)))
    text = (folder / "m.mtx").read_bytes()
    (folder / "m.mtx").unlink()
    (folder / matrix).write_bytes(gzip.compress(text) if matrix.endswith(".gz") else text)
    for name, lines in lists.items():
        text = "".join(f"{line}\n" for line in lines).encode()
        (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return folder


PAIRS = [f"{i}\t{g}" for i, g in zip(IDS, GENES, strict=True)]


@pytest.mark.parametrize(
    ("matrix", "lists"),
    [
        (
            "cells_x_genes.mtx",
            {"cells_x_genes.genes.txt": IDS, "cells_x_genes.barcodes.txt": CELLS},
        ),
        ("quants_mat.mtx.gz", {"quants_mat_cols.txt": IDS, "quants_mat_rows.txt": CELLS}),
        (
            "DGE.mtx",
            {
                "all_genes.csv": [
                    "gene_id,gene_name,genome",
                    *(f"{i},{g},hg38" for i, g in zip(IDS, GENES, strict=True)),
                ],
                "cell_metadata.csv": ["bc_wells,sample", *(f"{cell},a" for cell in CELLS)],
            },
        ),
        ("GSM1_s-matrix.mtx.gz", {"GSE_features.tsv.gz": PAIRS, "GSM1_s-barcodes.tsv.gz": CELLS}),
        ("matrix.mtx", {"genes.tsv": ["id\tsymbol", *PAIRS], "barcodes.tsv": CELLS}),
        (
            "matrix.mtx",
            {
                "genes.tsv": [f"{g}\t{i}" for i, g in zip(IDS, GENES, strict=True)],
                "barcodes.tsv": CELLS,
            },
        ),
    ],
    ids=["kallisto", "alevin-fry", "Parse", "GEO", "header", "symbol first"],
)
def test_folders_of_other_programs_are_read(matrix, lists, counts, tmp_path):
    path = write_folder(tmp_path / "sample", counts, lists, matrix)
    expression = read_expression(path)
    has_symbols = any(GENES[0] in line for lines in lists.values() for line in lines)
    expect_counts(expression, counts, GENES if has_symbols else IDS)
    assert expression.gene_ids == IDS
    assert expression.cells == CELLS


@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize("kind", ["", "Gene Expression"])
@pytest.mark.parametrize("mark", [",", ";", "|", " "])
def test_lists_of_features_come_with_other_marks_than_tabs(mark, kind, header, counts, tmp_path):
    fields = [["id", "symbol", "kind"]] * header
    fields += [[i, g, kind] for i, g in zip(IDS, GENES, strict=True)]
    lines = [mark.join(filter(None, row if kind else row[:2])) for row in fields]
    lists = {"features.tsv.gz": lines, "barcodes.tsv.gz": CELLS}
    path = write_folder(tmp_path / "sample", counts, lists, "matrix.mtx.gz")
    expression = read_expression(path)
    expect_counts(expression, counts, GENES)
    assert expression.gene_ids == IDS
    assert any("in each line, separated by" in note for note in expression.notes)


@pytest.mark.parametrize("mark", [",", ";", "|", " "])
def test_a_list_of_names_with_marks_in_them_is_no_list_of_fields(mark, counts, tmp_path):
    names = [f"{gene}{mark}form {number % 2}" for number, gene in enumerate(GENES)]
    names[0] = GENES[0]
    lists = {"features.tsv.gz": names, "barcodes.tsv.gz": CELLS}
    path = write_folder(tmp_path / "sample", counts, lists, "matrix.mtx.gz")
    expect_counts(read_expression(path), counts, names)


def test_both_lists_of_kallisto_are_used(counts, tmp_path):
    lists = {
        "cells_x_genes.genes.txt": IDS,
        "cells_x_genes.genes.names.txt": GENES,
        "cells_x_genes.barcodes.txt": CELLS,
    }
    path = write_folder(tmp_path / "counts_unfiltered", counts, lists, "cells_x_genes.mtx")
    expression = read_expression(path)
    expect_counts(expression, counts, GENES)
    assert expression.gene_ids == IDS


def test_a_folder_of_peaks_has_its_bed(counts, tmp_path):
    peaks = [f"chr1\t{1000 * i}\t{1000 * i + 500}" for i in range(1, 13)]
    path = write_folder(
        tmp_path / "filtered_peak_bc_matrix",
        counts,
        {"peaks.bed": peaks, "barcodes.tsv": CELLS},
        "matrix.mtx",
    )
    assert read_expression(path).genes[0] == "chr1:1000-1500"


# --- places ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("x_centroid", "y_centroid"),
        ("center_x", "center_y"),
        ("CenterX_global_px", "CenterY_global_px"),
        ("pxl_col_in_fullres", "pxl_row_in_fullres"),
        ("xcoord", "ycoord"),
        ("X", "Y"),
        ("my_x_mm", "my_y_mm"),
    ],
)
def test_pairs_of_columns_are_places(x, y, counts, tmp_path):
    places = np.arange(32.0).reshape(16, 2)
    obs = pd.DataFrame(
        {x: places[:, 0], y: places[:, 1], "umap_x": 0.0, "umap_y": 0.0}, index=CELLS
    )
    expression = read_expression(
        save(tmp_path / "a.h5ad", counts, var=pd.DataFrame(index=GENES), obs=obs)
    )
    assert np.array_equal(expression.coordinates, places)
    assert f"coordinates: taken from columns {x}, {y}" in expression.notes


def test_maps_of_cells_are_no_places(counts, tmp_path):
    obs = pd.DataFrame({"umap_x": 1.0, "umap_y": 2.0, "pca_x": 1.0, "pca_y": 2.0}, index=CELLS)
    path = save(tmp_path / "a.h5ad", counts, var=pd.DataFrame(index=GENES), obs=obs)
    assert read_expression(path).coordinates is None


def test_cells_without_a_place_are_counted_and_dropped_for_a_section(counts, tmp_path):
    places = np.arange(32.0).reshape(16, 2)
    places[3] = np.nan
    path = save(
        tmp_path / "a.h5ad",
        counts + 1,
        var=pd.DataFrame(index=GENES),
        obsm={"X_spatial": places},
    )
    expression = read_expression(path)
    assert any("1 of 16 cells have none" in note for note in expression.notes)
    quality = QualityControl(minimum_cells=1)
    kept, _, steps = apply_quality_control(expression, quality, needs_place=True)
    assert steps[0].line() == "cells: 1 removed (no place on the slide), 15 left"
    assert np.isfinite(kept.coordinates).all()
    assert apply_quality_control(expression, quality)[0].n_cells == 16


@pytest.mark.parametrize(
    ("inside", "outside"), [(1, 0), (1.0, 0.0), ("1", "0"), ("True", "False"), (True, False)]
)
def test_spots_outside_of_the_tissue_go(inside, outside, counts, tmp_path):
    obs = pd.DataFrame({"in_tissue": [inside] * 10 + [outside] * 6}, index=CELLS)
    path = save(tmp_path / "a.h5ad", counts, var=pd.DataFrame(index=GENES), obs=obs)
    expression = read_expression(path)
    assert expression.cells == CELLS[:10]
    assert "spots: 6 outside of the tissue (in_tissue = 0) left out" in expression.notes


def test_names_of_spots_are_places(counts, tmp_path):
    spots = [f"{2 + i}x{30 - i}" for i in range(16)]
    pd.DataFrame(counts.astype(int), index=spots, columns=GENES).to_csv(
        tmp_path / "a.tsv", sep="\t"
    )
    expression = read_expression(tmp_path / "a.tsv")
    expect_counts(expression, counts, GENES)
    assert expression.coordinates.tolist() == [[2 + i, 30 - i] for i in range(16)]


@pytest.mark.parametrize("version", ["1", "2", "parquet"])
def test_positions_of_space_ranger_beside_the_counts_are_read(version, counts, tmp_path):
    table = pd.DataFrame(
        {
            "barcode": CELLS,
            "in_tissue": [1] * 14 + [0] * 2,
            "array_row": range(16),
            "array_col": range(16),
            "pxl_row_in_fullres": np.arange(16) * 10,
            "pxl_col_in_fullres": np.arange(16) * 7 + 1,
        }
    )[::-1]
    outs = tmp_path / "outs"
    lists = {"features.tsv.gz": PAIRS, "barcodes.tsv.gz": CELLS}
    write_folder(outs / "filtered_feature_bc_matrix", counts, lists, "matrix.mtx.gz")
    (outs / "spatial").mkdir()
    if version == "1":
        table.to_csv(outs / "spatial/tissue_positions_list.csv", header=False, index=False)
    elif version == "2":
        table.to_csv(outs / "spatial/tissue_positions.csv", index=False)
    else:
        table.to_parquet(outs / "spatial/tissue_positions.parquet")
    for path in (outs, outs / "filtered_feature_bc_matrix"):
        expression = read_expression(path)
        assert expression.cells == CELLS[:14]
        assert expression.coordinates[:, 0].tolist() == [7 * i + 1 for i in range(14)]
        assert expression.coordinates[:, 1].tolist() == [10 * i for i in range(14)]
    table.assign(barcode=[f"other-{i}" for i in range(16)]).to_csv(
        outs / "spatial/tissue_positions.csv", index=False
    )
    if version == "2":
        with pytest.raises(DataFileError, match=r"found 0 % of them .*positions of other"):
            read_expression(outs)


def test_symbols_in_small_letters_beside_ids_are_names_and_no_cells(tmp_path, counts):
    symbols = ["sox10", "mitfa", "foxd3", "grna", "tp53", "crestin", "myod1", "neurod1", "pax7a"]
    symbols += ["her4.1", "si:ch211-1a19.3", "zgc:101000"]
    var = pd.DataFrame({"symbol": symbols}, index=[f"ENSDARG{i:011d}" for i in range(len(symbols))])
    cells = pd.DataFrame(index=[f"RG1_{i:02d}_A01" for i in range(len(counts))])
    found = read_expression(save(tmp_path / "fish.h5ad", counts, var=var, obs=cells))
    assert found.genes == symbols
    assert found.gene_ids == list(var.index)
    assert any("taken from the column symbol" in note for note in found.notes)


def test_a_column_of_families_is_not_taken_for_symbols_whatever_it_is_called(tmp_path, counts):
    ids = [f"ENSDARG{i:011d}" for i in range(len(GENES))]
    var = pd.DataFrame({"symbol": ["protein", "rna"] * 6}, index=ids)
    assert read_expression(save(tmp_path / "odd.h5ad", counts, var=var)).genes == ids
