"""Orthologs of other species than mouse, from tables of a folder of annotation."""

from __future__ import annotations

import gzip

import pytest

from musegnn.errors import DataFileError
from musegnn.io.nomenclature import GeneNames
from musegnn.io.orthologs import Orthologs
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.ortholog_tables import add_orthologs, ortholog_table

HCOP = "hcop_orthologs_human_10species.tsv.gz"
PRIMATES = "primate_symbol_orthologs.tsv.gz"
ROWS = """human_symbol\thuman_ensembl\ttaxon_id\tsymbol\tensembl\tsupport_n
SOX10\tE1\t7955\tsox10\tD1\t11
SOX8\tE2\t7955\tsox10\tD1\t4
GATA1\tE3\t7955\tgata1a\tD2\t9
GATA1\tE3\t7955\tgata1b\tD3\t5
TP53\tE4\t7955\ttp53\tD4\t2
SOX10\tE1\t10116\tSox10\tR1\t12
\tE9\t7955\tunnamed\tD9\t12
"""


def write(folder, name, text):
    with gzip.open(folder / name, "wt", encoding="utf-8") as stream:
        stream.write(text)


def test_the_best_supported_human_gene_counts_and_two_copies_are_not_one_gene(tmp_path):
    write(tmp_path, HCOP, ROWS)
    names = add_orthologs(GeneNames(), tmp_path, "zebrafish")
    assert names.common_name("sox10", "zebrafish") == "SOX10"
    assert names.human_ortholog("gata1a", "zebrafish") == "GATA1"
    assert names.common_name("gata1a", "zebrafish") == "zebrafish:gata1a"
    assert names.common_name("tp53", "zebrafish") == "zebrafish:tp53"  # two sources say so
    assert names.source == (HCOP,)


def test_each_species_reads_its_own_rows(tmp_path):
    write(tmp_path, HCOP, ROWS)
    assert add_orthologs(GeneNames(), tmp_path, "rat").common_name("Sox10", "rat") == "SOX10"
    assert add_orthologs(GeneNames(), tmp_path, "fly") == GeneNames()
    assert add_orthologs(GeneNames(), tmp_path, "human") == GeneNames()


def test_primates_are_named_by_their_ids(tmp_path):
    rows = "species\tensembl_id\thuman_symbol\thuman_ensembl\n"
    rows += "marmoset\tENSCJAG00000099999\tSOX10\tE1\nmouse_lemur\tENSMICG00000099999\tINS\tE2\n"
    write(tmp_path, PRIMATES, rows)
    names = add_orthologs(read_gene_names(None), tmp_path, "marmoset")
    assert names.common_name("ENSCJAG00000099999", "marmoset") == "SOX10"
    assert names.common_name("GAPDH", "marmoset") == "GAPDH"  # by the rule of the same symbol


def test_a_table_that_a_user_brought_stays(tmp_path):
    write(tmp_path, HCOP, ROWS)
    own = GeneNames().with_orthologs("zebrafish", Orthologs({"a": "B"}, {"a": "B"}, "mine.tsv"))
    assert add_orthologs(own, tmp_path, "zebrafish") == own


def test_without_a_folder_or_a_table_nothing_is_known(tmp_path):
    assert ortholog_table(None, "zebrafish") is None
    assert add_orthologs(GeneNames(), tmp_path, "zebrafish") == GeneNames()


def test_a_table_of_other_columns_is_refused(tmp_path):
    write(tmp_path, HCOP, "a\tb\n1\t2\n")
    with pytest.raises(DataFileError, match="Expected the columns human_symbol"):
        add_orthologs(GeneNames(), tmp_path, "zebrafish")


def test_the_public_tables_know_most_genes_of_fish_and_marmoset(shared):
    names = read_gene_names(None)
    fish = add_orthologs(names, shared / "knowledge", "zebrafish")
    assert fish.common_name("sox10", "zebrafish") == "SOX10"
    assert len(fish.orthologs["zebrafish"].one_to_one) > 9_000
    marmoset = add_orthologs(names, shared / "knowledge", "marmoset")
    assert len(marmoset.orthologs["marmoset"].one_to_one) > 14_000
