"""Known relations from small tables, and the enrichment of a graph whose edges are planted."""

from __future__ import annotations

import gzip

import pytest

from musegnn.errors import DataFileError
from musegnn.graphs.known_relations import (
    GO_PROCESS,
    INTERACTION,
    KnownRelations,
    enrichment_table,
    read_known_relations,
    relation_words,
)
from musegnn.knowledge.catalogue import GENE_SETS, INTERACTIONS
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.store import KnowledgeStore
from tests.toy_graphs import planted_graph


def test_edges_inside_modules_that_share_a_process_are_enriched():
    graph = planted_graph("g", within=0.6, between=0.02)
    terms = {
        name: frozenset(f"G{i}" for i in range(20 * k, 20 * k + 20))
        for k, name in [(0, "a"), (1, "b")]
    }
    table = enrichment_table(graph, KnownRelations(terms, [])).set_index("ribosomal")
    assert set(table["relation"]) == {GO_PROCESS}
    module = [i // 20 for i in range(40)]
    edges = [(i, j) for i, j in zip(*graph.adjacency.nonzero(), strict=True) if i < j]
    related = sum(module[i] == module[j] for i, j in edges)
    degree = graph.degree
    pairs = [(i, j) for i in range(40) for j in range(i)]
    weight = sum(degree[i] * degree[j] for i, j in pairs)
    share = sum(degree[i] * degree[j] for i, j in pairs if module[i] == module[j]) / weight
    row = table.loc["with"]
    assert (row.edges_related, row.pairs) == (related, len(edges))
    assert row.expected == pytest.approx(share * len(edges))
    assert row.fold == pytest.approx(related / (share * len(edges)))
    # there are no ribosomal genes among them
    assert table.loc["without"].to_dict() == row.to_dict()


TERM = "a\t\t" + "\t".join(f"G{i}" for i in range(12)) + "\n"


def bring(folder, name, kind, content):
    """Import a table as `musegnn knowledge import` does; its file has any name."""
    path = folder / f"from a colleague {name}.txt"
    path.write_text(content, encoding="utf-8")
    about = {"species": "human", "release": "1", "licence": "CC0"}
    import_table(path, folder / "store", name=name, kind=kind, **about)


def test_a_store_gives_what_it_has(tmp_path):
    assert read_known_relations(None) is None
    assert read_known_relations(KnowledgeStore(tmp_path)) is None
    (tmp_path / "GO_Biological_Process_2021.gmt.gz").write_bytes(gzip.compress(TERM.encode()))
    relations = read_known_relations(KnowledgeStore(tmp_path))
    assert relations is not None
    assert list(relations.terms) == ["a"]
    assert relations.interactions == []
    assert set(relations.truths(["G1", "G2", "X"])) == {GO_PROCESS}
    (tmp_path / "ppi_hetio_ind.tsv.gz").write_bytes(b"no table")
    with pytest.raises(DataFileError, match="interactions"):
        read_known_relations(KnowledgeStore(tmp_path))


def test_imported_tables_count_under_any_file_name(tmp_path):
    bring(tmp_path, "my_terms", GENE_SETS, TERM)
    bring(tmp_path, "too_small", GENE_SETS, "b\t\tG1\tG2\n")
    bring(tmp_path, "my_pairs", INTERACTIONS, "a\tb\nG2\tG1\nG3\tG1\nG1\tG2\n")
    relations = read_known_relations(KnowledgeStore(tmp_path / "store"))
    assert relations.terms == {}
    assert relations.interactions == [("G1", "G2"), ("G1", "G3")]
    assert set(relations.truths(["G1", "G2"])) == {"term of my_terms", INTERACTION}
    assert relation_words("term of my_terms") == "share a term of my_terms"
    bring(tmp_path, "go_biological_process_own", GENE_SETS, TERM)
    relations = read_known_relations(KnowledgeStore(tmp_path / "store"))
    assert list(relations.terms) == ["a"]
    assert list(relations.libraries) == ["my_terms"]


def test_one_catalogued_table_of_interactions_counts_beside_imported_ones(tmp_path):
    header = "Entrez Gene IDA\tSymbol A\tEntrez Gene IDB\tSymbol B\n"
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "HI-II-14.tsv").write_text(f"{header}1\tA\t2\tB\n", encoding="utf-8")
    # its numbers have no symbols here
    (tmp_path / "store" / "ppi_hetio_ind.tsv").write_text("gene_0\tgene_1\n7\t8\n")
    bring(tmp_path, "my_pairs", INTERACTIONS, "a\tb\nC\tA\n")
    relations = read_known_relations(KnowledgeStore(tmp_path / "store"))
    assert relations.interactions == [("A", "B"), ("A", "C")]


def test_interactions_are_counted_apart():
    graph = planted_graph("g")
    pairs = [(f"G{i}", f"G{j}") for i, j in zip(*graph.adjacency.nonzero(), strict=True) if i < j]
    table = enrichment_table(graph, KnownRelations({}, pairs))
    assert set(table["relation"]) == {INTERACTION}
    assert (table["edges_related"] == graph.n_edges).all()
