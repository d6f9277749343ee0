"""A table that a link leads to elsewhere is left out: it could be any file of the machine."""

import logging
import shutil

import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.store import KnowledgeStore


def test_a_link_out_of_the_folder_is_left_out_aloud_and_one_inside_is_read(tmp_path, caplog):
    folder = tmp_path / "knowledge"
    folder.mkdir()
    outside = tmp_path / "secret.gmt"
    outside.write_text("secret\t\tINS\tGCG\n")
    (folder / "KEGG_2016.gmt").symlink_to(outside)
    shutil.copy(outside, folder / "kept.gmt")
    (folder / "Reactome_2016.gmt").symlink_to("kept.gmt")
    with caplog.at_level(logging.WARNING):
        store = KnowledgeStore(folder)
    assert store.gene_set_libraries() == ["reactome_2016"]
    assert store.gene_sets("reactome_2016").terms == {"secret": frozenset({"INS", "GCG"})}
    assert "KEGG_2016.gmt in" in caplog.text
    with pytest.raises(InputError, match="to be one of reactome_2016"):
        store.gene_sets("kegg_2016")


def test_names_of_genes_are_not_read_through_a_link(tmp_path):
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (tmp_path / "secret").write_text("a\tb\n")
    (folder / "Hs2Mm_orthologs.tsv.gz").symlink_to(tmp_path / "secret")
    with pytest.raises(DataFileError, match="a link that leads elsewhere"):
        read_gene_names(folder)
