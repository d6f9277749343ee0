"""Terms in a long row: each has the genes below it, and too many of them are refused early."""

import time

import pytest

from musegnn.errors import DataFileError
from musegnn.knowledge import ontology
from musegnn.knowledge.ontology import read_ontology_sets


def write_chain(folder, n_terms):
    """A row of terms, each above the one before, each with a gene of its own."""
    terms = [
        f"[Term]\nid: T:{n}\nname: term {n}\n" + (f"is_a: T:{n + 1}\n" if n + 1 < n_terms else "")
        for n in range(n_terms)
    ]
    obo, gaf = folder / "a.obo", folder / "a.gaf"
    obo.write_text("format-version: 1.2\n\n" + "\n".join(terms), "utf-8")
    lines = [f"X\tI\tG{n}\tinvolved_in\tT:{n}\tR\tIDA\n" for n in range(n_terms)]
    gaf.write_text("!gaf-version: 2.2\n" + "".join(lines), "utf-8")
    return obo, gaf


def test_each_term_of_a_chain_has_the_genes_of_all_below_it(tmp_path):
    found = read_ontology_sets(*write_chain(tmp_path, 300))
    assert found == {
        f"term {n} (T:{n})": frozenset(f"G{i}" for i in range(n + 1)) for n in range(300)
    }


def test_a_chain_that_would_hold_too_many_genes_is_refused_early(tmp_path, monkeypatch):
    monkeypatch.setattr(ontology, "MOST_MEMBERS", 100_000)
    obo, gaf = write_chain(tmp_path, 3000)
    started = time.process_time()
    with pytest.raises(DataFileError, match="at most 100,000 genes in terms"):
        read_ontology_sets(obo, gaf)
    assert time.process_time() - started < 5
