"""Gene activity against a naive double loop, and annotation files that cannot be used."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.errors import DataFileError, InputError
from musegnn.io.expression import read_expression
from musegnn.io.gene_activity import gene_activity, parse_regions
from musegnn.io.gene_annotation import GeneAnnotation, read_gene_annotation
from tests.toy_counts import make_expression

COLUMNS = ["chrom", "start", "end", "name", "gene_id", "strand"]
GTF = (
    "#!genome-build X\n"
    'chr1\thavana\tgene\t1001\t2000\t.\t+\t.\tgene_id "G1"; gene_name "AAA";\n'
    'chr1\thavana\texon\t1001\t1100\t.\t+\t.\tgene_id "G1"; gene_name "AAA";\n'
    'chr2\thavana\tgene\t5001\t6000\t.\t-\t.\tgene_id "G2"; gene_type "lncRNA";\n'
)


def annotate(*rows: tuple[object, ...]) -> GeneAnnotation:
    """Annotation of a few genes."""
    return GeneAnnotation(pd.DataFrame(list(rows), columns=COLUMNS), "toy.bed")


def naive(
    matrix: np.ndarray, names: list[str], annotation: GeneAnnotation, upstream: int
) -> dict[str, list[float]]:
    """Sum over peaks for each gene, by two loops."""
    sums: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(annotation.table["name"]):
        total, hit = np.zeros(len(matrix)), False
        for p, peak in enumerate(names):
            chrom, low, high = peak.replace(":", "-").replace("_", "-").split("-")
            for gene in annotation.table[annotation.table["name"] == name].itertuples():
                start = gene.start - upstream if gene.strand == "+" else gene.start
                end = gene.end + upstream if gene.strand == "-" else gene.end
                if gene.chrom == chrom and int(low) < end and int(high) > start:
                    total, hit = total + matrix[:, p], True
                    break
        if hit:
            sums[name] = total.tolist()
    return sums


PLACES = st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(0, 60), st.integers(1, 30))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    peaks=st.lists(PLACES, min_size=1, max_size=12, unique=True),
    genes=st.lists(
        st.tuples(PLACES, st.sampled_from("ABCDE"), st.sampled_from("+-.")), min_size=1, max_size=8
    ),
    mark=st.sampled_from([":-", "--", "__"]),
    upstream=st.sampled_from([0, 3, 20]),
)
def test_gene_activity_equals_a_double_loop(
    peaks: list[tuple[str, int, int]],
    genes: list[tuple[tuple[str, int, int], str, str]],
    mark: str,
    upstream: int,
) -> None:
    names = [f"{c}{mark[0]}{low}{mark[1]}{low + size}" for c, low, size in peaks]
    rows = [(c, low, low + size, name, "", strand) for (c, low, size), name, strand in genes]
    annotation = annotate(*rows)
    matrix = np.random.default_rng(len(peaks)).poisson(2, (3, len(peaks)))
    expected = naive(matrix, names, annotation, upstream)
    expression = make_expression(matrix, names)
    if not expected:
        with pytest.raises(InputError, match="found none of"):
            gene_activity(expression, annotation, upstream=upstream)
        return
    result = gene_activity(expression, annotation, upstream=upstream)
    found = dict(zip(result.genes, result.counts.toarray().T.tolist(), strict=True))
    assert found == expected


@pytest.mark.parametrize(
    ("body", "hits"),
    [
        (("chr1", 10_000, 11_000, "A", "E1", "+"), [0, 1, 0, 0]),  # reaches down to 8000
        (("chr1", 9000, 10_000, "A", "E1", "-"), [0, 0, 1, 0]),  # reaches up to 12000
    ],
)
def test_the_promoter_lies_before_the_gene_on_its_strand(
    body: tuple[object, ...], hits: list[int]
) -> None:
    names = ["chr1:7000-8000", "chr1:8000-8001", "chr1:11999-12000", "chr1:12000-12001"]
    result = gene_activity(make_expression(np.eye(4), names), annotate(body))
    assert result.counts.toarray().ravel().tolist() == hits
    assert result.gene_ids == ["E1"]


def test_chromosomes_are_reconciled_and_what_is_lost_is_said() -> None:
    peaks = make_expression(np.ones((3, 3)), ["1:100-200", "MT:5-9", "GL000194.1:5-9"])
    table = annotate(("chr1", 0, 500, "A", "", "+"), ("chrM", 0, 50, "B", "", "+"))
    result = gene_activity(peaks, table)
    assert result.genes == ["A", "B"]
    text = "\n".join(result.notes)
    assert "compared without `chr` (peaks have 1, genes chr1)" in text
    assert "1 of 3 peaks lie on chromosomes that toy.bed lacks (GL000194.1)" in text
    assert "2 of 3 peaks lie in a gene" in text


def test_cells_and_coordinates_stay() -> None:
    peaks = make_expression(np.ones((3, 1)), ["chr1:100-200"])
    peaks = replace(peaks, cells=["a", "b", "c"], coordinates=np.ones((3, 2)))
    result = gene_activity(peaks, annotate(("chr1", 0, 500, "A", "", "+")))
    assert result.cells == ["a", "b", "c"]
    assert result.coordinates is not None


@pytest.mark.parametrize("name", ["INS", "chr1:200-100", "chr1:100", "chr1:1-99999999999999999999"])
def test_names_that_are_no_regions_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"Expected peaks named by regions .* found 1 of 2 others"):
        parse_regions(["chrUn_KI270742v1-100-200", name])


def test_nothing_in_common_and_a_negative_distance_are_refused() -> None:
    peaks = make_expression(np.ones((3, 1)), ["chr1:100-200"])
    with pytest.raises(InputError, match=r"overlap genes of toy.bed, found none of 1"):
        gene_activity(peaks, annotate(("chr7", 0, 500, "A", "", "+")))
    with pytest.raises(InputError, match="Expected `upstream` to be 0 or more, found -1"):
        gene_activity(peaks, annotate(("chr1", 0, 500, "A", "", "+")), upstream=-1)


def test_gtf_bed_and_table_give_the_same_genes(tmp_path: Path) -> None:
    (tmp_path / "a.gtf.gz").write_bytes(gzip.compress(GTF.encode()))
    (tmp_path / "a.bed").write_text(
        "track name=x\nchr1\t1000\t2000\tAAA\t0\t+\nchr2\t5000\t6000\tG2\t0\t-\n"
    )
    (tmp_path / "a.tsv").write_text(  # as R writes ranges
        "seqnames\tstart\tend\tstrand\tsymbol\n"
        "chr1\t1001\t2000\t+\tAAA\nchr1\t5\t9\t*\tNA\nchr2\t5001\t6000\t-\tG2\n"
    )
    names = ("a.gtf.gz", "a.bed", "a.tsv")
    gtf, bed, table = (read_gene_annotation(tmp_path / name) for name in names)
    assert gtf.table["gene_id"].tolist() == ["G1", "G2"]
    columns = ["chrom", "start", "end", "name", "strand"]
    pd.testing.assert_frame_equal(gtf.table[columns], bed.table[columns])
    pd.testing.assert_frame_equal(gtf.table[columns], table.table[columns])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "", "Expected a gene annotation .* with one of the suffixes .gtf"),
        ("a.bed", "", "found an empty file"),
        ("a.bed", "chr1\t1\t2\n", "Expected 4 columns or more, found 3 in row 1"),
        ("a.bed", "chr1\tx\t2\tA\t0\t+\n", "Expected numbers for start and end, found 'x'"),
        ("a.bed", "chr1\t9\t2\tA\t0\t+\n", "Expected a start below the end, found 9 and 2"),
        ("a.bed", "chr1\t1\t2\tA\t0\tx\n", "Expected a name and a strand, found 'A' and 'x'"),
        ("a.bed", "#chr1\n", "Expected genes in .*, found none"),
        ("a.gtf", "chr1\tx\tgene\n", "Expected 9 columns, found 3 in row 1"),
        ("a.gtf", "chr1\tx\texon\t1\t2\t.\t+\t.\tx\n", "Expected genes in .*, found none"),
        (
            "a.tsv",
            "chrom\tstart\tend\nchr1\t1\t2\n",
            "end and symbol .no name",
        ),
        ("a.tsv", "chrom\tstart\tend\tgene\nchr1\t1\t2\n", "Expected 4 columns, found 3 in row 2"),
        ("a.tsv", "chrom\tstart\tend\tgene\nchr1\t0\t2\tA\n", "Expected a start below the end"),
        ("a.bed.gz", "chr1\t1\t2\tA\t0\t+\n", "compressed with gzip, found another format"),
    ],
)
def test_an_annotation_that_cannot_be_used_gives_one_sentence(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataFileError, match=message):
        read_gene_annotation(tmp_path / name)


def test_a_public_peak_file_gives_counts_of_genes(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "multiome" / "human_pbmc_atac_small_peaks.h5ad"
    peaks = read_expression(path)
    rows = [  # GRCh37
        "1\t752750\t755217\tFAM87B\t0\t+",
        "1\t761585\t762902\tLINC00115\t0\t-",
        "1\t860259\t879955\tSAMD11\t0\t+",
        "1\t879582\t894689\tNOC2L\t0\t-",
        "1\t895963\t901099\tKLHL17\t0\t+",
        "1\t948802\t949920\tISG15\t0\t+",
    ]
    (tmp_path / "genes.bed").write_text("\n".join(rows) + "\n")
    annotation = read_gene_annotation(tmp_path / "genes.bed")
    result = gene_activity(peaks, annotation)
    table = annotation.table.assign(chrom="chr" + annotation.table["chrom"])
    expected = naive(
        peaks.counts.toarray(), peaks.genes, replace(annotation, table=table), upstream=2000
    )
    assert dict(zip(result.genes, result.counts.toarray().T.tolist(), strict=True)) == expected
    assert {"NOC2L", "ISG15"} <= set(result.genes)
    assert result.depth.sum() > 0
