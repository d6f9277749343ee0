"""An ontology becomes gene sets in which genes of special terms count for general ones."""

from __future__ import annotations

import gzip
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.ontology import read_ontology_sets
from musegnn.knowledge.store import open_store

HEADER = "format-version: 1.2\ndata-version: releases/2026-01-01\n\n"
ONTOLOGY = (
    HEADER
    + """[Term]
id: GO:1
name: process
namespace: biological_process

[Term]
id: GO:2
name: secretion
alt_id: GO:22
is_a: GO:1 ! process

[Term]
id: GO:3
name: insulin secretion
is_a: GO:2 ! secretion
relationship: regulates GO:4 ! other

[Term]
id: GO:4
name: other
relationship: part_of GO:1 ! process

[Term]
id: GO:5
name: gone
is_obsolete: true

[Typedef]
id: part_of
name: part of
"""
)


def gaf(*rows):
    """Lines of symbol, qualifier, term, evidence."""
    lines = ["!gaf-version: 2.2"]
    lines += [
        "\t".join(["UniProtKB", "P1", symbol, qualifier, term, "PMID:1", evidence, "", "P", "", ""])
        for symbol, qualifier, term, evidence in rows
    ]
    return "\n".join(lines) + "\n"


ANNOTATION = gaf(
    ("INS", "involved_in", "GO:3", "IDA"),
    ("GCG", "involved_in", "GO:22", "IEA"),
    ("ALB", "NOT|involved_in", "GO:3", "IDA"),
    ("TTR", "involved_in", "GO:3", "ND"),
    ("CD3E", "involved_in", "GO:4", "IDA"),
    ("some complex", "part_of", "GO:4", "IDA"),
    ("APOE", "involved_in", "GO:5", "IDA"),
)


def write(tmp_path, ontology=ONTOLOGY, annotation=ANNOTATION):
    obo, gaf_file = tmp_path / "go.obo", tmp_path / "genes.gaf.gz"
    obo.write_text(ontology, encoding="utf-8")
    gaf_file.write_bytes(gzip.compress(annotation.encode()))
    return obo, gaf_file


def test_genes_of_special_terms_are_genes_of_general_ones(tmp_path):
    assert read_ontology_sets(*write(tmp_path)) == {
        "process (GO:1)": {"INS", "GCG", "CD3E"},
        "secretion (GO:2)": {"INS", "GCG"},
        "insulin secretion (GO:3)": {"INS"},
        "other (GO:4)": {"CD3E"},
    }


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_sets_equal_those_of_a_walk_along_every_path(tmp_path, data):
    n = data.draw(st.integers(1, 8))
    pairs = list(itertools.combinations(range(n), 2))
    edges = data.draw(st.sets(st.sampled_from(pairs), max_size=12)) if pairs else set()
    direct = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=6))
    terms = [
        f"[Term]\nid: X:{i}\nname: t{i}\n" + "".join(f"is_a: X:{b}\n" for a, b in edges if a == i)
        for i in range(n)
    ]
    rows = [(f"G{number}", "", f"X:{term}", "IDA") for number, term in enumerate(direct)]
    found = read_ontology_sets(*write(tmp_path, HEADER + "\n".join(terms), gaf(*rows)))

    def above(term):
        return {term}.union(*(above(b) for a, b in edges if a == term))

    expected = {}
    for number, term in enumerate(direct):
        for reached in above(term):
            expected.setdefault(f"t{reached} (X:{reached})", set()).add(f"G{number}")
    assert found == expected


@pytest.mark.parametrize(
    ("ontology", "annotation", "message"),
    [
        (
            ONTOLOGY.replace("id: GO:1\nname: process\n", "id: GO:1\nis_a: GO:2\n"),
            ANNOTATION,
            "circle",
        ),
        ("a table\tof something\n", ANNOTATION, "in OBO format"),
        (HEADER, ANNOTATION, "in OBO format"),
        (ONTOLOGY, "INS\tGO:3\n", "in GAF format"),
        (ONTOLOGY, "!only a comment\n", "in GAF format"),
        (ONTOLOGY, gaf(("INS", "", "HP:1", "IDA")), "found none"),
    ],
)
def test_what_is_no_ontology_or_no_annotation_is_refused(tmp_path, ontology, annotation, message):
    with pytest.raises(DataFileError, match=message):
        read_ontology_sets(*write(tmp_path, ontology, annotation))


def test_names_that_a_spreadsheet_would_run_are_not_taken(tmp_path):
    files = write(tmp_path, ONTOLOGY.replace("name: other", 'name: =HYPERLINK("x")'))
    assert read_ontology_sets(*files)["GO:4"] == {"CD3E"}


def test_both_files_become_a_library_of_the_store(tmp_path):
    obo, annotation = write(tmp_path)
    origin = {"species": "human", "release": "2026-01-01", "licence": "CC BY 4.0"}
    store = tmp_path / "store"
    record = import_table(obo, store, name="go", kind="gene sets", annotation=annotation, **origin)
    assert record.rows == 4
    library = open_store(store).gene_sets("go").terms
    assert library["secretion (GO:2)"] == {"INS", "GCG"}
    other = import_table(
        obo,
        store,
        name="go",
        kind="gene sets",
        annotation=write(tmp_path, annotation=gaf(("INS", "", "GO:3", "IDA")))[1],
        **origin,
    )
    assert other.sha256 != record.sha256
    for file, extra, kind in (
        (obo, None, "gene sets"),
        (annotation, annotation, "gene sets"),
        (obo, annotation, "gene list"),
    ):
        with pytest.raises(InputError, match=r"ontology \(\.obo\) with an annotation"):
            import_table(file, store, name="x", kind=kind, annotation=extra, **origin)
    assert open_store(store).names("gene sets") == ["go"]
