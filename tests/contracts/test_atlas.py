"""What ships in `data/atlas` is complete, is what its manifest says, and makes sense."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.coverage import coverage_of
from benchmarks.neighbour_sense import check_all
from data.well_known import well_known_genes
from musegnn import keys
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.reliability import context_reliability
from musegnn.graphs import read_gene_graph
from musegnn.settings import REPOSITORY

ATLAS = REPOSITORY / "data" / "atlas"


@pytest.fixture(scope="module")
def atlas():
    return read_embedding_set(ATLAS)


@pytest.fixture(scope="module")
def manifest():
    return json.loads((ATLAS / keys.MANIFEST_FILE).read_text(encoding="utf-8"))


def list_manifest_files() -> list[Path]:
    """Files that `data/datasets.tsv` names."""
    with (REPOSITORY / "data" / "datasets.tsv").open(encoding="utf-8") as stream:
        return [Path(row["file"]) for row in csv.DictReader(stream, delimiter="\t")]


def test_every_file_has_the_hash_of_the_manifest_and_none_is_missing(manifest):
    found = {
        str(path.relative_to(ATLAS)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in ATLAS.rglob("*.h5ad")
    }
    assert found == manifest["files"]


def test_the_manifest_names_source_licence_command_and_seed_of_every_dataset(atlas, manifest):
    assert sorted(manifest["inputs"]) == sorted(atlas.datasets.index)
    for entry in manifest["inputs"].values():
        assert entry["repo"]
        assert entry["licence"]
        assert len(entry["sha256"]) == 64
    graph_command, _ = manifest["commands"]
    assert graph_command.startswith("musegnn graph --manifest data/datasets.tsv")
    assert {dataset.stem for dataset in list_manifest_files()} == set(atlas.datasets.index)
    assert "--seed 0" in manifest["commands"][-1]


def test_all_three_techniques_and_four_species_are_in_more_than_forty_contexts(atlas):
    assert set(atlas.datasets["modality"]) == {"scrna", "scatac", "spatial"}
    assert set(atlas.datasets["species"]) == {"human", "mouse", "marmoset", "zebrafish"}
    assert len(atlas.datasets) >= 45


def test_tissues_share_genes_and_well_known_genes_are_there(atlas, shared):
    found = coverage_of(atlas, well_known_genes(shared, 500))
    assert found["median"] >= 1200
    assert found["least"]["genes"] >= 500
    # chromatin of bone marrow covers 4,900 genes: the one tissue that shares fewer with some
    assert {"bone marrow"} == set.intersection(*map(set, found["below_600"]))
    assert found["known"]["share"] >= 0.9


def test_the_map_is_large_enough_and_all_numbers_are_finite(atlas):
    assert len(atlas.genes) >= 90_000
    assert np.isfinite(atlas.vectors).all()
    assert np.isfinite(atlas.layout).all()


def test_the_pair_that_shares_cells_says_so():
    graph = read_gene_graph(ATLAS / keys.GRAPHS_FOLDER / "human_pbmc3k_402.h5ad")
    assert graph.provenance["shares_cells_with"] == {"human_pbmc_10x_liger": 65}


def test_graphs_and_embedding_speak_of_the_same_genes(atlas):
    for dataset in atlas.datasets.index:
        graph = read_gene_graph(ATLAS / keys.GRAPHS_FOLDER / f"{dataset}.h5ad")
        rows = atlas.rows_of_dataset(dataset)
        assert graph.genes[keys.GENE].tolist() == atlas.genes[keys.GENE].iloc[rows].tolist()
        assert graph.degree.tolist() == atlas.genes[keys.DEGREE].iloc[rows].tolist()
        assert graph.n_edges == atlas.datasets.loc[dataset, "n_edges"]


def test_reliability_is_known_weak_contexts_are_told_and_noise_stays_out(atlas):
    found = context_reliability(atlas)
    assert all(own.n_genes == own.n_measured for own in found.values())
    assert not any(own.verdict == "noise" for own in found.values())  # these stay out
    assert found["mouse_liver_ST_CN73_E2"].verdict == "weak"
    assert found["human_pbmc4k_10x"].verdict == ""


def test_neighbours_are_related_more_often_than_genes_of_equal_degree(atlas, shared):
    share = check_all(atlas, shared / "knowledge")["supported_share"]
    # 1.499 and, for components, 1.505: half of the genes of a context are shared ones
    assert share["embedding"] > 1.45 * share["degree_matched"]
    assert share["random"] < 1.1 * share["degree_matched"]
