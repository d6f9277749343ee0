"""Gene sets and interactions from small files and from the public ones."""

from __future__ import annotations

import gzip

import pytest

from musegnn.errors import DataFileError
from musegnn.io.gene_names import GeneNames, read_gene_names
from musegnn.io.knowledge import GO_FILE, INTERACTION_FILE, read_gene_sets, read_interactions


def test_terms_are_read_with_weights_dropped_and_sizes_kept_in_bounds(tmp_path):
    path = tmp_path / "sets.gmt.gz"
    lines = ["small\t\tA,1.0\tB,1.0", "right\tsome text\tA\tB\tC,0.5\t", "large\t\tA\tB\tC\tD\tE"]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert read_gene_sets(path, minimum_size=3, maximum_size=4) == {"right": frozenset("ABC")}


def test_a_library_without_terms_of_that_size_is_refused(tmp_path):
    path = tmp_path / "sets.gmt"
    path.write_text("tiny\t\tA\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="Expected gene sets of 10 to 300 genes, found none"):
        read_gene_sets(path)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(DataFileError, match=r"Expected a gene-set library at .*none\.gmt"):
        read_gene_sets(tmp_path / "none.gmt")
    with pytest.raises(DataFileError, match=r"Expected protein interactions at .*none\.tsv"):
        read_interactions(tmp_path / "none.tsv", GeneNames())


def test_interactions_become_sorted_symbols_without_self_pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("gene_0\tgene_1\n2\t1\n1\t2\n1\t1\n1\t99\n", encoding="utf-8")
    names = GeneNames(entrez={"human": {"1": "A1BG", "2": "A2M"}})
    assert read_interactions(path, names) == [("A1BG", "A2M")]


def test_a_table_with_other_columns_is_refused(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("from\tto\n1\t2\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="Expected the columns gene_0 and gene_1, found from"):
        read_interactions(path, GeneNames())


def test_the_public_tables_hold_what_everybody_knows(shared):
    knowledge = shared / "knowledge"
    terms = read_gene_sets(knowledge / GO_FILE)
    assert any("CD3E" in genes and "T cell" in term for term, genes in terms.items())
    pairs = set(read_interactions(knowledge / INTERACTION_FILE, read_gene_names(knowledge)))
    assert ("MDM2", "TP53") in pairs
