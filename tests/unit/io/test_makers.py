"""Each maker's files, written as the maker writes them: the right genes, cells, numbers, places."""

from __future__ import annotations

import gzip
import json
import shutil
import warnings
import zipfile
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.io import mmwrite

from benchmarks.layouts import PAGE, with_table
from musegnn.errors import DataFileError
from musegnn.io.choices import Choices
from musegnn.io.expression import Expression, read_expression
from musegnn.io.formats.registry import LAYOUTS, list_choices
from tests.count_files import (
    Counts,
    make_counts,
    write_h5ad,
    write_mtx,
    write_old_mtx,
    write_tenx_3,
)
from tests.toy_counts import GENES


@pytest.fixture
def counts() -> Counts:
    """Counts of 16 cells and 12 genes, no two alike."""
    return make_counts(np.random.default_rng(5).poisson(3, (16, len(GENES))) + 1, GENES)


def expect(found: Expression, counts: Counts, *, cells: list[str] | None = None) -> None:
    """All genes, cells and numbers are those of the file."""
    assert found.genes == counts.genes
    assert found.cells == (counts.cells if cells is None else cells)
    assert np.array_equal(found.counts.toarray(), counts.matrix)


def annotated(counts: Counts, **parts: object) -> anndata.AnnData:
    return anndata.AnnData(
        sparse.csr_matrix(counts.matrix.astype(np.float32)),
        obs=pd.DataFrame(index=counts.cells),
        var=pd.DataFrame({"gene_ids": counts.ids}, index=counts.genes),
        **parts,
    )


def write_matrix(path: Path, matrix: np.ndarray) -> None:
    """MatrixMarket, packed where the name says so."""
    plain = path.with_name("m.mtx")
    mmwrite(plain, sparse.coo_matrix(matrix.astype(np.int64)), field="integer", symmetry="general")
    text = plain.read_bytes()
    plain.unlink()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))


# --- several assays in one file -------------------------------------------------------------


def write_h5mu(folder: Path, parts: dict[str, anndata.AnnData]) -> Path:
    """As muon writes it: AnnData objects under `mod`, and the cells of all."""
    path = folder / "a.h5mu"
    with h5py.File(path, "w") as file:
        file.attrs["encoding-type"] = "MuData"
        file.create_group("mod")
        for name, data in parts.items():
            anndata.io.write_elem(file, f"mod/{name}", data)
        anndata.io.write_elem(file, "obs", next(iter(parts.values())).obs)
    return path


def test_mudata_gives_its_genes_and_says_what_it_left_out(counts, tmp_path):
    proteins = anndata.AnnData(
        np.ones((16, 2), dtype=np.float32),
        obs=pd.DataFrame(index=counts.cells),
        var=pd.DataFrame(index=["CD3", "CD4"]),
    )
    path = write_h5mu(tmp_path, {"prot": proteins, "rna": annotated(counts)})
    assert list_choices(path).assays == ("prot", "rna")
    found = read_expression(path)
    expect(found, counts)
    assert found.gene_ids == counts.ids
    assert (found.found_in, found.layout) == ("rna: X", "MuData (.h5mu)")
    assert "modalities: rna taken, prot left out" in found.notes
    assert read_expression(path, choices=Choices(assay="prot")).genes == ["CD3", "CD4"]


def test_mudata_with_two_of_genes_or_none_asks(counts, tmp_path):
    path = write_h5mu(tmp_path, {"rna_a": annotated(counts), "rna_b": annotated(counts)})
    with pytest.raises(DataFileError, match=r"modalities rna_a, rna_b in a.h5mu, found several"):
        read_expression(path)
    expect(read_expression(path, choices=Choices(assay="rna_b")), counts)
    with pytest.raises(DataFileError, match=r"rna_a, rna_b in a.h5mu, found 'atac'"):
        read_expression(path, choices=Choices(assay="atac"))


def test_the_peaks_of_mudata_are_peaks(counts, tmp_path):
    peaks = Counts(counts.matrix, [f"chr1:{i}00-{i}50" for i in range(1, 13)], [], counts.cells)
    data = anndata.AnnData(
        counts.matrix.astype(np.float32),
        obs=pd.DataFrame(index=counts.cells),
        var=pd.DataFrame(index=peaks.genes),
    )
    path = write_h5mu(tmp_path, {"rna": annotated(counts), "atac": data})
    assert read_expression(path, choices=Choices(assay="atac")).genes == peaks.genes


def write_zarr(path: Path, data: anndata.AnnData, *, version: int) -> None:
    """Write a folder of zarr in one of its versions."""
    with warnings.catch_warnings(), anndata.settings.override(zarr_write_format=version):
        warnings.simplefilter("ignore")  # of what the next version of anndata will do
        data.write_zarr(path)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("packed", [False, True])
def test_anndata_in_zarr_of_both_versions(version, packed, counts, tmp_path):
    path = tmp_path / "a.zarr"
    places = np.arange(32.0).reshape(16, 2)
    data = annotated(counts, layers={"log": counts.matrix / 2}, obsm={"spatial": places})
    write_zarr(path, data, version=version)
    if packed:
        with zipfile.ZipFile(tmp_path / "a.zarr.zip", "w") as archive:
            for item in sorted(path.rglob("*")):
                archive.write(item, f"a.zarr/{item.relative_to(path)}")
        shutil.rmtree(path)
        path = tmp_path / "a.zarr.zip"
    found = read_expression(path)
    expect(found, counts)
    assert found.gene_ids == counts.ids
    assert np.array_equal(found.coordinates, places)
    assert set(list_choices(path).layers) == {"X", "log"}


def test_tables_of_spatialdata_ask_for_one(counts, tmp_path):
    path = tmp_path / "s.zarr"
    for name in ("cells", "nuclei"):
        write_zarr(path / "tables" / name, annotated(counts), version=3)
    (path / "zarr.json").write_text('{"zarr_format": 3, "node_type": "group", "attributes": {}}')
    (path / "tables" / "zarr.json").write_text((path / "zarr.json").read_text())
    assert list_choices(path).assays == ("cells", "nuclei")
    with pytest.raises(DataFileError, match=r"tables cells, nuclei in s.zarr, found several"):
        read_expression(path)
    expect(read_expression(path, choices=Choices(assay="nuclei")), counts)


def test_zarr_that_runs_code_or_leads_elsewhere_is_refused(counts, tmp_path):
    path = tmp_path / "a.zarr"
    write_zarr(path, annotated(counts), version=2)
    other = tmp_path / "b.zarr"
    shutil.copytree(path, other)
    array = path / "X" / "data" / ".zarray"
    content = json.loads(array.read_text())
    array.write_text(json.dumps({**content, "filters": [{"id": "pickle"}]}))
    with pytest.raises(DataFileError, match=r"a codec that is known here, found 'pickle'"):
        read_expression(path)
    (other / "X" / "data" / "0").unlink()
    (other / "X" / "data" / "0").symlink_to("/etc/passwd")
    with pytest.raises(DataFileError, match=r"whole in itself, found a link"):
        read_expression(other)


def write_h5seurat(folder: Path, assays: dict[str, Counts]) -> Path:
    """As SeuratDisk writes it: dgCMatrix of genes x cells in each assay."""
    path = folder / "a.h5seurat"
    with h5py.File(path, "w") as file:
        for name, counts in assays.items():
            stored = sparse.csr_matrix(counts.matrix.astype(np.float64))
            group = file.create_group(f"assays/{name}/counts")
            for part in ("data", "indices", "indptr"):
                group[part] = getattr(stored, part)
            group.attrs["dims"] = counts.matrix.shape[::-1]
            file[f"assays/{name}/features"] = np.array(counts.genes, dtype="S")
            file["cell.names"] = np.array(counts.cells, dtype="S") if name == "RNA" else [b""]
            if name == "RNA":
                break
    return path


def test_h5seurat_is_read(counts, tmp_path):
    found = read_expression(write_h5seurat(tmp_path, {"RNA": counts}))
    expect(found, counts)
    assert found.found_in == "RNA: counts"


# --- folders of runs ------------------------------------------------------------------------


def test_a_run_of_starsolo_gives_its_filtered_genes(counts, tmp_path):
    inner = tmp_path / "sample_Solo.out" / "Gene"
    inner.mkdir(parents=True)
    write_mtx(inner, counts)
    raw = Counts(counts.matrix + 1, counts.genes, counts.ids, counts.cells)
    write_old_mtx(inner, raw).rename(inner / "raw")
    for path in (tmp_path, tmp_path / "sample_Solo.out", inner, inner / "filtered"):
        expect(read_expression(path), counts)


def test_spliced_counts_of_starsolo_ask(counts, tmp_path):
    folder = tmp_path / "Velocyto" / "raw"
    folder.mkdir(parents=True)
    for number, name in enumerate(["ambiguous", "spliced", "unspliced"]):
        write_matrix(folder / f"{name}.mtx", counts.matrix.T * (number + 1))
    write_lines(
        folder / "features.tsv", [f"{i}\t{g}" for i, g in zip(counts.ids, GENES, strict=True)]
    )
    write_lines(folder / "barcodes.tsv", counts.cells)
    assert list_choices(folder).layers == ("ambiguous", "spliced", "unspliced")
    with pytest.raises(DataFileError, match=r"found several: ambiguous, spliced, unspliced"):
        read_expression(folder)
    doubled = Counts(counts.matrix * 2, counts.genes, counts.ids, counts.cells)
    expect(read_expression(folder, layer="spliced"), doubled)


def test_samples_of_cell_ranger_multi_ask(counts, tmp_path):
    for sample in ("one", "two"):
        folder = tmp_path / "outs" / "per_sample_outs" / sample / "count"
        folder.mkdir(parents=True)
        write_tenx_3(folder, counts).rename(folder / "sample_filtered_feature_bc_matrix.h5")
    assert list_choices(tmp_path).assays == ("one", "two")
    with pytest.raises(DataFileError, match=r"Expected one of one, two in .*, found several"):
        read_expression(tmp_path / "outs")
    expect(read_expression(tmp_path, choices=Choices(assay="two")), counts)


def test_bins_of_visium_hd_ask_and_have_places(counts, tmp_path):
    for size in ("square_002um", "square_008um"):
        folder = tmp_path / "binned_outputs" / size
        (folder / "spatial").mkdir(parents=True)
        write_tenx_3(folder, counts).rename(folder / "filtered_feature_bc_matrix.h5")
        table = pd.DataFrame(
            {
                "barcode": counts.cells,
                "in_tissue": 1,
                "array_row": range(16),
                "array_col": range(16),
                "pxl_row_in_fullres": np.arange(16.0),
                "pxl_col_in_fullres": np.arange(16.0) + 100,
            }
        )
        table.to_parquet(folder / "spatial" / "tissue_positions.parquet")
    with pytest.raises(DataFileError, match=r"square_002um, square_008um in .*, found several"):
        read_expression(tmp_path)
    found = read_expression(tmp_path, choices=Choices(assay="square_008um"))
    expect(found, counts)
    assert found.coordinates.tolist() == [[i + 100, i] for i in range(16)]


def test_xenium_has_genes_and_places(counts, tmp_path):
    kinds = ["Gene Expression"] * 9 + ["Negative Control Probe"] * 2 + ["Unassigned Codeword"]
    write_tenx_3(tmp_path, counts, kinds).rename(tmp_path / "cell_feature_matrix.h5")
    cells = pd.DataFrame(
        {"cell_id": counts.cells, "x_centroid": range(16), "y_centroid": range(5, 21), "area": 1.0}
    )
    (tmp_path / "cells.csv.gz").write_bytes(gzip.compress(cells.to_csv(index=False).encode()))
    found = read_expression(tmp_path)
    assert found.genes == GENES[:9]
    assert found.coordinates.tolist() == [[i, i + 5] for i in range(16)]


@pytest.mark.parametrize("layer", [None, "all"])
def test_states_of_alevin_fry_are_summed(layer, counts, tmp_path):
    folder = tmp_path / "af_quant" / "alevin"
    folder.mkdir(parents=True)
    names = [*counts.ids, *(f"{i}-U" for i in counts.ids), *(f"{i}-A" for i in counts.ids)]
    write_matrix(folder / "quants_mat.mtx", np.hstack([counts.matrix * k for k in (1, 10, 100)]))
    write_lines(folder / "quants_mat_cols.txt", names)
    write_lines(folder / "quants_mat_rows.txt", counts.cells)
    found = read_expression(folder.parent, layer=layer)
    assert found.genes == counts.ids
    factor = 101 if layer is None else 111
    assert np.array_equal(found.counts.toarray(), counts.matrix * factor)
    what = "spliced and ambiguous counts" if layer is None else "all counts"
    assert any(note.startswith(f"features: {what} of each of 12 genes") for note in found.notes)


@pytest.mark.parametrize("maker", ["kallisto", "Parse"])
def test_a_square_matrix_of_cells_in_rows_is_not_turned(maker, tmp_path):
    counts = make_counts(np.random.default_rng(6).poisson(3, (12, 12)) + 1, GENES)
    folder = tmp_path / ("counts_unfiltered" if maker == "kallisto" else "DGE_filtered")
    folder.mkdir()
    if maker == "kallisto":
        write_matrix(folder / "cells_x_genes.mtx", counts.matrix)
        write_lines(folder / "cells_x_genes.genes.txt", counts.ids)
        write_lines(folder / "cells_x_genes.genes.names.txt", counts.genes)
        write_lines(folder / "cells_x_genes.barcodes.txt", counts.cells)
    else:
        write_matrix(folder / "count_matrix.mtx", counts.matrix)
        rows = [f"{i},{g},hg38" for i, g in zip(counts.ids, GENES, strict=True)]
        write_lines(folder / "all_genes.csv", ["gene_id,gene_name,genome", *rows])
        cells = [f"{cell},s1" for cell in counts.cells]
        write_lines(folder / "cell_metadata.csv", ["bc_wells,sample", *cells])
    expect(read_expression(tmp_path), counts)


# --- tables of makers -----------------------------------------------------------------------


def test_a_table_of_bd_rhapsody_with_its_comments(counts, tmp_path):
    numbers = [str(100_000 * (i + 1) + 7) for i in range(16)]  # spread as ids of genes would be
    header = [f"{gene}|NM_{i:06d}.1|Reference_end" for i, gene in enumerate(GENES)]
    lines = ["##Analysis Date: 2024-01-01", "##Sample: s1", "#", "Cell_Index," + ",".join(header)]
    lines[3] += ",CD3:UCHT1|CD3E|AHS0231|pAbO"
    for name, row in zip(numbers, counts.matrix, strict=True):
        lines.append(",".join([name, *map(str, row), "99"]))
    write_lines(tmp_path / "s1_RSEC_MolsPerCell.csv", lines)
    found = read_expression(tmp_path / "s1_RSEC_MolsPerCell.csv")
    expect(found, counts, cells=numbers)
    assert any("1 antibody tags left out" in note for note in found.notes)


def test_merscope_has_genes_and_places(counts, tmp_path):
    numbers = [f"11088342476461192440022163991631425{i:04d}" for i in range(16)]
    table = pd.DataFrame(counts.matrix, index=pd.Index(numbers, name="cell"), columns=GENES)
    table["Blank-1"], table["Blank-12"] = 3, 4
    table.to_csv(tmp_path / "cell_by_gene.csv")
    places = pd.DataFrame(
        {"fov": 0, "volume": 9.5, "center_x": range(16), "center_y": range(30, 46)}, index=numbers
    )
    places[::-1].to_csv(tmp_path / "cell_metadata.csv")
    found = read_expression(tmp_path / "cell_by_gene.csv")
    expect(found, counts, cells=numbers)
    assert found.coordinates.tolist() == [[i, i + 30] for i in range(16)]
    assert any("2 controls and spike-ins left out" in note for note in found.notes)


def test_cosmx_has_cells_of_each_field_of_view(counts, tmp_path):
    pairs = [(fov, number) for fov in (1, 2) for number in range(1, 9)]
    table = pd.DataFrame(counts.matrix, columns=GENES)
    table.insert(0, "cell_ID", [number for _, number in pairs])
    table.insert(0, "fov", [fov for fov, _ in pairs])
    table["NegPrb3"], table["SystemControl1"] = 1, 1
    outside = pd.DataFrame({**dict.fromkeys(table, 5), "fov": 1, "cell_ID": 0}, index=[0])
    pd.concat([outside, table]).to_csv(tmp_path / "S1_exprMat_file.csv", index=False)
    places = pd.DataFrame(pairs, columns=["fov", "cell_ID"])
    places["CenterX_global_px"] = range(16)
    places["CenterY_global_px"] = range(16, 32)
    places.to_csv(tmp_path / "S1_metadata_file.csv", index=False)
    found = read_expression(tmp_path / "S1_exprMat_file.csv")
    expect(found, counts, cells=[f"{fov}_{number}" for fov, number in pairs])
    assert found.coordinates.tolist() == [[i, i + 16] for i in range(16)]


def test_slide_seq_has_beads_with_places(counts, tmp_path):
    table = pd.DataFrame(counts.matrix.T, index=pd.Index(GENES, name="GENE"), columns=counts.cells)
    text = table.to_csv(sep="\t").encode()
    path = tmp_path / "Puck_1.digital_expression.txt.gz"
    path.write_bytes(gzip.compress(text, mtime=0))
    beads = pd.DataFrame({"barcodes": counts.cells, "xcoord": range(16), "ycoord": range(2, 18)})
    beads.to_csv(tmp_path / "Puck_1_BeadLocationsForR.csv", index=False)
    found = read_expression(path)
    expect(found, counts)
    assert found.coordinates.tolist() == [[i, i + 2] for i in range(16)]


def stereo_rows(counts: Counts) -> list[tuple[str, str, int, int, int, str]]:
    """A row for each gene of each cell, the cell `i` at x = 100 i + 7, y = 50."""
    return [
        (
            counts.ids[gene],
            GENES[gene],
            100 * cell + 7,
            50,
            int(counts.matrix[cell, gene]),
            cell + 1,
        )
        for cell, gene in zip(*np.nonzero(counts.matrix), strict=True)
    ]


def test_stereo_seq_as_text_asks_for_bins_unless_it_has_cells(counts, tmp_path):
    lines = ["#FileFormat=GEMv0.1", "geneID\tgeneName\tx\ty\tMIDCount\tCellID"]
    lines += ["\t".join(map(str, row)) for row in stereo_rows(counts)]
    write_lines(tmp_path / "a.cellbin.gem", [*lines, f"{counts.ids[0]}\t{GENES[0]}\t9\t9\t5\t0"])
    found = read_expression(tmp_path / "a.cellbin.gem")
    expect(found, counts, cells=[str(i + 1) for i in range(16)])
    assert found.gene_ids == counts.ids
    assert found.coordinates.tolist() == [[100 * i + 7, 50] for i in range(16)]
    plain = [line.rsplit("\t", 1)[0] for line in lines[1:]]
    write_lines(tmp_path / "b.gem", plain)
    with pytest.raises(DataFileError, match=r"bins such as bin20, .*found no cells and no choice"):
        read_expression(tmp_path / "b.gem")
    binned = read_expression(tmp_path / "b.gem", layer="bin100")
    expect(binned, counts, cells=[f"{i}_0" for i in range(16)])


def test_stereo_seq_in_hdf5(counts, tmp_path):
    rows = stereo_rows(counts)
    by_gene = sorted(rows, key=lambda row: GENES.index(row[1]))
    of_gene = [sum(row[1] == gene for row in rows) for gene in GENES]
    gene = np.zeros(
        12, dtype=[("geneID", "S64"), ("geneName", "S64"), ("offset", "u4"), ("count", "u4")]
    )
    gene["geneID"], gene["geneName"], gene["count"] = counts.ids, GENES, of_gene
    spots = np.array([row[2:5] for row in by_gene])
    expression = np.zeros(len(spots), dtype=[("x", "u4"), ("y", "u4"), ("count", "u2")])
    expression["x"], expression["y"], expression["count"] = spots.T
    with h5py.File(tmp_path / "a.gef", "w") as file:
        file["geneExp/bin50/gene"], file["geneExp/bin50/expression"] = gene, expression
    assert list_choices(tmp_path / "a.gef").layers == ("bin50",)
    with pytest.raises(DataFileError, match="Expected a size of bins of bin50"):
        read_expression(tmp_path / "a.gef")
    found = read_expression(tmp_path / "a.gef", layer="bin50")
    expect(found, counts, cells=[f"{100 * i + 7}_50" for i in range(16)])
    cell = np.zeros(16, dtype=[("id", "u4"), ("x", "i4"), ("y", "i4"), ("geneCount", "u2")])
    cell["id"], cell["x"] = np.arange(1, 17), np.arange(16) * 10
    cell["geneCount"] = (counts.matrix > 0).sum(axis=1)
    counted = np.zeros(len(rows), dtype=[("geneID", "u4"), ("count", "u2")])
    counted["geneID"] = [GENES.index(row[1]) for row in rows]
    counted["count"] = [row[4] for row in rows]
    with h5py.File(tmp_path / "a.gef", "a") as file:
        file["cellBin/cell"], file["cellBin/gene"], file["cellBin/cellExp"] = cell, gene, counted
    expect(read_expression(tmp_path / "a.gef"), counts, cells=[str(i) for i in range(1, 17)])


# --- what is no table of counts -------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.rds", gzip.compress(b"X\n\0\0\0\3rest", mtime=0), "an object of R.*write10xCounts"),
        ("a.RData", gzip.compress(b"RDX3\nX\nrest", mtime=0), "an object of R.*write10xCounts"),
        ("a.csv", gzip.compress(b"RDX3\nX\nrest", mtime=0), "an object of R.*write10xCounts"),
        ("a.xlsx", b"PK\3\4rest", "a spreadsheet.*Save the sheet of counts as .csv"),
        (
            "a.fastq.gz",
            gzip.compress(b"@read\nACGT\n+\nIIII\n", mtime=0),
            "sequencing reads.*Count them",
        ),
        (
            "detected_transcripts.csv",
            b",barcode_id,global_x,global_y,global_z,x,y,fov,gene\n1,2,3,4,5,6,7,0,Gfap\n",
            "single molecules.*cell_by_gene.csv",
        ),
        ("quants_mat.gz", gzip.compress(b"\1\0\0\0\0", mtime=0), "salmon alevin.*tximport"),
    ],
)
def test_what_holds_no_counts_is_told_with_what_to_do(name, content, sentence, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataFileError, match=rf"Expected counts, found .*{sentence}") as caught:
        read_expression(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_molecules_of_cell_ranger_are_told(tmp_path):
    with h5py.File(tmp_path / "molecule_info.h5", "w") as file:
        file["barcode_idx"], file["feature_idx"] = [0], [1]
        file["features/id"] = [b"ENSG00000000001"]
    with pytest.raises(DataFileError, match=r"single molecules .*filtered_feature_bc_matrix.h5"):
        read_expression(tmp_path / "molecule_info.h5")


# --- the registry ---------------------------------------------------------------------------


def test_the_page_lists_each_layout():
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "python -m benchmarks.layouts writes it"


def test_each_layout_says_what_becomes_of_it():
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS)
    for layout in LAYOUTS:
        assert layout.row.count("|") == 6, layout.name
        if layout.outcome == "refused":
            assert layout.found, layout.name
            assert layout.hint, layout.name
            assert not layout.reader, layout.name
        else:
            assert layout.reader or layout.places, layout.name


def test_a_loom_of_an_h5ad_name_is_told_by_its_content(counts, tmp_path):
    path = write_h5ad(tmp_path, counts)
    expect(read_expression(path.rename(tmp_path / "a.dat")), counts)
