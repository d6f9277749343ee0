"""Enrichment on the shipped atlas and public gene sets: what is known must come out on top."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from musegnn.analysis.enrichment.activity import (
    context_activity,
    context_expression,
    regulation_network,
)
from musegnn.analysis.enrichment.enrichment import enrich
from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.enrichment.over_representation import over_representation, upper_tail
from musegnn.analysis.enrichment.ranked_enrichment import ranked_enrichment
from musegnn.analysis.enrichment.ranking import rank_by_cosine
from musegnn.analysis.gene_set_choice import choose_neighbours
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.known_names import open_search
from musegnn.knowledge.store import open_store
from musegnn.settings import REPOSITORY

ISLETS = "human_enge_2017"


@pytest.fixture(scope="module")
def store(shared):
    return open_store(shared / "knowledge")


@pytest.fixture(scope="module")
def embedding():
    return read_embedding_set(REPOSITORY / "data" / "atlas")


@pytest.fixture(scope="module")
def search(embedding, shared):
    return open_search(embedding, shared / "knowledge")


@pytest.fixture(scope="module")
def index(store, embedding, search):
    name = "go_biological_process_2021"
    return load_library(store, name, atlas=Atlas(embedding, search)).index


def test_genes_near_insulin_in_islets_are_about_insulin_secretion(index, embedding, search):
    choice = choose_neighbours("INS", ISLETS, k=50, atlas=Atlas(embedding, search))
    found = enrich(choice, index=index, atlas=Atlas(embedding, search))
    best = found.table.sort_values("plain_p", ignore_index=True).iloc[0]
    assert "insulin secretion" in best["term"]
    assert best["plain_p"] < best["p"] < 0.05  # part of it is that hormones are abundant
    ranking = rank_by_cosine("INS", ISLETS, atlas=Atlas(embedding, search))
    ranked = ranked_enrichment(ranking, index=index).table.set_index("term")
    row = ranked.loc["regulation of insulin secretion (GO:0050796)"]
    assert row["nes"] > 1.5
    assert row["q"] < 0.05


def test_liver_speaks_for_its_regulator(store, embedding, search):
    network = regulation_network(store.regulation("human"))
    table = context_activity(context_expression(Atlas(embedding, search)), network).table
    assert (table["context"][0], table["source"][0]) == ("mouse_liver_ST_CN16_E2", "HNF4A")
    assert table["activity"][0] > 5


def test_random_sets_have_uniform_p_and_raise_few_alarms(index, embedding, search):
    rng = np.random.default_rng(0)
    genes = np.unique(search.ortholog_groups[embedding.rows_of_dataset(ISLETS)].astype(str))
    size = index.counts(index.mask(genes))
    row = int(np.argmax(np.where(size <= 300, size, 0)))
    term, alarms, p = index.terms[row], 0, []
    for _ in range(200):
        chosen = rng.choice(genes, 80, replace=False)
        result = over_representation(chosen, background=genes, index=index, maximum_size=300)
        alarms += result.n_enriched > 0
        hits = int(index.counts(index.mask(chosen))[row])
        own = result.table.set_index("term")["p"].get(term, 1.0)
        above = float(upper_tail(np.array(hits + 1), size[row], 80, len(genes)))
        p.append(above + rng.random() * (own - above))  # within a step the place is drawn
    assert kstest(p, "uniform").pvalue > 0.01
    assert alarms <= 20  # 5 % of 200, and what chance adds to it
