"""Interactions from small files and from the public one."""

from __future__ import annotations

import pytest

from musegnn.errors import DataFileError
from musegnn.io.gene_names import GeneNames, read_gene_names
from musegnn.knowledge.entrez import read_entrez_symbols
from musegnn.knowledge.interactions import INTERACTION_FILE, read_interactions


def test_interactions_become_sorted_symbols_without_self_pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("gene_0\tgene_1\n2\t1\n1\t2\n1\t1\n1\t99\n", encoding="utf-8")
    names = GeneNames(entrez={"human": {"1": "A1BG", "2": "A2M"}})
    assert read_interactions(path, names) == [("A1BG", "A2M")]


def test_missing_file_and_other_columns_are_refused(tmp_path):
    with pytest.raises(DataFileError, match=r"Expected protein interactions at .*none\.tsv"):
        read_interactions(tmp_path / "none.tsv", GeneNames())
    path = tmp_path / "pairs.tsv"
    path.write_text("from\tto\n1\t2\n", encoding="utf-8")
    with pytest.raises(DataFileError, match="Expected the columns gene_0 and gene_1, found from"):
        read_interactions(path, GeneNames())


def test_the_public_table_holds_what_everybody_knows(shared):
    knowledge = shared / "knowledge"
    pairs = set(read_interactions(knowledge / INTERACTION_FILE, read_gene_names(knowledge)))
    assert ("MDM2", "TP53") in pairs


def test_entrez_symbols_are_those_of_the_nomenclature(shared, tmp_path):
    expected = dict(read_gene_names(shared / "knowledge").entrez["human"])
    expected.pop("", None)  # genes without an id
    assert read_entrez_symbols(shared / "knowledge") == expected
    assert read_entrez_symbols(tmp_path) == {}
