"""Droplets, quality and chromatin of files as makers write them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn.graphs.quality import QualityControl, apply_quality_control, are_mitochondrial
from musegnn.io.droplets import DROPLETS, UnfilteredError, rank_barcodes
from musegnn.io.expression import Expression, read_expression
from musegnn.io.fragments import count_fragments
from musegnn.io.gene_activity import parse_regions
from musegnn.io.gene_annotation import read_gene_annotation
from musegnn.runs.kinds.gene_graph import GeneGraphSettings
from tests.toy_counts import GENES

IDS = [f"ENSG{i:011d}" for i in range(len(GENES))]
CELLS = [f"AAACCTGAGA{base}{other}-1" for base in "ACGT" for other in "ACGT"]


@pytest.fixture
def counts() -> np.ndarray:
    """Counts of 16 cells and 12 genes, no two columns alike."""
    return np.random.default_rng(0).poisson(2, (16, len(GENES))).astype(np.float32)


# --- droplets and quality -------------------------------------------------------------------


@pytest.fixture
def unfiltered(tmp_path) -> tuple[Path, list[str]]:
    """File of 60 cells among 1,000 droplets, and the names of the cells."""
    generator = np.random.default_rng(1)
    cells = generator.poisson(60, (60, len(GENES)))
    ambient = generator.poisson(0.3, (940, len(GENES)))
    names = ["".join("ACGT"[int(d) % 4] for d in f"{i:016d}") + f"-{i}" for i in range(1000)]
    order = generator.permutation(1000)
    matrix = np.concatenate([cells, ambient])[order].astype(np.float32)
    obs = pd.DataFrame(index=[names[i] for i in range(1000)])
    path = tmp_path / "raw_feature_bc_matrix.h5ad"
    anndata.AnnData(sparse.csr_matrix(matrix), obs=obs, var=pd.DataFrame(index=GENES)).write_h5ad(
        path
    )
    return path, [names[i] for i in range(1000) if order[i] < 60]


def test_an_unfiltered_matrix_is_refused_and_can_be_filtered(unfiltered):
    path, cells = unfiltered
    with pytest.raises(UnfilteredError, match=r"940 of 1,000 barcodes look like droplets") as told:
        read_expression(path)
    assert told.value.ranks.n_cells == 60
    assert "--droplets filter" in str(told.value)
    expression = read_expression(path, droplets="filter")
    assert expression.cells == cells
    assert any("940 of 1,000 barcodes have fewer than" in note for note in expression.notes)
    assert read_expression(path, droplets="keep").n_cells == 1000


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_filtered_matrices_are_never_called_unfiltered(spread):
    generator = np.random.default_rng(2)
    depth = np.exp(generator.normal(8, spread, 3000))
    assert not rank_barcodes(depth).is_unfiltered


def test_public_counts_are_not_taken_for_unfiltered(shared):
    for name in ("scrna/human_pbmc4k_10x", "scrna/mouse_lung_immune_indrop"):
        data = anndata.read_h5ad(shared / "data" / f"{name}.h5ad")
        depth = np.asarray(data.X.sum(axis=1)).ravel()
        assert not rank_barcodes(depth).is_unfiltered


def test_a_run_may_ask_for_what_the_reader_knows():
    assert get_args(GeneGraphSettings.model_fields["droplets"].annotation) == DROPLETS


def test_mitochondrial_genes_of_refseq_count_and_their_absence_is_said(counts):
    assert are_mitochondrial(["ND1", "ND2", "COX1", "CYTB", "ATP6", "CD3E"]).tolist() == [1] * 5 + [
        0
    ]
    assert not are_mitochondrial(["COX1", "COX2", "CD3E"]).any()  # PTGS1 and PTGS2 as well
    assert are_mitochondrial(["mt-Nd1", "Cd3e"]).tolist() == [True, False]
    expression = Expression(sparse.csr_matrix(counts + 1), GENES, IDS, {})
    _, _, steps = apply_quality_control(expression, QualityControl())
    assert any("not known, no gene of the file is named as mitochondrial" in s.rule for s in steps)


# --- chromatin ------------------------------------------------------------------------------


def write_fragments(path: Path, rows: list[str], *, header: str = "") -> Path:
    path.write_text(header + "".join(f"{row}\n" for row in rows))
    return path


def test_fragments_with_strand_header_or_without_length_are_read(tmp_path):
    (tmp_path / "a.bed").write_text("chr1\t1000\t3000\tINS\n")
    annotation = read_gene_annotation(tmp_path / "a.bed")
    plain = [
        f"chr1\t{1000 + 10 * i}\t{1100 + 10 * i}\t{cell}\t1" for cell in CELLS[:4] for i in range(9)
    ]
    base = count_fragments(
        write_fragments(tmp_path / "p.tsv", plain), annotation, minimum=1, upstream=0
    )
    stranded = [f"{row}\t{'+-'[i % 2]}" for i, row in enumerate(plain)]
    header = "chrom\tstart\tend\tbarcode\tcount\tstrand\n"
    for name, start in (("s.tsv", ""), ("h.tsv", header)):
        path = write_fragments(tmp_path / name, stranded, header=start)
        found = count_fragments(path, annotation, minimum=1, upstream=0)
        assert np.array_equal(found.counts.toarray(), base.counts.toarray())
    empty = [*plain, f"chr1\t1500\t1500\t{CELLS[0]}\t1"]
    path = write_fragments(tmp_path / "e.tsv", empty)
    found = count_fragments(path, annotation, minimum=1, upstream=0)
    assert np.array_equal(found.counts.toarray(), base.counts.toarray())
    assert "fragments: 1 without length left out" in found.notes


@pytest.mark.parametrize(
    "form", ["chr1:500-900", "chr1-500-900", "chr1_500_900", "chr1.500.900", "chr1:500..900"]
)
def test_every_way_to_write_a_peak_is_a_region(form):
    assert parse_regions([form]).iloc[0].tolist() == ["chr1", 500, 900]
    assert parse_regions(["chr1:1,500-2,900"]).iloc[0].tolist() == ["chr1", 1500, 2900]


def test_annotations_without_gene_lines_gff3_and_short_beds_are_read(tmp_path):
    attributes = 'gene_id "G1"; transcript_id "T{}"; gene_name "INS";'
    lines = [("transcript", 101, 300), ("exon", 101, 150), ("transcript", 51, 200)]
    text = "".join(
        f"chr1\tucsc\t{kind}\t{low}\t{high}\t.\t+\t.\t{attributes.format(i)}\n"
        for i, (kind, low, high) in enumerate(lines)
    )
    (tmp_path / "a.gtf").write_text(text)
    row = read_gene_annotation(tmp_path / "a.gtf").table.iloc[0]
    assert row.tolist() == ["chr1", 50, 300, "INS", "G1", "+"]
    (tmp_path / "a.gff3").write_text(
        "##gff-version 3\nchr1\te\tgene\t51\t300\t.\t-\t.\tID=gene:ENSG1;Name=INS;x=1\n"
        "chr1\te\tmRNA\t51\t300\t.\t-\t.\tID=transcript:T1;Parent=gene:ENSG1\n"
    )
    row = read_gene_annotation(tmp_path / "a.gff3").table.iloc[0]
    assert row.tolist() == ["chr1", 50, 300, "INS", "ENSG1", "-"]
    (tmp_path / "a.bed").write_text("chr1\t50\t300\tINS\n")
    row = read_gene_annotation(tmp_path / "a.bed").table.iloc[0]
    assert row.tolist() == ["chr1", 50, 300, "INS", "", "."]
