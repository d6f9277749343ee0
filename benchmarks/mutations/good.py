"""Good files of the same counts in every format that is read, and what they hold."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from scipy import sparse
from scipy.io import mmwrite

from tests import count_files
from tests.count_files import Counts

# symbols that are current in any table of names and whose letters no other gene shares
_SYMBOLS = """
INS GCG SST PPY TTR IAPP CHGA CHGB SCG2 SCG5 PCSK1 PCSK2 CD3E CD8A MS4A1 ALB APOE TOP2A ACTB GAPDH
LYZ NKG7 GNLY CST3 COL1A1 COL3A1 KRT19 KRT8 VIM EPCAM PECAM1 CDH5 MKI67 CD79A CD74 FTL RPS3 RPL10
"""
SYMBOLS = _SYMBOLS.split()
N_CELLS = 40
FEWEST_COUNTS, MOST_COUNTS = 0.5, 9.0  # means of the first and of the last gene


@dataclass(frozen=True)
class Good:
    """A good file.

    Parameters
    ----------
    path
        File or folder.
    counts
        What stands in it.
    modality
        Technique on the command line.
    options
        What the command line has to be told beside.
    """

    path: Path
    counts: Counts
    modality: str = "scrna"
    options: tuple[str, ...] = ()


def make_counts() -> Counts:
    """Counts whose genes all have other means, so that none can stand for another."""
    rng = np.random.default_rng(0)
    level = np.geomspace(FEWEST_COUNTS, MOST_COUNTS, len(SYMBOLS))
    size = rng.lognormal(0, 0.2, N_CELLS)
    return count_files.make_counts(rng.poisson(size[:, None] * level).astype(float), SYMBOLS)


def _kallisto(folder: Path, counts: Counts) -> Path:
    """Folder of kallisto|bustools: cells in the rows, names in a file beside the ids."""
    folder = folder / "counts_unfiltered"
    folder.mkdir()
    (folder / "cells_x_genes.genes.txt").write_text("".join(f"{i}\n" for i in counts.ids))
    (folder / "cells_x_genes.genes.names.txt").write_text("".join(f"{g}\n" for g in counts.genes))
    (folder / "cells_x_genes.barcodes.txt").write_text("".join(f"{c}\n" for c in counts.cells))
    matrix = sparse.coo_matrix(counts.matrix.astype(np.int64))
    mmwrite(folder / "cells_x_genes.mtx", matrix, field="integer", symmetry="general")
    return folder


def _parse(folder: Path, counts: Counts) -> Path:
    """Folder of Parse Biosciences: cells in the rows, tables with headers."""
    folder = folder / "DGE_filtered"
    folder.mkdir()
    rows = zip(counts.ids, counts.genes, strict=True)
    genes = "".join(f"{i},{name},hg38\n" for i, name in rows)
    (folder / "all_genes.csv").write_text(f"gene_id,gene_name,genome\n{genes}")
    cells = "".join(f"{cell},sample\n" for cell in counts.cells)
    (folder / "cell_metadata.csv").write_text(f"bc_wells,sample\n{cells}")
    matrix = sparse.coo_matrix(counts.matrix.astype(np.int64))
    mmwrite(folder / "DGE.mtx", matrix, field="integer", symmetry="general")
    return folder


def _of_archive(folder: Path, counts: Counts) -> Path:
    """Folder of a public archive: names with the number of the sample."""
    return count_files.write_mtx(folder, counts, prefix="GSM1_sample_")


def _ids_in_index(folder: Path, counts: Counts) -> Path:
    """`.h5ad` as public collections have it: ids in the index, symbols beside."""
    var = pd.DataFrame({"feature_name": pd.Categorical(counts.genes)}, index=counts.ids)
    obs = pd.DataFrame({"batch": ["a"] * len(counts.cells)}, index=counts.cells)
    stored = sparse.csc_matrix(counts.matrix.astype(np.float64))
    anndata.AnnData(stored, obs=obs, var=var).write_h5ad(folder / "a.h5ad", compression="gzip")
    return folder / "a.h5ad"


def _counts_in_layer(folder: Path, counts: Counts) -> Path:
    """`.h5ad` with normalised values in X and counts in a layer."""
    data = anndata.AnnData(
        np.log1p(counts.matrix).astype(np.float32),
        obs=pd.DataFrame(index=counts.cells),
        var=pd.DataFrame({"gene_ids": counts.ids}, index=counts.genes),
        layers={"counts": sparse.csr_matrix(counts.matrix.astype(np.int32))},
    )
    data.write_h5ad(folder / "a.h5ad")
    return folder / "a.h5ad"


def _counts_in_raw(folder: Path, counts: Counts) -> Path:
    """`.h5ad` with scaled values of few genes in X and counts of all in raw."""
    obs = pd.DataFrame(index=counts.cells)
    var = pd.DataFrame(index=counts.genes)
    data = anndata.AnnData(counts.matrix.astype(np.float32), obs=obs, var=var)
    data.raw = data
    few = data[:, :20].copy()
    few.X = few.X - few.X.mean(axis=0)
    few.write_h5ad(folder / "a.h5ad")
    return folder / "a.h5ad"


def _section(folder: Path, counts: Counts) -> Path:
    """Folder of Space Ranger: matrix, and positions without a header."""
    outs = folder / "outs"
    (outs / "spatial").mkdir(parents=True)
    count_files.write_tenx_3(outs, counts).rename(outs / "filtered_feature_bc_matrix.h5")
    rows = [
        f"{c},1,{i // 7},{i % 7},{100 * (i // 7)},{90 * (i % 7)}\n" for i, c in _numbered(counts)
    ]
    (outs / "spatial" / "tissue_positions_list.csv").write_text("".join(rows))
    return outs


def _numbered(counts: Counts) -> list[tuple[int, str]]:
    return list(enumerate(counts.cells))


def _semicolons(folder: Path, counts: Counts) -> Path:
    """Table of a spreadsheet of Europe, genes in the rows."""
    count_files.as_table(counts).T.to_csv(folder / "a.csv", sep=";")
    return folder / "a.csv"


def _packed_rows(folder: Path, counts: Counts) -> Path:
    """Table with ids in the rows, packed."""
    table = count_files.as_table(counts).T.set_axis(counts.ids)
    (folder / "a.txt.gz").write_bytes(gzip.compress(table.to_csv(sep="\t").encode()))
    return folder / "a.txt.gz"


WRITERS: dict[str, Callable[[Path, Counts], Path]] = {
    **count_files.WRITERS,
    "ids_in_index": _ids_in_index,
    "counts_in_layer": _counts_in_layer,
    "counts_in_raw": _counts_in_raw,
    "kallisto": _kallisto,
    "parse": _parse,
    "of_archive": _of_archive,
    "section": _section,
    "semicolons": _semicolons,
    "packed_rows": _packed_rows,
}
FRAGMENTS = "fragments"
KINDS = (*WRITERS, FRAGMENTS)


def write_good(folder: Path, kind: str) -> Good:
    """Write a good file of one kind into a folder that is made for it."""
    counts = make_counts()
    folder.mkdir(parents=True)
    if kind == FRAGMENTS:
        bodies = folder / "annotation"
        bodies.mkdir()
        told = ("--annotation", str(count_files.write_bodies(bodies, counts)))
        return Good(count_files.write_fragments(folder, counts), counts, "scatac", told)
    modality = "spatial" if kind == "section" else "scrna"
    return Good(WRITERS[kind](folder, counts), counts, modality)
