"""The shipped atlas: neighbours equal those of another library, evidence means something."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from musegnn import keys
from musegnn.analysis.neighbours.gene_evidence import GeneEvidence
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest, find_neighbours
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.embeddings.neighbours import nearest_neighbours
from musegnn.knowledge.evidence import EvidenceIndex
from musegnn.knowledge.store import open_store
from musegnn.settings import REPOSITORY

K = 50


@pytest.fixture(scope="module")
def atlas() -> EmbeddingSet:
    return read_embedding_set(REPOSITORY / "data" / "atlas")


def test_a_thousand_random_genes_have_the_neighbours_of_a_brute_force_search(
    atlas: EmbeddingSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # percentiles take most of the time and are not looked at here
    monkeypatch.setattr("musegnn.embeddings.neighbours.BACKGROUND_PAIRS", 10)
    rng = np.random.default_rng(0)
    queries = np.sort(rng.choice(len(atlas.genes), 1000, replace=False))
    datasets = atlas.genes[keys.DATASET].to_numpy()
    vectors = atlas.vectors.astype(np.float64)
    found = total = 0
    for dataset in np.unique(datasets[queries]):
        own = np.flatnonzero(datasets == dataset)
        rows = queries[datasets[queries] == dataset]
        search = NearestNeighbors(n_neighbors=K + 1, metric="cosine", algorithm="brute")
        distance, near = search.fit(vectors[own]).kneighbors(vectors[rows])
        for row, distances, places in zip(rows, distance, near, strict=True):
            expected = [int(i) for i in own[places] if i != row][:K]
            table = nearest_neighbours(atlas, int(row), k=K)
            found += len(set(table["row"]) & set(expected))
            total += K
            truth = np.sort(1 - distances)[::-1][1:]
            np.testing.assert_allclose(table["cosine"], truth, atol=1e-6)
    assert found / total == 1.0


def test_known_pairs_are_near_more_often_than_chance(atlas: EmbeddingSet, shared) -> None:
    store = open_store(shared / "knowledge")
    assert store is not None
    evidence = GeneEvidence(atlas, GeneSearch(atlas).ortholog_groups, EvidenceIndex(store))
    rng = np.random.default_rng(1)
    found = dict.fromkeys((keys.INTERACTION, keys.PATHWAY, keys.PROCESS), 0.0)
    expected = dict(found)
    for row in rng.choice(len(atlas.genes), 25, replace=False):
        request = NeighbourRequest(int(row))
        answer = find_neighbours(request, embedding=atlas, evidence=evidence, graph=None)
        table = answer.background.set_index("kind")
        for kind in found:
            found[kind] += table.loc[kind, "found"]
            expected[kind] += table.loc[kind, "background"] * 20
    folds = {kind: found[kind] / expected[kind] for kind in found}
    assert folds[keys.INTERACTION] > 2
    assert folds[keys.PATHWAY] > 2
    assert folds[keys.PROCESS] > 1.5
