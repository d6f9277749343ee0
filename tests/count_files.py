"""Write the same counts in every format that can be read."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.io import mmwrite

TEXT = h5py.string_dtype()
GENE_STEP = 10_000  # bases from one gene to the next


@dataclass(frozen=True)
class Counts:
    """Counts `(C, G)` with names."""

    matrix: np.ndarray
    genes: list[str]
    ids: list[str]
    cells: list[str]


def make_counts(values: np.ndarray, genes: Sequence[str]) -> Counts:
    """Give counts ids and barcodes."""
    n_cells, n_genes = values.shape
    ids = [f"ENSG{i:011d}" for i in range(n_genes)]
    bases = ["".join("ACGT"[(i >> 2 * j) & 3] for j in range(8)) for i in range(n_cells)]
    return Counts(values, list(genes), ids, [f"{word}-1" for word in bases])


def _annotate(counts: Counts) -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.DataFrame(index=counts.cells), pd.DataFrame(
        {"gene_ids": counts.ids}, index=counts.genes
    )


def write_h5ad(folder: Path, counts: Counts) -> Path:
    obs, var = _annotate(counts)
    stored = sparse.csr_matrix(counts.matrix.astype(np.float32))
    anndata.AnnData(stored, obs=obs, var=var).write_h5ad(folder / "a.h5ad")
    return folder / "a.h5ad"


def write_tenx_2(folder: Path, counts: Counts) -> Path:
    """`.h5` of Cell Ranger 2."""
    with h5py.File(folder / "a.h5", "w") as file:
        group = file.create_group("GRCh38")
        _write_tenx(group, counts)
        group["genes"] = np.array(counts.ids, dtype="S")
        group["gene_names"] = np.array(counts.genes, dtype="S")
    return folder / "a.h5"


def write_tenx_3(
    folder: Path, counts: Counts, types: Sequence[str] | None = None, **options: str
) -> Path:
    """`.h5` of Cell Ranger 3 and later."""
    with h5py.File(folder / "b.h5", "w") as file:
        group = file.create_group("matrix")
        _write_tenx(group, counts, **options)
        group["features/id"] = np.array(counts.ids, dtype="S")
        group["features/name"] = np.array(counts.genes, dtype="S")
        kinds = types or ["Gene Expression"] * len(counts.genes)
        group["features/feature_type"] = np.array(kinds, dtype="S")
    return folder / "b.h5"


def _write_tenx(group: h5py.Group, counts: Counts, **options: str) -> None:
    stored = sparse.csr_matrix(counts.matrix.astype(np.int32))
    for name in ("data", "indices", "indptr"):
        group.create_dataset(name, data=getattr(stored, name), **options)
    group["shape"] = np.array(counts.matrix.shape[::-1], dtype=np.int32)
    group["barcodes"] = np.array(counts.cells, dtype="S")


def write_mtx(folder: Path, counts: Counts, *, prefix: str = "") -> Path:
    """Compressed folder of Cell Ranger 3 and later."""
    kind = "Gene Expression"
    features = zip(counts.ids, counts.genes, strict=True)
    parts = {
        "features.tsv": "".join(f"{i}\t{name}\t{kind}\n" for i, name in features),
        "barcodes.tsv": "".join(f"{cell}\n" for cell in counts.cells),
    }
    folder = folder / "filtered"
    folder.mkdir(exist_ok=True)
    for name, text in parts.items():
        (folder / f"{prefix}{name}.gz").write_bytes(gzip.compress(text.encode()))
    with gzip.open(folder / f"{prefix}matrix.mtx.gz", "wb") as stream:
        mmwrite(stream, sparse.coo_matrix(counts.matrix.T.astype(np.int64)), field="integer")
    return folder


def write_old_mtx(folder: Path, counts: Counts) -> Path:
    """Plain folder of Cell Ranger 2."""
    folder = folder / "old"
    folder.mkdir(exist_ok=True)
    features = zip(counts.ids, counts.genes, strict=True)
    (folder / "genes.tsv").write_text("".join(f"{i}\t{name}\n" for i, name in features))
    (folder / "barcodes.tsv").write_text("".join(f"{cell}\n" for cell in counts.cells))
    matrix = sparse.coo_matrix(counts.matrix.T.astype(np.int64))
    mmwrite(folder / "matrix.mtx", matrix, field="integer", symmetry="general")
    return folder


def as_table(counts: Counts) -> pd.DataFrame:
    """Cells x genes."""
    return pd.DataFrame(counts.matrix.astype(int), index=counts.cells, columns=counts.genes)


def write_csv(folder: Path, counts: Counts) -> Path:
    """Genes in the rows."""
    as_table(counts).T.to_csv(folder / "a.csv")
    return folder / "a.csv"


def write_tsv(folder: Path, counts: Counts) -> Path:
    """Cells in the rows, compressed."""
    as_table(counts).to_csv(folder / "a.tsv.gz", sep="\t")
    return folder / "a.tsv.gz"


def write_r_table(folder: Path, counts: Counts) -> Path:
    """Genes in the rows, quoted names and no corner: `write.table` of R."""
    lines = [" ".join(f'"{cell}"' for cell in counts.cells)]
    for gene, row in zip(counts.genes, counts.matrix.T.astype(int), strict=True):
        lines.append(" ".join([f'"{gene}"', *map(str, row)]))
    (folder / "a.txt").write_text("\n".join(lines) + "\n")
    return folder / "a.txt"


def write_loom(folder: Path, counts: Counts) -> Path:
    """Counts in the main matrix."""
    with h5py.File(folder / "a.loom", "w") as file:
        matrix = counts.matrix.T.astype(np.int32)
        file.create_dataset("matrix", data=matrix, chunks=(1, 1), compression="gzip")
        file.create_dataset("row_attrs/Gene", data=counts.genes, dtype=TEXT)
        file.create_dataset("row_attrs/Accession", data=counts.ids, dtype=TEXT)
        file.create_dataset("col_attrs/CellID", data=counts.cells, dtype=TEXT)
        file.create_group("layers")
    return folder / "a.loom"


WRITERS: dict[str, Callable[[Path, Counts], Path]] = {
    "h5ad": write_h5ad,
    "tenx_2": write_tenx_2,
    "tenx_3": write_tenx_3,
    "mtx": write_mtx,
    "old_mtx": write_old_mtx,
    "csv": write_csv,
    "tsv": write_tsv,
    "r_table": write_r_table,
    "loom": write_loom,
}
WITH_IDS = frozenset(WRITERS) - {"csv", "tsv", "r_table"}


def write_fragments(folder: Path, counts: Counts, *, chromosome: str = "chr1") -> Path:
    """One fragment for each count, in the body of its gene (see `write_bodies`), sorted, packed."""
    rng = np.random.default_rng(0)
    rows = []
    for cell, gene in zip(*np.nonzero(counts.matrix), strict=True):
        starts = GENE_STEP * gene + rng.integers(0, 900, int(counts.matrix[cell, gene]))
        rows += [(int(start), int(start) + 90, counts.cells[cell]) for start in starts]
    lines = [f"{chromosome}\t{start}\t{end}\t{cell}\t2\n" for start, end, cell in sorted(rows)]
    text = "".join(["# id=sample\n", f"# primary_contig={chromosome}\n", *lines])
    (folder / "fragments.tsv.gz").write_bytes(gzip.compress(text.encode()))
    return folder / "fragments.tsv.gz"


def write_bodies(folder: Path, counts: Counts, *, chromosome: str = "chr1") -> Path:
    """Annotation in which genes lie too far apart to share a fragment."""
    places = [(i * GENE_STEP, i * GENE_STEP + 1000) for i in range(len(counts.genes))]
    lines = [
        f'{chromosome}\tx\tgene\t{start + 1}\t{end}\t.\t+\t.\tgene_id "{key}"; gene_name "{name}";'
        for (start, end), key, name in zip(places, counts.ids, counts.genes, strict=True)
    ]
    (folder / "genes.gtf").write_text("\n".join(lines) + "\n")
    return folder / "genes.gtf"
