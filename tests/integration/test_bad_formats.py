"""What goes wrong in any format: each case is refused in one sentence, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn.graphs.gene_graph import read_gene_graph
from tests.command_line import HUMAN, expect_refused, list_all, musegnn
from tests.count_files import (
    TEXT,
    WRITERS,
    Counts,
    as_table,
    make_counts,
    write_bodies,
    write_fragments,
    write_h5ad,
    write_tenx_3,
)
from tests.toy_counts import GENES, gamma_poisson

NAMES = [*GENES, *("CD3E", "CD8A", "MS4A1", "ALB", "APOE", "TOP2A", "ACTB", "GAPDH")]
ATAC = ("--species", "human", "--tissue", "pancreas", "--modality", "scatac")
SPATIAL = ("--species", "human", "--tissue", "pancreas", "--modality", "spatial")
ALL = tuple(WRITERS)
TABLES = ("csv", "tsv", "r_table")
WITH_SIDES = tuple(kind for kind in ALL if kind not in TABLES)  # a table may be turned


@pytest.fixture(scope="module")
def plain() -> Counts:
    """Counts of 60 cells and 20 genes."""
    return make_counts(gamma_poisson(60, 20, seed=0, module=5)[0], NAMES)


def with_value(value: float) -> Callable[[Counts], Counts]:
    """Replace one count."""

    def change(counts: Counts) -> Counts:
        matrix = counts.matrix.astype(np.float64)
        matrix[3, 4] = value
        return replace(counts, matrix=matrix)

    return change


def first_cells(counts: Counts, number: int) -> Counts:
    return replace(counts, matrix=counts.matrix[:number], cells=counts.cells[:number])


def one_gene(counts: Counts) -> Counts:
    return Counts(counts.matrix[:, :1], counts.genes[:1], counts.ids[:1], counts.cells)


def half_mouse(counts: Counts) -> Counts:
    genes = [name if i % 2 else name.capitalize() for i, name in enumerate(counts.genes)]
    ids = ["" for _ in genes]
    return replace(counts, genes=genes, ids=ids)


def cell_twice(counts: Counts) -> Counts:
    matrix = counts.matrix.copy()
    matrix[0] = matrix[1]
    return replace(counts, matrix=matrix, cells=[counts.cells[1], *counts.cells[1:]])


def exchanged(counts: Counts) -> Counts:
    return Counts(counts.matrix.T, counts.cells, counts.cells, counts.genes)


REFUSED = {
    "zeros": (lambda counts: replace(counts, matrix=counts.matrix * 0), "found only zeros", ALL),
    "negative": (with_value(-1), "found negative values", ALL),
    "one_cell": (lambda counts: first_cells(counts, 1), "at least 3 cells, found 1 cell", ALL),
    "one_gene": (one_gene, "at least 3 genes after quality control, found 1", ALL),
    "mixed": (half_mouse, r"of one species, found 10 written for human .* and 10 for mouse", ALL),
    "cell_twice": (cell_twice, "Expected each cell once, found 1 with the same name and", ALL),
    "exchanged": (
        exchanged,
        "found (names of genes|gene names) in .*(Transpose|--genes-in rows)",
        WITH_SIDES,
    ),
}


@pytest.mark.filterwarnings("ignore:(Variable|Observation) names are not unique")
@pytest.mark.parametrize(
    ("case", "kind"), [(case, kind) for case, entry in REFUSED.items() for kind in entry[2]]
)
def test_bad_counts_are_refused_in_every_format(
    case: str, kind: str, plain: Counts, tmp_path: Path
) -> None:
    change, message, _ = REFUSED[case]
    path = WRITERS[kind](tmp_path, change(plain))
    before = list_all(tmp_path)
    expect_refused(musegnn("graph", path, *HUMAN, "-o", tmp_path / "new" / "out.h5ad"), message)
    assert list_all(tmp_path) == before


@pytest.mark.parametrize("kind", ALL)
def test_a_file_that_is_cut_off_is_refused_in_every_format(
    kind: str, plain: Counts, tmp_path: Path
) -> None:
    path = WRITERS[kind](tmp_path, plain)
    victim = next(path.glob("*matrix.mtx*")) if path.is_dir() else path
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 2])
    before = list_all(tmp_path)
    answer = musegnn("graph", path, *HUMAN, "-o", tmp_path / "out.h5ad")
    expect_refused(answer, "cut off")
    assert list_all(tmp_path) == before


@pytest.mark.parametrize("kind", ALL)
def test_tissue_sections_without_coordinates_are_refused_in_every_format(
    kind: str, plain: Counts, tmp_path: Path
) -> None:
    path = WRITERS[kind](tmp_path, plain)
    before = list_all(tmp_path)
    answer = musegnn("graph", path, *SPATIAL, "-o", tmp_path / "out.h5ad")
    expect_refused(answer, "Expected coordinates of the spots .* found none")
    assert list_all(tmp_path) == before


def write_h5ad_values(folder: Path, counts: Counts) -> Path:
    table = pd.DataFrame(index=counts.genes)
    anndata.AnnData(counts.matrix.astype(np.float32), var=table).write_h5ad(folder / "a.h5ad")
    return folder / "a.h5ad"


def write_tenx_values(folder: Path, counts: Counts) -> Path:
    path = write_tenx_3(folder, replace(counts, matrix=counts.matrix != 0))
    with h5py.File(path, "a") as file:
        del file["matrix/data"]
        file["matrix/data"] = sparse.csr_matrix(counts.matrix).data
    return path


def write_mtx_values(folder: Path, counts: Counts) -> Path:
    path = WRITERS["old_mtx"](folder, replace(counts, matrix=counts.matrix != 0))
    places = zip(*np.nonzero(counts.matrix), strict=True)
    lines = [f"{gene + 1} {cell + 1} {counts.matrix[cell, gene]}" for cell, gene in places]
    size = f"{len(counts.genes)} {len(counts.cells)} {len(lines)}"
    head = f"%%MatrixMarket matrix coordinate real general\n{size}\n"
    (path / "matrix.mtx").write_text(head + "\n".join(lines) + "\n")
    return path


def write_csv_values(folder: Path, counts: Counts) -> Path:
    table = pd.DataFrame(counts.matrix, index=counts.cells, columns=counts.genes)
    table.to_csv(folder / "a.csv", na_rep="nan")
    return folder / "a.csv"


def write_loom_values(folder: Path, counts: Counts) -> Path:
    with h5py.File(folder / "a.loom", "w") as file:
        file["matrix"] = counts.matrix.T
        file.create_dataset("row_attrs/Gene", data=counts.genes, dtype=TEXT)
        file.create_dataset("col_attrs/CellID", data=counts.cells, dtype=TEXT)
    return folder / "a.loom"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "found NaN or infinite values"),
        (np.inf, "found NaN or infinite values"),
        (0.5, "found values that are no integers, such as 0.5"),
    ],
)
@pytest.mark.parametrize(
    "write",
    [write_h5ad_values, write_tenx_values, write_mtx_values, write_csv_values, write_loom_values],
)
def test_values_that_are_no_counts_are_refused_in_every_format(
    write: Callable[[Path, Counts], Path],
    value: float,
    message: str,
    plain: Counts,
    tmp_path: Path,
) -> None:
    path = write(tmp_path, with_value(value)(plain))
    before = list_all(tmp_path)
    expect_refused(musegnn("graph", path, *HUMAN, "-o", tmp_path / "out.h5ad"), message)
    assert list_all(tmp_path) == before


@pytest.mark.parametrize("kind", ["mtx", "tsv", "fragments"])
def test_gzip_by_name_only_is_refused(kind: str, plain: Counts, tmp_path: Path) -> None:
    write = write_fragments if kind == "fragments" else WRITERS[kind]
    path = write(tmp_path, plain)
    victim = next(path.glob("*matrix.mtx.gz")) if path.is_dir() else path
    victim.write_text("INS 1 2 3\n")
    before = list_all(tmp_path)
    answer = musegnn("graph", path, *HUMAN, "-o", tmp_path / "out.h5ad")
    expect_refused(answer, "compressed with gzip, found another format")
    assert list_all(tmp_path) == before


# --- odd, but of use ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ALL)
def test_cells_and_genes_without_counts_are_dropped_and_said(
    kind: str, plain: Counts, tmp_path: Path
) -> None:
    matrix = plain.matrix.copy()
    matrix[:, 5] = 0
    matrix[7] = 0
    path = WRITERS[kind](tmp_path, replace(plain, matrix=matrix))
    answer = musegnn("graph", path, *HUMAN, "-o", tmp_path / "out.h5ad")
    assert answer.code == 0, answer.err
    assert "cells: 1 removed (no counts)" in answer.out + answer.err
    assert plain.genes[5] not in read_gene_graph(tmp_path / "out.h5ad").genes.index


@pytest.mark.filterwarnings("ignore:Observation names are not unique")
def test_different_cells_of_one_name_are_kept_and_said(plain: Counts, tmp_path: Path) -> None:
    same = replace(plain, cells=[plain.cells[1], *plain.cells[1:]])
    answer = musegnn("graph", write_h5ad(tmp_path, same), *HUMAN, "-o", tmp_path / "out.h5ad")
    assert answer.code == 0, answer.err
    said = answer.out + answer.err
    assert "cells: 1 names stand several times with other counts" in said
    assert "cells: 0 removed (no counts), 60 left" in said


@pytest.mark.slow
def test_fifty_thousand_genes_become_a_graph_of_the_most_variable(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    n_cells, n_genes, n_variable = 2000, 50_000, 300
    even = sparse.random(n_cells, n_genes - n_variable, 0.01, format="csr", random_state=0)
    even.data[:] = 1
    varied = rng.poisson(rng.gamma(0.2, 10.0, (n_cells, n_variable)))
    counts = sparse.hstack([varied, even], format="csr", dtype=np.float32)
    genes = [f"ENSG{i:011d}" for i in range(n_genes)]
    data = anndata.AnnData(counts, var=pd.DataFrame(index=genes))
    data.write_h5ad(tmp_path / "a.h5ad")
    answer = musegnn(
        *("graph", tmp_path / "a.h5ad", *HUMAN, "--genes", n_variable, "-o", tmp_path / "out.h5ad")
    )
    assert answer.code == 0, answer.err
    graph = read_gene_graph(tmp_path / "out.h5ad")
    assert graph.provenance["n_genes_in_file"] == n_genes
    assert set(graph.genes["source_name"]) == set(genes[:n_variable])


# --- chromatin ------------------------------------------------------------------------------


def write_peaks(folder: Path, chromosome: str, counts: Counts) -> Path:
    """Peaks in the bodies of `write_bodies`."""
    table = as_table(counts)
    table.columns = [f"{chromosome}:{10_000 * i + 10}-{10_000 * i + 500}" for i in range(20)]
    table.to_csv(folder / "peaks.csv")
    return folder / "peaks.csv"


def test_peaks_and_fragments_of_the_same_cells_give_the_same_graph(
    plain: Counts, tmp_path: Path
) -> None:
    deep = replace(plain, matrix=plain.matrix * 9)
    bodies = write_bodies(tmp_path, deep, chromosome="1")
    order = np.argsort(deep.cells)
    in_order = replace(deep, matrix=deep.matrix[order], cells=sorted(deep.cells))
    peaks, rows = write_peaks(tmp_path, "chr1", in_order), write_fragments(tmp_path, deep)
    graphs = {}
    for name, path in {"peaks": peaks, "fragments": rows}.items():
        answer = musegnn(
            *("graph", path, *ATAC, "--annotation", bodies, "-o", tmp_path / f"{name}.h5ad")
        )
        assert answer.code == 0, answer.err
        said = answer.out + answer.err
        assert f"compared without `chr` ({name} have chr1, genes 1)" in said
        graphs[name] = read_gene_graph(tmp_path / f"{name}.h5ad")
    assert "60 of 60 barcodes have 200 fragments or more" in said
    assert (graphs["peaks"].adjacency != graphs["fragments"].adjacency).nnz == 0
    assert np.array_equal(graphs["peaks"].estimate, graphs["fragments"].estimate)
    assert list(graphs["peaks"].genes.index) == list(graphs["fragments"].genes.index)


@pytest.mark.parametrize("kind", ["peaks", "fragments"])
@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("unknown", r"overlap genes of genes.gtf, found none of .* on 7\).*Use the annotation"),
        ("none", r"found (20 chromatin peaks|fragments of scATAC-seq).*--annotation GENES.gtf"),
        ("empty", "Expected a gene annotation .*, found an empty file"),
        ("missing", "Expected a gene annotation .*, found no file"),
        ("cut", "Expected 9 columns, found 3 in row 1 of|Expected numbers for start and end"),
    ],
)
def test_chromatin_without_a_fitting_annotation_is_refused(
    kind: str, case: str, message: str, plain: Counts, tmp_path: Path
) -> None:
    deep = replace(plain, matrix=plain.matrix * 9)
    write = write_peaks if kind == "peaks" else lambda f, c, d: write_fragments(f, d, chromosome=c)
    path = write(tmp_path, "chrUn_1", deep)
    bodies = write_bodies(tmp_path, deep, chromosome="7")
    changes = {"empty": "", "cut": "chr1\tx\tgene\n"}
    if case in changes:
        bodies.write_text(changes[case])
    if case == "missing":
        bodies.unlink()
    before = list_all(tmp_path)
    given = () if case == "none" else ("--annotation", bodies)
    answer = musegnn("graph", path, *ATAC, *given, "-o", tmp_path / "out.h5ad")
    expect_refused(answer, message)
    assert list_all(tmp_path) == before


def test_fragments_of_too_few_cells_are_refused(plain: Counts, tmp_path: Path) -> None:
    path, bodies = write_fragments(tmp_path, plain), write_bodies(tmp_path, plain)
    before = list_all(tmp_path)
    for data, message in (
        (first_cells(replace(plain, matrix=plain.matrix * 9), 2), "found 2 of 2 in fragments"),
        (replace(plain, matrix=np.minimum(plain.matrix, 1)), "found 0 of 60 in fragments"),
    ):
        write_fragments(tmp_path, data)
        answer = musegnn("graph", path, *ATAC, "--annotation", bodies, "-o", tmp_path / "out.h5ad")
        expect_refused(answer, rf"3 barcodes with 200 fragments or more, {message}")
        assert list_all(tmp_path) == before
