from collections import Counter

import numpy as np
import pytest

from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.parts.selected_genes import most_selected_contexts, selected_genes
from musegnn.screens.shell.selection import NOTHING, Selection


def test_genes_are_counted_as_a_loop_over_the_points_counts_them(atlas):
    search = GeneSearch(atlas)
    rows = np.sort(np.random.default_rng(4).choice(len(atlas.genes), 300, replace=False))
    table = selected_genes(Selection(rows), atlas=Atlas(atlas, search))
    ortholog_groups = [search.ortholog_groups[row] for row in rows]
    counts = Counter(ortholog_groups)
    assert table["gene"].tolist() == sorted(counts, key=lambda gene: (-counts[gene], gene))
    for record in table.sample(40, random_state=1).to_dict("records"):
        own = [
            row for row, gene in zip(rows, ortholog_groups, strict=True) if gene == record["gene"]
        ]
        points = atlas.genes.iloc[own]
        everywhere = [gene for gene in search.ortholog_groups if gene == record["gene"]]
        assert record["n_selected"] == len(own)
        assert record["n_in_atlas"] == len(everywhere)
        assert record["share_selected"] == pytest.approx(100 * len(own) / len(everywhere))
        assert record["contexts"].split(";") == sorted(set(points["dataset"]))
        assert set(record["symbols"].split(";")) == set(points["gene"])
        assert set(record["clusters"].split(";")) == set(points["cluster"])
        assert record["degree_mean"] == pytest.approx(points["degree"].mean())
        assert record["degree_maximum"] == points["degree"].max()
        assert record["expression_mean"] == pytest.approx(points["mean_expression"].mean())


def test_orthologs_are_one_gene(atlas):
    search = GeneSearch(atlas)
    table = selected_genes(Selection(search.rows("INS")), atlas=Atlas(atlas, search))
    assert table["gene"].tolist() == ["INS"]
    assert table.loc[0, "symbols"] == "INS;Ins1;Ins2"
    assert table.loc[0, "share_selected"] == 100


def test_nothing_selected_is_an_empty_table(atlas):
    assert selected_genes(NOTHING, atlas=Atlas(atlas, GeneSearch(atlas))).empty


def test_contexts_stand_in_the_order_of_their_selected_points(atlas):
    parts = [("liver_human", 5), ("heart_mouse", 7), ("blood_human", 5)]
    rows = np.sort(np.concatenate([atlas.rows_of_dataset(name)[:n] for name, n in parts]))
    assert most_selected_contexts(Selection(rows), atlas) == [
        "heart_mouse",
        "blood_human",
        "liver_human",
    ]
