"""Fragments against a naive loop and another library, told by content, and files of no use."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.errors import DataFileError, InputError
from musegnn.graphs.build import read_gene_counts
from musegnn.io import fragments
from musegnn.io.expression import Expression, read_expression
from musegnn.io.formats.registry import holds_fragments
from musegnn.io.fragments import count_fragments
from musegnn.io.gene_annotation import GeneAnnotation, read_gene_annotation
from tests.count_files import WRITERS, Counts, make_counts, write_bodies, write_fragments
from tests.toy_counts import GENES

Row = tuple[str, int, int, str, int]
COLUMNS = ["chrom", "start", "end", "name", "gene_id", "strand"]
CELLS = ("AAAA-1", "CC#CC-1", "GGGG-1")
TOY = GeneAnnotation(
    pd.DataFrame([("chr1", 5000, 9000, "A", "E1", "+")], columns=COLUMNS), "toy.bed"
)


def save(path: Path, rows: list[Row], *, head: str = "# id=x\n") -> Path:
    """Write fragments, compressed when the name says so."""
    text = (head + "".join("\t".join(map(str, row)) + "\n" for row in rows)).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def naive(rows: list[Row], annotation: GeneAnnotation, upstream: int) -> dict[tuple[str, str], int]:
    """Fragments of each cell in each gene, by three loops; pairs without any are left out."""
    sums: dict[tuple[str, str], int] = {}
    for chrom, low, high, cell, _ in rows:
        for name in sorted(set(annotation.table["name"])):
            for gene in annotation.table[annotation.table["name"] == name].itertuples():
                start = gene.start - upstream if gene.strand == "+" else gene.start
                end = gene.end + upstream if gene.strand == "-" else gene.end
                if gene.chrom == chrom and low < end and high > start:
                    sums[cell, name] = sums.get((cell, name), 0) + 1
                    break
    return sums


def as_pairs(expression: Expression) -> dict[tuple[str, str], int]:
    """Counts that are not zero."""
    stored = expression.counts.tocoo()
    return {
        (expression.cells[i], expression.genes[j]): int(value)
        for i, j, value in zip(stored.row, stored.col, stored.data, strict=True)
    }


PLACES = st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(0, 60), st.integers(1, 30))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    places=st.lists(st.tuples(PLACES, st.sampled_from(CELLS)), min_size=1, max_size=20),
    genes=st.lists(
        st.tuples(PLACES, st.sampled_from("ABCDE"), st.sampled_from("+-.")), min_size=1, max_size=8
    ),
    upstream=st.sampled_from([0, 3, 20]),
    block=st.sampled_from([2, 7, 1000]),
)
def test_counts_equal_three_loops(
    places: list[tuple[tuple[str, int, int], str]],
    genes: list[tuple[tuple[str, int, int], str, str]],
    upstream: int,
    block: int,
) -> None:
    rows = [(chrom, low, low + size, cell, 3) for (chrom, low, size), cell in places]
    rows += [("chrUn", 0, 5, cell, 1) for cell in CELLS]  # each cell is there, and sorting is not
    table = [(c, low, low + size, name, "", strand) for (c, low, size), name, strand in genes]
    annotation = GeneAnnotation(pd.DataFrame(table, columns=COLUMNS), "toy.bed")
    expected = naive(rows, annotation, upstream)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(fragments, "_ROWS", block)
        path = save(Path(folder) / "f.tsv.gz", rows)
        if not expected:
            with pytest.raises(InputError, match=r"that overlap genes of toy\.bed, found"):
                count_fragments(path, annotation, upstream=upstream, minimum=1)
            return
        result = count_fragments(path, annotation, upstream=upstream, minimum=1)
    assert as_pairs(result) == expected
    assert result.cells == sorted(CELLS)
    order = list(dict.fromkeys(annotation.table["name"]))
    assert result.genes == [name for name in order if any(name == gene for _, gene in expected)]
    assert result.depth.sum() == sum(expected.values())


def test_counts_equal_those_of_snapatac2(tmp_path: Path) -> None:
    snap = pytest.importorskip("snapatac2", reason="compares with snapatac2, which is not here")
    rng = np.random.default_rng(0)
    cells = [f"{base * 16}-1" for base in "ACGT"]
    rows = sorted(
        (f"chr{rng.integers(1, 3)}", int(low), int(low + rng.integers(1, 1500)), cell, 2)
        for cell in cells
        for low in rng.integers(0, 40_000, 200)
    )
    bodies = [
        ("chr1", 5000, 8000, "A", "", "+"),
        ("chr1", 6000, 9000, "B", "", "-"),
        ("chr2", 20_000, 20_001, "C", "", "+"),
        ("chr2", 1000, 2000, "D", "", "."),
    ]
    regions = ["chr1:3000-8000", "chr1:6000-11000", "chr2:18000-20001", "chr2:1000-2000"]
    path = save(tmp_path / "f.tsv.gz", rows)
    data = snap.pp.import_fragments(
        path,
        chrom_sizes={"chr1": 50_000, "chr2": 50_000},
        min_num_fragments=0,
        sorted_by_barcode=False,
        n_jobs=1,
    )
    reference = snap.pp.make_peak_matrix(data, use_rep=regions, counting_strategy="fragment")
    annotation = GeneAnnotation(pd.DataFrame(bodies, columns=COLUMNS), "toy.bed")
    result = count_fragments(path, annotation)
    assert result.cells == list(reference.obs_names)
    assert np.array_equal(result.counts.toarray(), reference.X.toarray())


def test_fragments_become_counts_of_genes(tmp_path: Path) -> None:
    counts = make_counts(np.random.default_rng(0).poisson(30, (8, 12)), GENES)
    path, bodies = write_fragments(tmp_path, counts), write_bodies(tmp_path, counts)
    result = read_gene_counts(path, layer=None, annotation=bodies)
    order = np.argsort(counts.cells)
    assert np.array_equal(result.counts.toarray(), counts.matrix[order])
    assert (result.genes, result.gene_ids) == (GENES, counts.ids)
    assert result.cells == sorted(counts.cells)
    assert (result.found_in, result.orientation) == ("fragments", "cells in rows")
    assert result.counts.dtype == np.float32
    assert result.counts.has_canonical_format


@pytest.mark.parametrize("piece", [16, 1 << 18])
@pytest.mark.parametrize("header", ["", "chrom\tstart\tend\tbarcode\treads\n"])
def test_what_is_said_above_the_rows_may_stand_between_them_too(
    piece: int, header: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments, "_PIECE", piece)
    counts = make_counts(np.random.default_rng(0).poisson(30, (8, 12)), GENES)
    path, bodies = write_fragments(tmp_path, counts), write_bodies(tmp_path, counts)
    rows = gzip.decompress(path.read_bytes()).decode().replace("AAA", "sample#AAA").splitlines()
    rows = [row for row in rows if not row.startswith("#")]
    middle = len(rows) // 2
    lines = [
        "# id=a",
        "#",
        *rows[:middle],
        "# id=b",
        "# primary_contig=chr1",
        *rows[middle:],
        "# end",
    ]
    text = "\n".join(lines[:2]) + "\n" + header + "\n".join(lines[2:])
    path.write_bytes(gzip.compress(text.encode()))
    result = read_gene_counts(path, layer=None, annotation=bodies)
    expected = {
        (cell.replace("AAA", "sample#AAA"), gene): int(number)
        for cell, row in zip(counts.cells, counts.matrix, strict=True)
        for gene, number in zip(GENES, row, strict=True)
    }
    assert as_pairs(result) == {pair: number for pair, number in expected.items() if number}


# --- what the file is -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["f.tsv.gz", "f.tsv", "f.txt", "atac.csv.gz"])
@pytest.mark.parametrize("width", [4, 5])
def test_fragments_are_told_by_their_content(name: str, width: int, tmp_path: Path) -> None:
    rows = [("1", i, i + 9, "ACGT-1", 1)[:width] for i in range(5)]
    path = save(tmp_path / name, rows)
    assert holds_fragments(path)
    with pytest.raises(DataFileError, match=r"found fragments of scATAC-seq.*--annotation"):
        read_expression(path)
    with pytest.raises(DataFileError, match=r"found fragments of scATAC-seq.*--annotation"):
        read_gene_counts(path, layer=None, annotation=None)


@pytest.mark.parametrize("kind", WRITERS)
def test_counts_are_no_fragments_whatever_their_name(kind: str, tmp_path: Path) -> None:
    counts = make_counts(np.random.default_rng(0).poisson(2, (8, 12)), GENES)
    path = WRITERS[kind](tmp_path, counts)
    if path.name == "a.tsv.gz":
        path = path.rename(tmp_path / "fragments.tsv.gz")
    assert not holds_fragments(path)
    bodies = write_bodies(tmp_path, counts)
    result = read_gene_counts(path, layer=None, annotation=bodies)
    assert np.array_equal(result.counts.toarray(), counts.matrix)


def test_narrow_tables_of_counts_are_no_fragments(tmp_path: Path) -> None:
    for cells in (["1", "2", "c_3"], ["1", "2", "c_3", "4"]):
        values = np.arange(1, 3 * len(cells) + 1).reshape(len(cells), 3)
        table = Counts(values, GENES[:3], [], cells)
        frame = pd.DataFrame(values.T, index=GENES[:3], columns=cells)
        frame.to_csv(tmp_path / "a.tsv", sep="\t", index_label="chr1")
        assert not holds_fragments(tmp_path / "a.tsv")
        assert np.array_equal(read_expression(tmp_path / "a.tsv").counts.toarray(), table.matrix)


# --- what is left out and said --------------------------------------------------------------


def test_barcodes_with_few_fragments_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [("chr1", 5000, 5100, cell, 1) for cell in CELLS for _ in range(200)]
    rows += [("chr1", 5000, 5100, f"empty-{i}", 1) for i in range(50) for _ in range(3)]
    rows += [("chr1", 5000, 5100, "almost", 1)] * 199
    result = count_fragments(save(tmp_path / "f.tsv", rows), TOY)
    assert result.cells == sorted(CELLS)
    assert result.counts.toarray().ravel().tolist() == [200, 200, 200]
    assert any(
        "3 of 54 barcodes have 200 fragments or more, the others are left out" in note
        for note in result.notes
    )


def test_chromosomes_are_reconciled_and_what_is_lost_is_said(tmp_path: Path) -> None:
    rows = [(chrom, 5000, 5100, cell, 1) for cell in CELLS for chrom in ("1", "GL1", "MT")]
    result = count_fragments(save(tmp_path / "f.tsv", rows), TOY, minimum=3)
    assert result.counts.toarray().ravel().tolist() == [1, 1, 1]
    text = "\n".join(result.notes)
    assert "compared without `chr` (fragments have 1, genes chr1)" in text
    assert "6 of 9 fragments lie on chromosomes that toy.bed lacks (GL1, MT)" in text


def test_wholly_unknown_chromosomes_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "f.tsv", [("chrZ", 5000, 5100, cell, 1) for cell in CELLS])
    with pytest.raises(InputError, match=r"found none of 3 \(fragment on chrZ, gene on chr1\)"):
        count_fragments(path, TOY, minimum=1)


def test_too_few_barcodes_and_layers_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "f.tsv", [("chr1", 5000, 5100, cell, 1) for cell in CELLS])
    with pytest.raises(DataFileError, match=r"with 200 fragments or more, found 0 of 3 .*has 1"):
        count_fragments(path, TOY)
    with pytest.raises(DataFileError, match="Expected no `layer` for fragments"):
        count_fragments(path, TOY, layer="counts", minimum=1)


# --- files that cannot be used --------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        "chr1\t5",
        "chr1\t5\t9\tACGT-1",
        "chr1\t5\t9\tACGT-1\t1\t7",
        "chr1\tx\t9\tACGT-1\t1",
        "chr1\t5\t9\tACGT-1\tx",
        "chr1\t9\t5\tACGT-1\t1",
        "chr1\t-5\t9\tACGT-1\t1",
        "chr1\t5\t99999999999999999999\tACGT-1\t1",
        "chr1\t5\t9\t\t1",
        "\t5\t9\tACGT-1\t1",
        "chr1\t5.5\t9\tACGT-1\t1",
    ],
)
@pytest.mark.parametrize("above", [3, 150])
def test_a_broken_row_is_named_by_its_number(row: str, above: int, tmp_path: Path) -> None:
    good = [("chr1", 5000, 5100, cell, 1) for cell in CELLS for _ in range(above // 3)]
    path = save(tmp_path / "f.tsv", good)
    path.write_text(path.read_text() + row + "\n")
    with pytest.raises(DataFileError, match=rf"found .* in row {above + 2}\. The file") as caught:
        count_fragments(path, TOY, minimum=1)
    assert "\n" not in str(caught.value)


def test_files_that_are_cut_off_or_damaged_are_told(tmp_path: Path) -> None:
    counts = make_counts(np.random.default_rng(0).poisson(300, (8, 12)), GENES)
    path = write_fragments(tmp_path, counts)
    annotation = read_gene_annotation(write_bodies(tmp_path, counts))
    whole = path.read_bytes()
    for data, message in (
        (whole[: len(whole) // 2], "found a file that is cut off"),
        (whole[:-8] + bytes(8), "found damaged packed data"),
        (gzip.decompress(whole), "compressed with gzip, found another format"),
        (gzip.compress(gzip.decompress(whole) + b"\xff\xfe\n"), "found bytes that are no text"),
        (gzip.compress(b"INS\t1\t2\t3\n"), "found something else in .*Cell Ranger ATAC"),
        (b"", "found an empty file"),
    ):
        path.write_bytes(data)
        with pytest.raises(DataFileError, match=message):
            count_fragments(path, annotation)
    path.unlink()
    with pytest.raises(DataFileError, match="found no file"):
        count_fragments(path, annotation)
