"""Models of other seeds: found where they lie, asked for ranks, compared with a plain loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from musegnn.embeddings.embedding_set import read_embedding_set, write_embedding_set
from musegnn.embeddings.ensemble import (
    Ensemble,
    find_members,
    neighbour_stability,
    read_ensemble,
)
from musegnn.embeddings.neighbours import nearest_neighbours
from tests.ui_fixtures import make_embedding


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Three seeds as `musegnn train --seeds 0-2` lays them out; seed 2 has its rows shuffled."""
    folder = tmp_path_factory.mktemp("runs")
    plain = make_embedding()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        noise = 0.8 * rng.normal(size=plain.vectors.shape).astype(np.float32)
        vectors = plain.vectors + (noise if seed else 0)
        other = replace(plain, vectors=vectors)
        if seed == 2:
            order = rng.permutation(len(vectors))
            genes = plain.genes.iloc[order].reset_index(drop=True)
            other = replace(other, vectors=vectors[order], table=genes)
        write_embedding_set(other, folder / f"seed_{seed}" / "result" / "embedding.h5ad")
    return folder


@pytest.fixture(scope="module")
def shown(runs):
    return read_embedding_set(runs / "seed_0" / "result")


@pytest.fixture(scope="module")
def ensemble(shown):
    return read_ensemble(shown, find_members(shown))


def test_runs_beside_the_shown_one_are_found(runs, shown, ensemble):
    assert [path.parent.parent.name for path in find_members(shown)] == ["seed_1", "seed_2"]
    assert ensemble.names == ("seed_1", "seed_2")
    assert find_members(shown, runs) == find_members(shown)
    assert find_members(make_embedding()) == []  # it has no file


def test_results_in_a_named_folder_are_found(runs, shown, tmp_path):
    write_embedding_set(make_embedding(), tmp_path / "a" / "embedding.h5ad")
    assert [path.parent.name for path in find_members(shown, tmp_path)] == ["a"]
    assert find_members(shown, tmp_path / "nothing") == []


@pytest.mark.parametrize("k", [5, 20])
def test_stability_equals_a_plain_loop_over_the_models(runs, shown, ensemble, k):
    row = shown.row("CD3E", "blood_human")
    candidates = shown.rows_of_dataset("blood_human")
    near = nearest_neighbours(shown, row, k=k)["row"].to_numpy()
    found = neighbour_stability(ensemble, row, near, candidates, k=k)
    genes = shown.genes
    models = []
    for seed in (1, 2):
        other = read_embedding_set(runs / f"seed_{seed}" / "result")
        names = zip(other.genes["gene"], other.genes["dataset"], strict=True)
        models.append((other, {name: i for i, name in enumerate(names)}))
    for neighbour, stability, low, high in zip(near, *found.T.to_numpy(), strict=True):
        ranks = []
        for other, place in models:
            names = [(genes["gene"][i], genes["dataset"][i]) for i in (row, neighbour)]
            query, target = (other.unit_vectors[place[name]] for name in names)
            rank = 1
            for i in candidates:
                name = genes["gene"][i], genes["dataset"][i]
                if i not in (row, neighbour):
                    rank += float(other.unit_vectors[place[name]] @ query) > float(target @ query)
            ranks.append(rank)
        assert stability == np.mean([rank <= k for rank in ranks])
        assert (low, high) == (min(ranks), max(ranks))
    assert 0 < found["stability"].mean() < 1


def test_without_other_models_nothing_is_claimed(shown):
    near = np.array([1, 2])
    found = neighbour_stability(Ensemble((), ()), 0, near, np.arange(10), k=5)
    assert found["stability"].isna().all()
    assert found["rank_low"].isna().all()


def test_the_shown_model_and_one_of_other_genes_are_left_out_with_a_note(runs, shown, tmp_path):
    write_embedding_set(shown, tmp_path / "copy" / "embedding.h5ad")
    genes = shown.genes.iloc[:-1]
    fewer = replace(
        shown,
        vectors=shown.vectors[:-1],
        layout=shown.layout[:-1],
        table=genes,
        neighbour_graph=shown.neighbour_graph[:-1, :-1],
    )
    write_embedding_set(fewer, tmp_path / "fewer" / "embedding.h5ad")
    found = read_ensemble(shown, find_members(shown, tmp_path))
    assert len(found) == 0
    assert "copy was left out: it is the model on screen" in found.notes[0]
    assert "fewer was left out: it lacks 1 genes in context" in found.notes[1]


def test_a_model_that_cannot_be_read_is_left_out_with_a_note(runs, shown, tmp_path):
    path = tmp_path / "broken" / "embedding.h5ad"
    path.parent.mkdir()
    path.write_bytes(shown.path.read_bytes()[:5000])
    whole = runs / "seed_1" / "result" / "embedding.h5ad"
    found = read_ensemble(shown, [path, whole])
    assert found.names == ("seed_1",)
    assert found.notes[0].startswith("broken was left out: Expected an embedding set")


def test_models_of_other_settings_are_no_error_bars(shown, tmp_path):
    def with_settings(**config):
        return replace(shown, provenance={**shown.provenance, "config": config})

    here = with_settings(seed=0, epochs=40, dropout=0.4)
    noisy = replace(with_settings(seed=1, epochs=40, dropout=0.4), vectors=shown.vectors + 1)
    write_embedding_set(noisy, tmp_path / "seed_1" / "embedding.h5ad")
    other = replace(with_settings(seed=2, epochs=9, dropout=0.1), vectors=shown.vectors + 2)
    write_embedding_set(other, tmp_path / "seed_2" / "embedding.h5ad")
    found = read_ensemble(here, find_members(shown, tmp_path))
    assert found.names == ("seed_1",)
    assert found.notes == (
        "seed_2 was left out: it was trained with other settings (dropout, epochs).",
    )


def test_wider_models_can_be_asked_too(shown, tmp_path):
    wide = np.hstack([shown.vectors, shown.vectors])  # the same cosines
    write_embedding_set(replace(shown, vectors=wide), tmp_path / "wide" / "embedding.h5ad")
    found = read_ensemble(shown, find_members(shown, tmp_path))
    near = nearest_neighbours(shown, 0, k=7)
    table = neighbour_stability(
        found, 0, near["row"].to_numpy(), shown.rows_of_dataset("pancreas_human"), k=7
    )
    pd.testing.assert_series_equal(
        table["rank_low"], near["rank"].astype("Int64"), check_names=False
    )
