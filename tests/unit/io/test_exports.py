"""Files that analyses and conversions write: where the counts stand, who calls what a cell."""

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
from musegnn.io.choices import Choices
from musegnn.io.droplets import UnfilteredError, rank_barcodes
from musegnn.io.expression import Expression, read_expression
from musegnn.io.formats.contents import Candidate, pick_counts
from tests.count_files import TEXT, Counts, make_counts, write_old_mtx, write_tenx_3
from tests.toy_counts import GENES

SOME = slice(0, 12, 3)  # variable genes


@pytest.fixture
def counts() -> Counts:
    """Counts of 16 cells and 12 genes, no two alike."""
    return make_counts(np.random.default_rng(5).poisson(3, (16, len(GENES))) + 1, GENES)


@pytest.fixture
def logs(counts) -> np.ndarray:
    return np.log1p(counts.matrix / counts.matrix.sum(axis=1, keepdims=True) * 1e4)


@pytest.fixture
def droplets() -> Counts:
    """600 barcodes: 20 cells, 20 of a tenth of their size and less, else next to nothing."""
    rng = np.random.default_rng(2)
    values = rng.poisson(0.02, (600, len(GENES)))
    values[:20] = rng.poisson(300, (20, len(GENES)))
    values[20:40] = rng.poisson(12, (20, len(GENES)))
    return make_counts(values, GENES)


def expect(found: Expression, counts: Counts, cells: list[str] | None = None) -> None:
    assert found.genes == counts.genes
    assert found.cells == (counts.cells if cells is None else cells)
    assert np.array_equal(found.counts.toarray(), counts.matrix)


def cut(counts: Counts, genes: slice) -> Counts:
    return Counts(counts.matrix[:, genes], counts.genes[genes], counts.ids[genes], counts.cells)


def annotated(matrix: np.ndarray, counts: Counts, **parts: object) -> anndata.AnnData:
    return anndata.AnnData(
        sparse.csr_matrix(matrix.astype(np.float32)),
        obs=parts.pop("obs", pd.DataFrame(index=counts.cells)),
        var=parts.pop("var", pd.DataFrame({"gene_ids": counts.ids}, index=counts.genes)),
        **parts,
    )


# --- cells that a file itself calls -----------------------------------------------------------


def write_cellbender(folder: Path, counts: Counts, probability: np.ndarray, version: int) -> Path:
    """Write what CellBender adds to the 10x matrix, of version 0.2 or 0.3."""
    path = write_tenx_3(folder, counts)
    rows, latent = np.arange(len(probability))[::-1], probability[::-1].astype(np.float32)
    with h5py.File(path, "a") as file:
        if version == 2:
            file["matrix/barcode_indices_for_latents"] = rows
            file["matrix/latent_cell_probability"] = latent
            file["matrix/latent_gene_encoding"] = np.ones((len(rows), 5), dtype=np.float32)
            file["matrix/ambient_expression"] = np.ones(len(counts.genes)) / len(counts.genes)
        else:
            file["droplet_latents/barcode_indices_for_latents"] = rows
            file["droplet_latents/cell_probability"] = latent
            file["global_latents/ambient_expression"] = np.ones(len(counts.genes))
            file["metadata/learning_curve_train_elbo"] = np.arange(5.0)
    return path


@pytest.mark.parametrize("version", [2, 3])
def test_cellbender_tells_small_cells_that_their_counts_do_not(version, droplets, tmp_path):
    probability = np.repeat([0.99, 0.01], [40, 100])
    path = write_cellbender(tmp_path, droplets, probability, version)
    with pytest.raises(UnfilteredError, match="CellBender calls 40 of 600 barcodes cells") as told:
        read_expression(path)
    assert (told.value.ranks.n_cells, told.value.ranks.called_by) == (40, "CellBender")
    found = read_expression(path, droplets="filter")
    expect(found, Counts(droplets.matrix[:40], GENES, droplets.ids, droplets.cells[:40]))
    assert "droplets: 560 of 600 barcodes are no cells by CellBender, and were left out" in (
        found.notes
    )
    assert read_expression(path, droplets="keep").n_cells == 600
    assert rank_barcodes(droplets.matrix.sum(axis=1)).n_cells == 20  # by their counts alone


def test_the_filtered_output_of_cellbender_is_read_as_it_is(counts, tmp_path):
    found = read_expression(write_cellbender(tmp_path, counts, np.full(16, 0.9), 3))
    expect(found, counts)
    assert found.notes == ()


@pytest.mark.parametrize(
    "label",
    [
        [True] * 40 + [False] * 560,
        pd.Categorical(["True"] * 40 + ["False"] * 560),
        [0.98] * 40 + [0.02] * 560,
    ],
)
@pytest.mark.parametrize("name", ["dropkick_label", "Cell_probability"])
def test_columns_that_call_cells_are_used(name, label, droplets, tmp_path):
    obs = pd.DataFrame({name: label, "arcsinh_n_genes_by_counts": 1.0}, index=droplets.cells)
    annotated(droplets.matrix, droplets, obs=obs).write_h5ad(tmp_path / "a_dropkick.h5ad")
    with pytest.raises(UnfilteredError, match=f"the column {name} calls 40 of 600"):
        read_expression(tmp_path / "a_dropkick.h5ad")
    found = read_expression(tmp_path / "a_dropkick.h5ad", droplets="filter")
    assert found.cells == droplets.cells[:40]


@pytest.mark.parametrize("label", [["high"] * 600, [3.0] * 600, [False] * 600])
def test_columns_of_other_values_call_nothing(label, droplets, tmp_path):
    obs = pd.DataFrame({"is_cell": label}, index=droplets.cells)
    annotated(droplets.matrix, droplets, obs=obs).write_h5ad(tmp_path / "a.h5ad")
    assert read_expression(tmp_path / "a.h5ad", droplets="filter").cells == droplets.cells[:20]


# --- SoupX and DropletUtils -------------------------------------------------------------------


@pytest.mark.parametrize("version", [2, 3])
def test_a_folder_of_dropletutils_is_read_rounded_and_told_where_it_is_not(
    version, counts, tmp_path
):
    folder = write_old_mtx(tmp_path, counts)
    if version == 3:
        kinds = "".join(
            f"{i}\t{n}\tGene Expression\n" for i, n in zip(counts.ids, GENES, strict=True)
        )
        (folder / "genes.tsv").unlink()
        (folder / "features.tsv.gz").write_bytes(gzip.compress(kinds.encode()))
    matrix = sparse.coo_matrix(counts.matrix.T.astype(float))
    mmwrite(folder / "matrix.mtx", matrix, field="real", symmetry="general")
    expect(read_expression(folder), counts)
    mmwrite(folder / "matrix.mtx", matrix * 0.93, field="real", symmetry="general")
    with pytest.raises(DataFileError, match="found values that are no integers, such as"):
        read_expression(folder)


def test_dropletutils_names_no_genome(counts, tmp_path):
    path = tmp_path / "a.h5"
    stored = sparse.csr_matrix(counts.matrix.astype(np.float64))
    with h5py.File(path, "w") as file:
        for part in ("data", "indices", "indptr"):
            file[f"unknown/{part}"] = getattr(stored, part)
        file["unknown/shape"] = np.array(counts.matrix.shape[::-1], dtype=np.int32)
        for name, values in zip(
            ("barcodes", "genes", "gene_names"), (counts.cells, counts.ids, GENES), strict=True
        ):
            file[f"unknown/{name}"] = np.array(values, dtype="S")
    expect(read_expression(path), counts)


# --- AnnData of other programs ----------------------------------------------------------------


def test_zellkonverter_has_assays_as_layers(counts, logs, tmp_path):
    table = pd.DataFrame({"ID": counts.ids, "Symbol": GENES}, index=counts.ids)
    data = annotated(logs, counts, var=table, layers={"counts": sparse.csc_matrix(counts.matrix)})
    data.uns["X_name"] = "logcounts"
    data.write_h5ad(tmp_path / "a.h5ad")
    found = read_expression(tmp_path / "a.h5ad")
    expect(found, counts)
    assert (found.found_in, found.gene_ids) == ("layers['counts']", counts.ids)
    annotated(np.zeros_like(counts.matrix), counts).write_h5ad(tmp_path / "b.h5ad")
    with pytest.raises(DataFileError, match="found only zeros in X"):  # assays that were skipped
        read_expression(tmp_path / "b.h5ad")


def write_seurat(path: Path, parts: dict[str, np.ndarray], names: dict[str, list[str]]) -> Path:
    """Write as SeuratDisk converts: indices are named in attributes, and may be missing.

    `parts` holds X and raw/X, `names` those of the features of var and raw/var that are there.
    """
    with h5py.File(path, "w") as file:
        for place, matrix in parts.items():
            stored = sparse.csr_matrix(matrix.astype(np.float64))
            group = file.create_group(place)
            for part in ("data", "indices", "indptr"):
                group[part] = getattr(stored, part)
            group.attrs.update({"shape": matrix.shape, "encoding-type": "csr_matrix"})
            group.attrs["encoding-version"] = "0.1.0"
            table = place.replace("X", "var")
            _write_table(file, table, names.get(table), {"vst.mean": np.ones(matrix.shape[1])})
        cells = [f"cell{number}" for number in range(len(parts["X"]))]
        _write_table(file, "obs", cells, {"nCount_RNA": np.ones(len(cells))})
    return path


def _write_table(
    file: h5py.File, place: str, index: list[str] | None, columns: dict[str, np.ndarray]
) -> None:
    group = file.create_group(place)
    group.attrs.update({"_index": "_index", "encoding-type": "dataframe"})
    group.attrs["encoding-version"] = "0.1.0"
    group.attrs["column-order"] = np.array(list(columns), dtype=TEXT)
    for name, values in columns.items():
        group[name] = values
    if index is not None:
        group["_index"] = np.array(index, dtype=TEXT)


CELLS = [f"cell{number}" for number in range(16)]


def test_seuratdisk_keeps_counts_in_raw_or_in_x(counts, logs, tmp_path):
    names = {"var": GENES, "raw/var": GENES}
    for x, raw, place in ((logs, counts.matrix, "raw"), (counts.matrix, logs, "X")):
        path = write_seurat(tmp_path / f"{place}.h5ad", {"X": x, "raw/X": raw}, names)
        found = read_expression(path)
        expect(found, counts, CELLS)
        assert found.found_in == place
    scaled = write_seurat(tmp_path / "s.h5ad", {"X": -logs, "raw/X": logs}, names)
    with pytest.raises(DataFileError, match=r"negative values .* in X, values .* in raw"):
        read_expression(scaled)


@pytest.mark.parametrize(
    ("x", "names", "note"),
    [
        ("logs", {"raw/var": GENES}, None),
        ("logs", {"var": GENES}, "gene names: taken from var, raw.var has none"),
        ("counts", {"raw/var": GENES}, "gene names: taken from raw.var, var has none"),
    ],
)
def test_names_that_a_conversion_lost_are_those_of_the_other_table(
    x, names, note, counts, logs, tmp_path
):
    matrix = logs if x == "logs" else counts.matrix
    path = write_seurat(tmp_path / "a.h5ad", {"X": matrix, "raw/X": counts.matrix}, names)
    found = read_expression(path)
    expect(found, counts, CELLS)
    assert found.notes == (() if note is None else (note,))


def test_names_that_are_nowhere_are_asked_for(counts, tmp_path):
    path = write_seurat(tmp_path / "a.h5ad", {"X": counts.matrix}, {})
    with pytest.raises(DataFileError, match=r"a name for each gene, found 12 without in a\.h5ad"):
        read_expression(path)


def test_scvi_has_counts_in_a_layer_and_a_folder_of_a_model(counts, logs, tmp_path):
    obs = pd.DataFrame({"_scvi_batch": 0, "batch": pd.Categorical(["a"] * 16)}, index=counts.cells)
    data = annotated(logs, counts, obs=obs, layers={"counts": counts.matrix.astype(np.float32)})
    data.obsm["_scvi_extra_continuous_covs"] = pd.DataFrame({"age": 1.0}, index=counts.cells)
    data.uns["_scvi_uuid"] = "2c1e"
    data.layers["scvi_normalized"] = logs * 3
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.pt").write_bytes(b"PK" + bytes(100))
    data.write_h5ad(tmp_path / "model" / "adata.h5ad")
    for path in (tmp_path / "model", tmp_path / "model" / "adata.h5ad"):
        expect(read_expression(path), counts)
    data.write_h5ad(tmp_path / "model" / "other.h5ad")
    with pytest.raises(DataFileError, match=r"one of adata.h5ad, other.h5ad in .*found several"):
        read_expression(tmp_path / "model")
    expect(read_expression(tmp_path / "model", choices=Choices(assay="other.h5ad")), counts)


def test_raw_with_all_genes_goes_before_x_with_a_choice_of_them(counts, logs, tmp_path):
    variable = cut(counts, SOME)
    for x, raw, found_in, whole in (
        (counts.matrix[:, SOME], counts.matrix, "raw", counts),
        (-logs[:, SOME], counts.matrix, "raw", counts),
        (counts.matrix[:, SOME], logs, "X", variable),
    ):
        data = annotated(x, variable)
        data.raw = annotated(raw, counts)
        data.write_h5ad(tmp_path / "a.h5ad")
        found = read_expression(tmp_path / "a.h5ad")
        expect(found, whole)
        assert found.found_in == found_in
        told = ("counts: taken from raw with 12 features, X has 4",) if found_in == "raw" else ()
        assert found.notes == told
        assert found.gene_ids == whole.ids


def test_zeros_and_ones_go_behind_counts(counts, tmp_path):
    seen = (counts.matrix > 3).astype(np.float32)
    data = annotated(seen, counts)
    data.raw = annotated(counts.matrix, counts)
    data.write_h5ad(tmp_path / "a.h5ad")
    found = read_expression(tmp_path / "a.h5ad")
    expect(found, counts)
    assert "counts: X holds 0 and 1 alone, passed over" in found.notes
    expect(read_expression(tmp_path / "a.h5ad", layer="X"), Counts(seen, GENES, [], counts.cells))
    alone = [Candidate("X", lambda: seen), Candidate("raw", lambda: seen / 2)]
    assert pick_counts(alone, tmp_path, hint="")[1:] == ("X", ())


# --- loom -------------------------------------------------------------------------------------


def write_loom(path: Path, matrix: np.ndarray, rows: dict, columns: dict, layers: dict) -> Path:
    with h5py.File(path, "w") as file:
        file["matrix"] = matrix.T
        file.create_group("layers")
        for group, values in (("row_attrs", rows), ("col_attrs", columns), ("layers", layers)):
            for name, value in values.items():
                file[f"{group}/{name}"] = (
                    np.array(value, dtype=TEXT) if isinstance(value, list) else value
                )
    return path


def test_loom_of_other_names_is_told_by_what_it_holds(counts, logs, tmp_path):
    rows = {"gene_short_name": GENES, "id": counts.ids, "chromosome": ["1"] * 12}
    columns = {"sample": ["s"] * 16, "cell_barcode": counts.cells}
    path = write_loom(tmp_path / "a.loom", counts.matrix, rows, columns, {})
    found = read_expression(path)
    expect(found, counts)
    assert found.gene_ids == counts.ids
    layers = {"raw_counts": counts.matrix.T, "norm": logs.T}
    path = write_loom(tmp_path / "b.loom", logs, {"var_names": GENES}, columns, layers)
    found = read_expression(path)
    expect(found, counts)
    assert found.found_in == "layers['raw_counts']"


def test_loom_without_names_of_genes_is_told(counts, tmp_path):
    rows = {"cluster": ["a", "b"] * 6}
    path = write_loom(tmp_path / "a.loom", counts.matrix, rows, {"CellID": counts.cells}, {})
    with pytest.raises(DataFileError, match=r"such as Gene with names, found cluster in a\.loom"):
        read_expression(path)
