"""Two blocks of vectors, told apart: against vectors side by side and a search by loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.neighbours import compare_rows
from musegnn.embeddings.study_block import (
    FROM_BOTH,
    FROM_CELLS,
    FROM_STUDIES,
    WEIGHT,
    StudyBlock,
    compare_by_studies,
)
from musegnn.errors import InputError
from musegnn.knowledge.studies.study_vectors import StudyVectors

N_GENES, N_UNKNOWN = 80, 12
CONTEXTS = ("one", "two", "three")


@pytest.fixture(scope="module")
def block() -> StudyBlock:
    """Eighty genes in each of three contexts; other studies know all but the last twelve."""
    rng = np.random.default_rng(5)
    names = [f"FAKE{i:02d}" for i in range(N_GENES)]
    rows = len(CONTEXTS) * N_GENES
    middle = rng.normal(size=(10, 16))
    vectors = middle[rng.integers(0, 10, rows)] + rng.normal(size=(rows, 16))
    embedding = EmbeddingSet(
        vectors=vectors.astype(np.float32),
        table=pd.DataFrame(
            {keys.GENE: names * len(CONTEXTS), keys.DATASET: np.repeat(CONTEXTS, N_GENES)}
        ),
        layout=np.zeros((rows, 2), dtype=np.float32),
        neighbour_graph=sparse.csr_matrix((rows, rows)),
        datasets=pd.DataFrame(index=list(CONTEXTS)),
    )
    known = rng.normal(size=(N_GENES - N_UNKNOWN, 8)) + 0.5
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    studies = StudyVectors(
        "s", "t", tuple(names[: N_GENES - N_UNKNOWN]), known.astype(np.float32), (), {"lib": 3}
    )
    return StudyBlock(embedding, np.array(names * len(CONTEXTS), dtype=object), studies)


def is_known(row: int) -> bool:
    return row % N_GENES < N_GENES - N_UNKNOWN


def naive_studies(block: StudyBlock, a: int, b: int) -> float:
    """Cosine of two genes by other studies, or NaN: by name alone."""
    genes = block.ortholog_groups
    if not (is_known(a) and is_known(b)) or genes[a] == genes[b]:
        return float("nan")
    table = dict(zip(block.studies.genes, block.studies.vectors.astype(float), strict=True))
    return float(table[genes[a]] @ table[genes[b]])


def naive_cells(block: StudyBlock, a: int, b: int) -> float:
    first, second = block.embedding.vectors[[a, b]].astype(float)
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def test_where_both_know_the_pair_it_is_the_cosine_of_both_vectors_side_by_side(block):
    found = compare_by_studies(block, 3)
    for other, cosine in zip(found.rows, found.cosines, strict=True):
        if not is_known(other):
            continue
        cells = block.embedding.unit_vectors[[3, other]].astype(float)
        studies = WEIGHT * block.studies.vectors[[3, other]].astype(float)
        first, second = np.hstack([cells, studies])
        expected = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
        assert cosine == pytest.approx(expected, abs=1e-5)


def test_what_is_not_known_is_told_by_the_cells_on_the_scale_of_the_others(block):
    found = compare_by_studies(block, 3)
    unknown = np.array([not is_known(row) for row in found.rows])
    assert unknown.sum() == N_UNKNOWN
    order = np.argsort(found.cosines[unknown])
    assert order.tolist() == np.argsort(found.by_cells[unknown]).tolist()
    assert np.isnan(found.by_studies[unknown]).all()
    height, slope = block.usual
    cells = found.by_cells[unknown]
    expected = (cells + WEIGHT**2 * (height + slope * cells)) / (1 + WEIGHT**2)
    np.testing.assert_allclose(found.cosines[unknown], expected, atol=1e-6)
    # neither pushed down as if nothing in common were known, nor left on a larger scale
    everyone = [compare_by_studies(block, row).table(10) for row in range(N_GENES) if is_known(row)]
    listed = pd.concat(everyone)["row"]
    share = float(np.mean([not is_known(row) for row in listed]))
    by_cells = pd.concat(
        [compare_rows(block.embedding, row).table(10) for row in range(N_GENES) if is_known(row)]
    )["row"]
    usual = float(np.mean([not is_known(row) for row in by_cells]))
    assert share == pytest.approx(usual, abs=0.05)


def test_the_usual_is_the_mean_of_what_is_known_of_such_pairs(block):
    height, slope = block.usual
    pairs = [
        (naive_cells(block, a, b), naive_studies(block, a, b))
        for start in range(0, 3 * N_GENES, N_GENES)
        for a in range(start, start + N_GENES)
        for b in range(start, start + N_GENES)
        if a != b and is_known(a) and is_known(b)
    ]
    ours, theirs = np.array(pairs).T
    assert height + slope * ours.mean() == pytest.approx(theirs.mean(), abs=0.02)


def test_a_gene_that_no_study_knows_keeps_the_neighbours_of_its_cells(block):
    row = N_GENES - 1
    ours = compare_rows(block.embedding, row).table(20)
    both = compare_by_studies(block, row)
    table = both.table(20)
    assert table["row"].tolist() == ours["row"].tolist()
    told = both.told_apart(table["row"].to_numpy(), 20)
    assert (told["brought_by"] == FROM_CELLS).all()
    assert told["rank_studies"].isna().all()
    with pytest.raises(InputError, match="Expected FAKE79 among the 68 genes of other studies"):
        compare_by_studies(block, row, weight=None)


def test_the_same_gene_elsewhere_is_never_told_by_its_name(block):
    everywhere = np.arange(3 * N_GENES)
    row = 7
    same = {row + N_GENES, row + 2 * N_GENES}
    alone = compare_by_studies(block, row, everywhere, weight=None)
    assert not same & set(alone.rows.tolist())
    assert all(is_known(other) for other in alone.rows)
    both = compare_by_studies(block, row, everywhere)
    at = np.searchsorted(both.rows, sorted(same))
    assert np.isnan(both.by_studies[at]).all()
    height, slope = block.usual
    cells = both.by_cells[at]
    expected = (cells + WEIGHT**2 * (height + slope * cells)) / (1 + WEIGHT**2)
    np.testing.assert_allclose(both.cosines[at], expected, atol=1e-6)
    # all other genes have one cosine in every context, since studies know none
    other = np.array([1, 1 + N_GENES, 1 + 2 * N_GENES])
    assert len(set(block.matrix(np.array([row]), other)[0].tolist())) == 1


@pytest.mark.parametrize("weight", [WEIGHT, 1.5, None])
def test_ranks_and_words_are_those_of_a_search_by_loops(block, weight):
    k, row = 9, 11
    found = compare_by_studies(block, row, weight=weight)
    table = found.table(k)
    height, slope = block.usual
    scored, ours, theirs = {}, {}, {}
    for other in range(N_GENES):
        if other == row:
            continue
        ours[other] = naive_cells(block, row, other)
        studies = naive_studies(block, row, other)
        if not np.isnan(studies):
            theirs[other] = studies
        elif weight is None:
            continue
        filled = height + slope * ours[other] if np.isnan(studies) else studies
        scored[other] = filled if weight is None else (ours[other] + weight**2 * filled)
    best = sorted(scored, key=lambda other: -scored[other])[:k]
    assert table["row"].tolist() == best
    place = {
        by: sorted(by_block, key=lambda o: -by_block[o])
        for by, by_block in (("cells", ours), ("studies", theirs))
    }
    told = found.told_apart(table["row"].to_numpy(), k)
    for other, record in zip(best, told.to_dict("records"), strict=True):
        assert record["rank_cells"] == place["cells"].index(other) + 1
        assert record["cosine_cells"] == pytest.approx(ours[other], abs=1e-5)
        in_cells = record["rank_cells"] <= k
        in_studies = False
        if other in theirs:
            assert record["rank_studies"] == place["studies"].index(other) + 1
            in_studies = record["rank_studies"] <= k
        if in_cells != in_studies:
            assert record["brought_by"] == (FROM_CELLS if in_cells else FROM_STUDIES)
        else:
            assert record["brought_by"] == (FROM_BOTH if other in theirs else FROM_CELLS)


@pytest.mark.parametrize("weight", [WEIGHT, None])
def test_mutual_is_asked_by_the_same_similarity(block, weight):
    k, row = 6, 20
    table = compare_by_studies(block, row, weight=weight).table(k)
    for other, is_mutual in zip(table["row"], table["mutual"], strict=True):
        back = compare_by_studies(block, int(other), weight=weight).table(k)
        assert is_mutual == (row in back["row"].tolist())


def test_percentiles_are_those_of_pairs_by_the_same_similarity(block):
    found = compare_by_studies(block, 20, weight=None)
    table = found.table(60)
    assert table["percentile"].is_monotonic_decreasing
    pairs = [naive_studies(block, a, b) for a in range(N_GENES) for b in range(a) if is_known(a)]
    known = np.array([value for value in pairs if not np.isnan(value)])
    middle = float(table["cosine"].iloc[30])
    expected = 100 * float((known < middle).mean())
    assert table["percentile"].iloc[30] == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("weight", [0, -1, 11, float("nan")])
def test_a_weight_out_of_range_is_told(block, weight):
    with pytest.raises(InputError, match="Expected a weight of other studies above 0 and up to 10"):
        compare_by_studies(block, 0, weight=weight)


def test_nothing_is_drawn_anew(block):
    again = StudyBlock(block.embedding, block.ortholog_groups, block.studies)
    assert again.usual == block.usual
