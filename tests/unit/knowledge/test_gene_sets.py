"""Gene-set libraries: small ones, the public ones, and files that mean harm."""

from __future__ import annotations

import gzip

import pytest

from musegnn.errors import DataFileError
from musegnn.knowledge import gene_sets
from musegnn.knowledge.gene_sets import bounded, read_gmt


def test_terms_are_read_with_weights_dropped_and_sizes_kept_in_bounds(tmp_path):
    path = tmp_path / "sets.gmt.gz"
    lines = ["small\t\tA,1.0\tB,1.0", "right\tsome text\tA\tB\tC,0.5\t", "large\t\tA\tB\tC\tD\tE"]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    terms = read_gmt(path)
    assert bounded(terms, minimum_size=3, maximum_size=4) == {"right": frozenset("ABC")}
    assert bounded(terms) == {}
    assert terms["small"] == {"A", "B"}


def test_genes_between_commas_are_read_as_those_between_tabs(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("a\tna\tCD3D,CD3E, CD3G\nb\tna\tMS4A1,0.5\tCD79A,2\n")
    assert read_gmt(path) == {"a": {"CD3D", "CD3E", "CD3G"}, "b": {"MS4A1", "CD79A"}}


def test_genes_in_place_of_descriptions_are_told(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("T_CELL\tCD3D\tCD3E\tCD2\nB_CELL\tCD79A\tMS4A1\tCD19\nNK\tNKG7\tGNLY\tCD2\n")
    with pytest.raises(DataFileError, match=r"second column of .*found genes \(CD3D, CD79A, NKG7"):
        read_gmt(path)
    # a transcription factor that its term is called after describes it
    path.write_text("MYC_up\tMYC\tTP53\tJUN\nJUN_up\tJUN\tMYC\tFOS\nFOS_up\tFOS\tJUN\tTP53\n")
    assert set(read_gmt(path)) == {"MYC_up", "JUN_up", "FOS_up"}


def test_missing_file_is_named(tmp_path):
    with pytest.raises(DataFileError, match=r"Expected a gene-set library at .*none\.gmt"):
        read_gmt(tmp_path / "none.gmt")


def test_lines_of_one_term_are_joined_and_empty_terms_left_out(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_bytes(b"\xef\xbb\xbfa\t\tX\r\n\r\nempty\tno genes\r\na\t\tY\tX\r\n")
    assert read_gmt(path) == {"a": frozenset("XY")}


def test_a_set_of_thousands_of_genes_is_read_in_full(tmp_path):
    path = tmp_path / "sets.gmt"
    genes = [f"G{i}" for i in range(30_000)]
    path.write_text("all\t\t" + "\t".join(genes), encoding="utf-8")
    assert read_gmt(path) == {"all": frozenset(genes)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bytes(range(256)) * 40, "Expected a gene-set library"),
        (b"term\t\tA\x00\tB\n", "bytes that are no text"),
        (b"a\t\tA\n" + b"t" * 1_000_000 + b"\t\tA\n", "name of 1,000,000 characters in line 2"),
        (b"no tabs at all\n", "no tab in 'no tabs at all' in line 1"),
        (b"a\t\n" * 5, "found no term with genes"),
        (b"\t\tA\tB\n", "a set without a name in line 1"),
        (b'=HYPERLINK("http://x")\t\tA\n', "a spreadsheet would run: '=HYPERLINK"),
        (b" @SUM(A1)\t\tA\n", "a spreadsheet would run"),
        (b"a\t\t=cmd|' /C calc'!A0\tB\n", "where a gene should stand in line 1"),
        (b"a\t\t<script>\tB\n", "'<script>' where a gene should stand"),
        (b"", "found an empty file"),
        (b"\xff\xfea\x00\t\x00", "Expected a gene-set library"),
        (gzip.compress(b"a\t\tA\n" * 1000, mtime=0)[:-20], "Expected a gene-set library"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else "",
)
def test_hostile_libraries_are_refused_in_one_sentence(tmp_path, content, message):
    path = tmp_path / "sets.gmt"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=message) as caught:
        read_gmt(path)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


def test_endless_lines_and_huge_files_stop_early(tmp_path, monkeypatch):
    path = tmp_path / "sets.gmt"
    path.write_bytes(b"a\t\t" + b"A\t" * 1_500_000)
    with pytest.raises(DataFileError, match="a line of more than 2,000,000 bytes"):
        read_gmt(path)
    monkeypatch.setattr(gene_sets, "LARGEST_LIBRARY", 1000)
    path.write_bytes(gzip.compress(b"a\t\tA\n" * 1000))
    with pytest.raises(DataFileError, match="of at most 1,000 bytes and 500,000 lines, found more"):
        read_gmt(path)


def test_the_public_library_holds_what_everybody_knows(shared):
    terms = bounded(read_gmt(shared / "knowledge" / "GO_Biological_Process_2021.gmt.gz"))
    assert any("CD3E" in genes and "T cell" in term for term, genes in terms.items())


def test_a_column_a_term_is_read_like_a_line_a_term(tmp_path):
    lines = ["T cells\tB cells", "na\tof blood", "CD3D\tMS4A1", "CD3E\tCD79A", "CD3G\t"]
    (tmp_path / "a.gmx").write_text("".join(f"{line}\n" for line in lines))
    expected = {"T cells": {"CD3D", "CD3E", "CD3G"}, "B cells": {"MS4A1", "CD79A"}}
    assert read_gmt(tmp_path / "a.gmx") == expected
    (tmp_path / "b.gmx").write_text("T cells\nna\nCD3D\tCD3E\n")
    with pytest.raises(DataFileError, match="found 1 names of terms for 2 columns in line 1"):
        read_gmt(tmp_path / "b.gmx")
