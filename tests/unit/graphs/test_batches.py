"""Genes compared inside batches: batch alone joins none, what is true stays."""

from dataclasses import replace

import anndata
import numpy as np
import pandas as pd
import pytest
import scanpy
from scipy import sparse
from scipy.stats import kstest

from musegnn.errors import InputError
from musegnn.graphs.batches import (
    FEWEST_IN_BATCH,
    batch_note,
    choose_within,
    estimate_within,
    keep_batches,
    residuals_within,
    rows_of_batches,
)
from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.gene_graph import read_gene_graph
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.residuals import pearson_residuals
from musegnn.io.choices import Choices
from musegnn.knowledge.gene_names import read_gene_names
from tests.command_line import musegnn
from tests.toy_counts import make_expression, write_counts

N, MODULE, SHIFTED, GENES = 130, 8, 24, 60


@pytest.fixture(scope="module")
def drawn():
    """Gamma-Poisson counts of three batches: 8 genes that go together, 24 that batch shifts."""
    rng = np.random.default_rng(11)
    depth = rng.lognormal(8.5, 0.3, 3 * N)
    rate = np.full((3 * N, GENES), 4e-4) * rng.gamma(2, 0.5, (3 * N, GENES))
    rate[:, :MODULE] *= rng.gamma(1.5, 1 / 1.5, (3 * N, 1))  # in every batch
    batches = np.repeat(["a", "b", "c"], N)
    for place, name in enumerate("abc"):
        shift = np.exp(np.random.default_rng(place).choice([-1.2, 0, 1.2], SHIFTED))
        rate[np.ix_(batches == name, np.arange(MODULE, MODULE + SHIFTED))] *= shift
    counts = sparse.csr_matrix(rng.poisson(depth[:, None] * rate).astype(np.float32))
    return counts, depth, batches.tolist()


def pairs_of(values, low, high):
    block = values[low:high, low:high]
    return block[np.triu_indices(high - low, 1)]


@pytest.mark.parametrize("name", ["cscore", "cscore_t", "cscore_depth", "pearson"])
def test_edges_that_batch_alone_makes_are_gone_and_true_ones_stay(name, drawn):
    counts, depth, batches = drawn
    run = ESTIMATORS[name].run
    together = run(counts, depth, pearson_residuals(counts))
    within = estimate_within(run, counts, depth, residuals_within(counts, batches), batches)
    shifted = (MODULE, MODULE + SHIFTED)
    assert (pairs_of(together.p_value, *shifted) < 0.005).mean() > 0.5
    assert (pairs_of(within.p_value, *shifted) < 0.005).mean() < 0.03
    way = np.sign(pairs_of(together.estimate, *shifted))  # that batch pulls two genes
    assert np.mean(way * pairs_of(together.estimate, *shifted)) > 0.1
    assert abs(np.mean(way * pairs_of(within.estimate, *shifted))) < 0.05
    assert (pairs_of(within.p_value, 0, MODULE) < 0.005).mean() > 0.9
    true = pairs_of(within.statistic, 0, MODULE)
    assert true.min() > 0
    # where nothing differs between batches, little is lost by the division
    assert true.mean() > 0.8 * pairs_of(together.statistic, 0, MODULE).mean()


def test_p_of_genes_that_batch_alone_joins_are_even(drawn):
    counts, depth, batches = drawn
    within = estimate_within(
        ESTIMATORS["pearson"].run, counts, depth, residuals_within(counts, batches), batches
    )
    p = pairs_of(within.p_value, MODULE, GENES)
    assert kstest(p, "uniform").statistic < 0.08


def test_two_copies_of_one_batch_say_what_one_says_more_surely(drawn):
    counts, depth, _ = drawn
    half, own = counts[:N], depth[:N]
    residuals = residuals_within(half, ["a"] * N)
    one = ESTIMATORS["cscore"].run(half, own, residuals)
    twice = estimate_within(
        ESTIMATORS["cscore"].run,
        sparse.vstack([half, half]).tocsr(),
        np.tile(own, 2),
        np.tile(residuals, (2, 1)),
        ["a"] * N + ["b"] * N,
    )
    assert np.allclose(twice.estimate, one.estimate)
    off = ~np.eye(GENES, dtype=bool)
    assert np.allclose(twice.statistic[off], np.sqrt(2) * one.statistic[off])
    assert np.allclose(twice.mean, one.mean)
    assert np.allclose(twice.variance, np.where(one.variance > 0, one.variance, 0))


def test_a_gene_that_one_batch_lacks_is_told_by_the_others(drawn):
    counts, depth, batches = drawn
    lacking = counts.tolil()
    lacking[:N, 0] = 0
    lacking[:, 59] = 0
    lacking = sparse.csr_matrix(lacking)
    run = ESTIMATORS["cscore"].run
    found = estimate_within(run, lacking, depth, residuals_within(lacking, batches), batches)
    rest = estimate_within(
        run, lacking[N:], depth[N:], residuals_within(lacking[N:], batches[N:]), batches[N:]
    )
    assert np.allclose(found.statistic[0, 1:MODULE], rest.statistic[0, 1:MODULE])
    assert np.allclose(found.estimate[0, 1:MODULE], rest.estimate[0, 1:MODULE])
    assert not found.statistic[59, :59].any()
    assert (found.p_value[59, :59] == 1).all()
    assert np.isfinite(found.estimate).all()


def test_residuals_of_a_batch_are_its_own_and_centred(drawn):
    counts, _, batches = drawn
    residuals = residuals_within(counts, batches)
    own = pearson_residuals(counts[:N])
    assert np.allclose(residuals[:N], own - own.mean(axis=0), atol=1e-5)
    for rows in rows_of_batches(batches).values():
        assert np.abs(residuals[rows].mean(axis=0)).max() < 1e-5


def in_batches(counts, batches):
    genes = [f"gene {column}" for column in range(counts.shape[1])]
    return replace(make_expression(counts.toarray(), genes), batches=batches)


@pytest.mark.parametrize("n_genes", [5, 12, 20, 59])
def test_genes_are_chosen_inside_batches_as_scanpy_chooses_them(n_genes, drawn):
    counts, _, batches = drawn
    expression = in_batches(counts, batches)
    found = choose_within(find_modality("scrna").choose, expression, n_genes)
    obs = pd.DataFrame({"batch": pd.Categorical(batches)}, index=[str(i) for i in range(3 * N)])
    data = anndata.AnnData(counts.copy(), obs=obs)
    scanpy.experimental.pp.highly_variable_genes(
        data, flavor="pearson_residuals", n_top_genes=n_genes, theta=100, batch_key="batch"
    )
    assert set(found) == set(np.flatnonzero(data.var["highly_variable"]))
    assert len(found) == n_genes


def test_genes_that_batch_alone_makes_variable_are_not_chosen(drawn):
    counts, _, batches = drawn
    expression = in_batches(counts, batches)
    choose, shifted = find_modality("scrna").choose, np.arange(MODULE, MODULE + SHIFTED)
    over_all = np.isin(choose(expression, SHIFTED), shifted).mean()
    inside = np.isin(choose_within(choose, expression, SHIFTED), shifted).mean()
    assert over_all > 0.55
    assert inside < SHIFTED / GENES + 0.1  # as many as by chance
    few = choose_within(choose, expression, GENES)
    assert few.tolist() == list(range(GENES))


def test_small_batches_and_cells_without_one_are_left_out_and_told():
    batches = ["b"] * 40 + ["a"] * 30 + ["few"] * 29 + [""] * 5
    keep, step = keep_batches(batches, "donor")
    assert keep.tolist() == [True] * 70 + [False] * 34
    assert step.line() == (
        f"cells: 34 removed (in batches of fewer than {FEWEST_IN_BATCH} cells, or in none), 70 left"
    )
    assert list(rows_of_batches(batches)) == ["a", "b", "few"]
    assert batch_note(batches[:70], "donor") == (
        "batches: genes compared inside the 2 values of donor: a (30), b (40)"
    )


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        (["one"] * 90, r"found 1 among 1 values \(the largest has 90 cells\)"),
        ([f"cell {i}" for i in range(90)], r"found 0 among 90 values \(the largest has 1 cells\)"),
        ([""] * 90, r"found 0 among 0 values"),
    ],
)
def test_a_column_that_divides_no_cells_is_refused(batches, words):
    with pytest.raises(InputError, match=words):
        keep_batches(batches, "donor")


@pytest.fixture
def file(drawn, tmp_path):
    counts, _, batches = drawn
    genes = sorted(read_gene_names(None).tables["human"].coding_symbols)[200 : 200 + GENES]
    path = write_counts(tmp_path / "counts.h5ad", counts.toarray(), genes)
    data = anndata.read_h5ad(path)
    data.obs["donor"] = pd.Categorical([*batches[:-3], None, None, None])
    data.obs["kit"] = "v3"
    data.write_h5ad(path)
    return path


def edges_among(graph, low, high):
    names = graph.genes["gene"].tolist()
    order = [names.index(name) for name in sorted(names)[low:high]]
    return graph.adjacency[order][:, order].nnz


def test_a_graph_inside_batches_has_no_edges_of_batch_and_says_so(file):
    context = Context("toy", "human", "blood", "scrna")
    names = read_gene_names(None)
    with_test = {"preset": "paper", "names": names}
    whole = build_gene_graph(file, context, **with_test)
    inside = build_gene_graph(file, context, **with_test, choices=Choices(batch="donor"))
    first, last = MODULE, MODULE + SHIFTED
    assert edges_among(whole, first, last) > 10 * edges_among(inside, first, last)
    assert edges_among(inside, 0, MODULE) == MODULE * (MODULE - 1)
    assert inside.provenance["batch"] == "donor"
    assert inside.provenance["genes_chosen_by"].endswith("residuals, in most batches")
    assert whole.provenance["genes_chosen_by"].endswith("residuals")
    assert whole.provenance["batch"] is None
    assert inside.provenance["n_cells"] == 3 * N - 3
    assert any("inside the 3 values of donor" in line for line in inside.provenance["reading"])
    assert any("or in none" in line for line in inside.provenance["steps"])
    assert inside.provenance["reproducibility"]["jaccard"] > 0
    assert inside.provenance["depth_share"] is not None


def test_the_command_takes_a_column_and_refuses_one_that_is_not_there(file, tmp_path):
    about = ("--species", "human", "--tissue", "blood", "--modality", "scrna")
    out = tmp_path / "graph.h5ad"
    answer = musegnn("graph", file, *about, "--batch", "donor", "-o", out)
    assert answer.code == 0, answer.err
    assert "inside the 3 values of donor" in answer.out + answer.err
    assert read_gene_graph(out).provenance["batch"] == "donor"
    for column, words in (("nope", "Its columns are"), ("kit", "two batches or more")):
        refused = musegnn("graph", file, *about, "--batch", column, "-o", tmp_path / "no.h5ad")
        assert refused.code == 2
        assert words in refused.err
        assert not (tmp_path / "no.h5ad").exists()
