"""The store on a small folder of known content, and on the public tables."""

from __future__ import annotations

import csv
import gzip
import hashlib
import zipfile

import pandas as pd
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.catalogue import (
    DESCRIPTIONS,
    KINDS,
    LIGAND_RECEPTOR,
    find_entry,
    read_catalogue,
)
from musegnn.knowledge.gene_names import read_entrez_symbols, read_gene_names
from musegnn.knowledge.store import KnowledgeStore, open_store


@pytest.fixture(scope="module")
def public(shared) -> KnowledgeStore:
    store = open_store(shared / "knowledge")
    assert store is not None
    return store


@pytest.fixture
def small(tmp_path) -> KnowledgeStore:
    """A folder with one file of each layout, under the names of their publishers."""
    texts = {
        "Reactome_2016.gmt": "path\t\tA\tB,1.0\n",
        "dorothea_human.tsv": "tf\tconfidence\ttarget\tmor\n"
        "T2\tB\tA\t-1.0\nT1\tA\tB\t1\nT1\tA\tA\t1\n",
        "HI-II-14.tsv": "Entrez Gene IDA\tSymbol A\tEntrez Gene IDB\tSymbol B\n"
        "1\tB\t2\tA\n2\tA\t1\tB\n1\tA\t1\tA\n",
        "progeny_human_top.tsv": "\tV1\tWNT\tEGFR\n1\tA\t0.0\t2.5\n2\tB\t-1.5\t0\n",
        "TF_human_lambert2018.txt": "T1\nT2\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    store = open_store(tmp_path)
    assert store is not None
    return store


def test_no_folder_and_an_empty_folder_are_no_store(tmp_path):
    assert open_store(None) is None
    assert open_store(tmp_path / "nothing") is None
    assert open_store(tmp_path) is None


def test_each_layout_gives_the_table_of_its_kind(small):
    assert small.gene_sets("reactome_2016").terms == {"path": frozenset("AB")}
    regulation = small.regulation()
    assert regulation[["regulator", "target", "sign", "confidence"]].to_numpy().tolist() == [
        ["T1", "A", 1, "A"],
        ["T1", "B", 1, "A"],
        ["T2", "A", -1, "B"],
    ]
    assert set(regulation["source"]) == {"dorothea_human"}
    assert small.interactions()[["a", "b"]].to_numpy().tolist() == [["A", "B"]]
    assert small.footprints()[["pathway", "target", "weight"]].to_numpy().tolist() == [
        ["EGFR", "A", 2.5],
        ["WNT", "B", -1.5],
    ]
    assert small.transcription_factors() == {"T1", "T2"}
    assert small.gene_list("tf_lambert_2018") == {"T1", "T2"}
    assert small.transcription_factors("mouse") == frozenset()
    assert small.names(LIGAND_RECEPTOR) == []
    assert small.regulation("mouse").columns.tolist() == regulation.columns.tolist()


def test_a_file_of_another_release_is_said_to_be_one(small, tmp_path):
    record = small.record("reactome_2016")
    assert record.release == "2016 (another file)"
    assert record.rows == 1
    text = (tmp_path / "Reactome_2016.gmt").read_bytes()
    assert record.sha256 == hashlib.sha256(text).hexdigest()


def test_unknown_names_are_refused_with_the_nearest(small):
    with pytest.raises(InputError, match="Did you mean 'reactome_2016'"):
        small.gene_sets("reactome_2017")
    with pytest.raises(InputError, match="`table of regulation`"):
        small.regulation(tables=["collectri"])
    with pytest.raises(InputError, match="`gene list`"):
        small.gene_list("nothing")
    with pytest.raises(InputError, match="`table`"):
        small.record("nothing")
    with pytest.raises(InputError, match="`table`"):
        find_entry("nothing")


def test_damaged_files_are_said_when_they_are_read(tmp_path):
    (tmp_path / "dorothea_human.tsv").write_text("a\tb\n1\t2\n", encoding="utf-8")
    (tmp_path / "TF_mm_mgi.txt.gz").write_bytes(gzip.compress(b"A\n" * 99)[:-9])
    (tmp_path / "menche_incomplete_interactome_S1-S4.zip").write_bytes(b"PK no zip")
    store = open_store(tmp_path)
    assert store is not None
    with pytest.raises(DataFileError, match="found no tf, target, mor, confidence"):
        store.regulation()
    with pytest.raises(DataFileError, match="a list of genes"):
        store.transcription_factors("mouse")
    with pytest.raises(DataFileError, match="an archive of tables"):
        store.interactions()


def test_an_archive_without_the_file_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "menche_incomplete_interactome_S1-S4.zip", "w") as archive:
        archive.writestr("data/other.tsv", "x")
    store = open_store(tmp_path)
    assert store is not None
    with pytest.raises(DataFileError, match=r"Expected data/DataS1_interactome\.tsv"):
        store.interactions()


def test_every_entry_of_the_catalogue_is_complete():
    entries = read_catalogue()
    assert len({entry.name for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.kind in KINDS
        assert all((entry.title, entry.source, entry.release, entry.licence, entry.page))
        assert entry.url.startswith("https://") or not entry.url
        assert all(len(value) == 64 for value in entry.checksums)
        assert entry.checksums or entry.url


def test_every_public_table_is_there_as_catalogued(public, shared):
    records = {record.name: record for record in public.tables()}
    with (shared / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        known = {row["sha256"] for row in csv.DictReader(lines, delimiter="\t")}
    assert set(records) == {entry.name for entry in read_catalogue()} - {"collectri"}
    for record in records.values():
        assert record.sha256 in known
        assert "another" not in record.release
        assert record.rows > 0
    assert set(KINDS) - {DESCRIPTIONS} == {record.kind for record in records.values()}


def test_public_terms_are_as_many_as_catalogued(public):
    for name in public.gene_set_libraries():
        library = public.gene_sets(name)
        assert len(library.terms) == library.record.rows


def test_public_regulation_equals_a_plain_reading_of_the_file(public, shared):
    with gzip.open(shared / "knowledge" / "dorothea_human.tsv.gz", "rt") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    expected = sorted(
        (r["tf"], r["target"], 1 if float(r["mor"]) > 0 else -1, r["confidence"]) for r in rows
    )
    table = public.regulation()[["regulator", "target", "sign", "confidence"]]
    assert list(table.itertuples(index=False, name=None)) == expected


def test_mouse_regulation_has_mouse_symbols(public):
    table = public.regulation("mouse")
    assert "Trp53" in set(table["regulator"])
    assert set(table["source"]) == {"dorothea_mouse"}


def test_public_interactions_equal_the_pairs_of_a_plain_loop(public, shared):
    table = public.interactions(["ppi_hetio_ind"])
    pairs = list(zip(table["a"], table["b"], strict=True))
    symbols = read_gene_names(shared / "knowledge").entrez["human"]
    with gzip.open(shared / "knowledge" / "ppi_hetio_ind.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    named = [(symbols.get(row["gene_0"]), symbols.get(row["gene_1"])) for row in rows]
    assert pairs == sorted({tuple(sorted(two)) for two in named if all(two) and two[0] != two[1]})
    assert ("MDM2", "TP53") in pairs
    everything = public.interactions()
    assert set(everything["source"]) == {"hi_ii_14", "menche_interactome", "ppi_hetio_ind"}
    assert not everything.duplicated(["a", "b", "source"]).any()
    assert (everything["a"] < everything["b"]).all()


def test_public_markers_lists_and_pathways(public):
    assert "INS" in set(public.markers().query("cell_type == 'Beta cells'")["gene"])
    assert "Ins2" in set(public.markers("mouse")["gene"])
    assert "EGFR" in public.gene_list("kinases")
    assert {"TP53", "GATA1"} <= public.transcription_factors()
    pairs = public.table("nichenet_ligand_receptor")
    assert (pairs[["ligand", "receptor"]] == ["CXCL12", "CXCR4"]).all(axis=1).any()
    assert public.footprints()["pathway"].nunique() == 14
    asthma = public.gene_sets("menche_disease_genes").terms["asthma"]
    assert "ADAM33" in asthma


def test_rows_that_differ_in_the_database_only_become_one(tmp_path):
    raw = pd.DataFrame(
        {"from": [1, 1, 2, 1], "to": [2, 2, 1, 3], "source": pd.Categorical(["y", "x", "x", "x"])}
    )
    raw.to_parquet(tmp_path / "nichenet_gr_network.parquet")
    info = "symbol\tentrez\tentrez_mouse\tsymbol_mouse\nA\t1\t\t\nB\t2\t\t\n"
    names = "nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz"
    (tmp_path / names).write_bytes(gzip.compress(info.encode()))
    orthologs = "Gene.stable.ID.HS\tGene.HS\tGene.MM\tAlt.symbol\tAlt.symbol.HS\n"
    (tmp_path / "Hs2Mm_orthologs.tsv.gz").write_bytes(gzip.compress(orthologs.encode()))
    store = open_store(tmp_path)
    assert store is not None
    assert store.regulation().empty  # two million rows are read only when asked for
    table = store.regulation(tables=["nichenet_gene_regulatory"])
    rows = table[["regulator", "target", "sign", "reference"]].to_numpy().tolist()
    assert rows == [["A", "B", 0, "x;y"], ["B", "A", 0, "x"]]


def test_a_table_is_read_once_and_shared(small):
    assert small.regulation() is small.regulation()
    assert small.gene_sets("reactome_2016").terms is small.gene_sets("reactome_2016").terms


def test_entrez_symbols_are_those_of_the_nomenclature(shared, tmp_path):
    expected = dict(read_gene_names(shared / "knowledge").entrez["human"])
    expected.pop("", None)  # genes without an id
    assert read_entrez_symbols(shared / "knowledge") == expected
    assert read_entrez_symbols(tmp_path) == {}
