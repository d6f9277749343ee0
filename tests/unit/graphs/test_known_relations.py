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
)
from musegnn.io.gene_names import GeneNames
from musegnn.knowledge.gene_sets import GO_FILE
from musegnn.knowledge.interactions import INTERACTION_FILE
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


def test_a_folder_gives_what_it_has(tmp_path):
    assert read_known_relations(None, GeneNames()) is None
    assert read_known_relations(tmp_path, GeneNames()) is None
    with gzip.open(tmp_path / GO_FILE, "wt", encoding="utf-8") as stream:
        stream.write("a\t\t" + "\t".join(f"G{i}" for i in range(12)) + "\n")
    relations = read_known_relations(tmp_path, GeneNames())
    assert relations is not None
    assert list(relations.terms) == ["a"]
    assert relations.interactions == []
    assert set(relations.truths(["G1", "G2", "X"])) == {GO_PROCESS}
    (tmp_path / INTERACTION_FILE).write_bytes(b"no table")
    with pytest.raises(DataFileError, match="interactions"):
        read_known_relations(tmp_path, GeneNames())


def test_interactions_are_counted_apart():
    graph = planted_graph("g")
    pairs = [(f"G{i}", f"G{j}") for i, j in zip(*graph.adjacency.nonzero(), strict=True) if i < j]
    table = enrichment_table(graph, KnownRelations({}, pairs))
    assert set(table["relation"]) == {INTERACTION}
    assert (table["edges_related"] == graph.n_edges).all()
