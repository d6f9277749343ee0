"""Tables that people bring: the exports they have, and files that are something else."""

from __future__ import annotations

import gzip
import json

import pandas as pd
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.knowledge import importing
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.store import open_store

ORIGIN = {"species": "human", "release": "2024-01", "licence": "CC BY 4.0", "source": "a paper"}


def bring(tmp_path, text, kind, name="mine", file="table.tsv"):
    path = tmp_path / file
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(content) if file.endswith(".gz") else content)
    record = import_table(path, tmp_path / "store", name=name, kind=kind, **ORIGIN)
    store = open_store(tmp_path / "store")
    assert store is not None
    return record, store


REGULATION = {
    "collectri": "source,target,weight,TF.category,resources,references\nMYC,TERT,1,,X,12;34\n"
    "JUN,SMAD7,-1.0,,X,5\n",
    "dorothea": "tf\tconfidence\ttarget\tmor\nMYC\tA\tTERT\t1\nJUN\tB\tSMAD7\t-1\n",
    "signor": "ENTITYA\tTYPEA\tENTITYB\tEFFECT\tPMID\n"
    "MYC\tprotein\tTERT\tup-regulates quantity\t12\n"
    "JUN\tprotein\tSMAD7\tdown-regulates quantity by repression\t5\n",
    "omnipath": "source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_stimulation\t"
    "is_inhibition\treferences\nP01106\tO14746\tMYC\tTERT\t1\t0\t12\nP05412\tO15105\tJUN\tSMAD7\t"
    "False\tTrue\t5\n",
    "plain": "regulator\ttarget\tsign\nMYC\tTERT\t+\nJUN\tSMAD7\t-\n",
}


@pytest.mark.parametrize("layout", sorted(REGULATION))
def test_signed_edges_of_every_publisher_mean_the_same(tmp_path, layout):
    file = "table.csv" if layout == "collectri" else "table.tsv.gz"
    record, store = bring(tmp_path, REGULATION[layout], "regulation", file=file)
    table = store.regulation()
    found = table[["regulator", "target", "sign"]].to_numpy().tolist()
    assert found == [["JUN", "SMAD7", -1], ["MYC", "TERT", 1]]
    assert set(table["source"]) == {"mine"}
    assert set(table["release"]) == {"2024-01"}
    assert record.rows == 2
    if layout in {"collectri", "signor", "omnipath"}:
        assert table["reference"].str.contains("5|12").all()


def test_words_and_missing_signs_are_unknown(tmp_path):
    text = "regulator\ttarget\teffect\nA\tB\tunknown\nA\tC\t\nA\tD\tbinding\nA\tE\tnan\n"
    _, store = bring(tmp_path, text, "regulation")
    assert store.regulation()["sign"].tolist() == [0, 0, 0, 0]


def test_gene_sets_come_back_as_they_were(tmp_path):
    record, store = bring(tmp_path, "t2\t\tB\tA\nt1\tx\tC\n", "gene sets", file="my.gmt")
    library = store.gene_sets("mine")
    assert dict(library.terms) == {"t2": frozenset("AB"), "t1": frozenset("C")}
    assert library.record == record
    assert (record.rows, record.licence, record.source) == (2, "CC BY 4.0", "a paper")


@pytest.mark.parametrize("text", ["gene\nB\nA\nA\n", "B\nA\n", "symbol\tscore\nA\t1\nB\t2\n"])
def test_gene_lists_with_and_without_header(tmp_path, text):
    _, store = bring(tmp_path, text, "gene list")
    assert store.gene_list("mine") == {"A", "B"}


def test_pairs_footprints_and_markers(tmp_path):
    bring(tmp_path, "gene_a\tgene_b\nB\tA\n", "interactions", name="pairs")
    bring(tmp_path, "source\ttarget\tweight\nWNT\tAXIN2\t3.5\n", "footprints", name="feet")
    _, store = bring(tmp_path, "cell_type\tgene\nbeta\tINS\n", "markers", name="cells")
    assert store.interactions()[["a", "b"]].to_numpy().tolist() == [["A", "B"]]
    assert store.footprints()["weight"].tolist() == [3.5]
    assert store.markers()["gene"].tolist() == ["INS"]
    assert [record.name for record in store.tables()] == ["feet", "pairs", "cells"]


def test_a_second_import_replaces_the_first_and_wins_over_the_catalogue(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "Reactome_2016.gmt").write_text("old\t\tA\n", encoding="utf-8")
    bring(tmp_path, "a\t\tA\n", "gene sets", name="reactome_2016", file="a.gmt")
    _, store = bring(tmp_path, "b\t\tB\n", "gene sets", name="reactome_2016", file="a.gmt")
    assert list(store.gene_sets("reactome_2016").terms) == ["b"]
    assert store.gene_set_libraries() == ["reactome_2016"]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("x\ty\n1\t2\n", "regulation", "with a column source_genesymbol or regulator"),
        ("regulator\ttarget\n", "regulation", "found no row"),
        ("regulator\ttarget\n=1+1\tB\n", "regulation", "found =1"),
        (b"\x00\x01\x02" * 50, "regulation", "Expected a table of regulation"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "gene list", "Expected"),
        ("", "gene list", "found an empty file"),
        ("pathway\ttarget\tweight\nA\tB\tmuch\n", "footprints", "table of footprints"),
        ("=cmd()\t\tA\n", "gene sets", "a spreadsheet would run"),
    ],
)
def test_what_is_no_such_table_is_refused_and_nothing_written(tmp_path, text, kind, message):
    with pytest.raises(DataFileError, match=message):
        bring(tmp_path, text, kind)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "../up"), ("kind", "recipes"), ("species", "lemur")],
)
def test_names_kinds_and_species_are_checked(tmp_path, field, value):
    path = tmp_path / "a.gmt"
    path.write_text("a\t\tA\n", encoding="utf-8")
    arguments = {"name": "mine", "kind": "gene sets", **ORIGIN, field: value}
    with pytest.raises(InputError, match=f"`{field}`"):
        import_table(path, tmp_path / "store", **arguments)


def test_too_large_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "LARGEST_FILE", 100)
    with pytest.raises(DataFileError, match="Expected at most 100 bytes"):
        bring(tmp_path, b"gene\n" + b"A\n" * 999, "gene list", file="bomb.tsv.gz")


def test_a_list_of_tables_that_is_damaged_or_leads_outside_is_refused(tmp_path):
    _, _ = bring(tmp_path, "a\t\tA\n", "gene sets", file="a.gmt")
    path = tmp_path / "store" / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["tables"][0]["file"] = "../../secret.parquet"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="leads outside"):
        open_store(tmp_path / "store")
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(DataFileError, match="a list of imported tables"):
        open_store(tmp_path / "store")


def test_an_imported_file_is_plain_parquet(tmp_path):
    bring(tmp_path, "a\t\tA\tB\n", "gene sets", file="a.gmt")
    table = pd.read_parquet(tmp_path / "store" / "mine.parquet")
    assert table.to_numpy().tolist() == [["a", "A"], ["a", "B"]]


def test_descriptions_of_genes_are_brought_with_what_they_have(tmp_path):
    text = "Symbol\tgene_name\tstart\tend\nIns2\tinsulin II\t142678656\t\nActb\tactin\t\t7\n"
    record, store = bring(tmp_path, text, "gene descriptions")
    table = store.descriptions()
    assert record.rows == 2
    assert table[["gene", "name", "start", "end", "pfam"]].to_numpy().tolist() == [
        ["Actb", "actin", -1, 7, ""],
        ["Ins2", "insulin II", 142678656, -1, ""],
    ]
    with pytest.raises(DataFileError, match="whole numbers in a table of gene descriptions"):
        bring(tmp_path, "symbol\tstart\nA\tfar\n", "gene descriptions")
