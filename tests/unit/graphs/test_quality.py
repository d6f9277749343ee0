"""Quality control against counts made by loops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musegnn.errors import GraphError
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.quality import (
    QualityControl,
    apply_quality_control,
)
from musegnn.io.expression import Expression, read_expression
from tests.toy_counts import make_expression

LOOSE = QualityControl(maximum_genes=10**6, minimum_genes=0, minimum_cells=1)

USUAL, PAPER = (find_modality("scrna").quality(name) for name in ("default", "paper"))


def naive_quality(
    expression: Expression, least: float, most: float, mitochondrial: float, cells: int
) -> tuple[list[int], list[str]]:
    """Rows and genes that pass fixed thresholds, by loops."""
    counts = expression.counts.toarray()
    rows = []
    for i, cell in enumerate(counts):
        detected = sum(1 for value in cell if value > 0)
        total = float(sum(cell))
        inside = sum(
            float(v) for v, g in zip(cell, expression.genes, strict=True) if g.upper()[:3] == "MT-"
        )
        if total > 0 and least <= detected < most and inside / total < mitochondrial:
            rows.append(i)
    genes = [
        name
        for j, name in enumerate(expression.genes)
        if name.upper()[:3] != "MT-" and sum(1 for i in rows if counts[i, j] > 0) >= cells
    ]
    return rows, genes


@pytest.fixture
def toy() -> Expression:
    """Forty cells with an empty one, a rich one, a poor one and a dying one."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.8, (40, 30))
    counts[0] = 0
    counts[1] = 5
    counts[2] = 0
    counts[2, 4] = 3
    counts[3, 0] = 200  # mitochondrial
    counts[:, 10] = 0
    counts[[5, 6], 10] = 1  # detected in two cells
    genes = ["MT-CO1", "mt-Nd1", *[f"G{i}" for i in range(28)]]
    return make_expression(counts, genes)


def test_fixed_thresholds_equal_a_loop_over_cells_and_genes(toy: Expression) -> None:
    quality = QualityControl(maximum_genes=25, minimum_genes=5, minimum_cells=3)
    kept, depth, _ = apply_quality_control(toy, quality)
    rows, genes = naive_quality(toy, 5, 25, 0.2, 3)
    assert {0, 1, 2, 3}.isdisjoint(rows)
    assert 30 < len(rows) < 40
    assert kept.genes == genes
    assert "G8" not in genes
    columns = [toy.genes.index(name) for name in genes]
    assert np.array_equal(kept.counts.toarray(), toy.counts.toarray()[np.ix_(rows, columns)])
    assert depth.tolist() == toy.counts.toarray().sum(axis=1)[rows].tolist()


def test_the_published_thresholds_equal_a_loop_on_real_cells(shared: Path) -> None:
    expression = read_expression(shared / "data" / "scrna" / "human_pancreas_baron.h5ad")
    expression = expression.take_cells(np.arange(expression.n_cells) < 40)
    kept, _, steps = apply_quality_control(expression, PAPER)
    rows, genes = naive_quality(expression, 0, 4000, 0.2, 1)
    assert kept.genes == genes
    assert kept.n_cells == len(rows)
    assert steps[1].rule == "detected genes below 0 or at least 4000"


def test_the_steps_add_up_from_the_file_to_what_is_left(toy: Expression) -> None:
    kept, _, steps = apply_quality_control(toy, QualityControl(25, 5, 0.2, 3))
    for unit, before, after in (
        ("cells", toy.n_cells, kept.n_cells),
        ("genes", len(toy.genes), len(kept.genes)),
    ):
        left = before
        own = [step for step in steps if step.unit == unit]
        for step in own:
            left -= step.removed
            assert step.left == left
        assert left == after
    assert [(step.unit, step.removed) for step in steps] == [
        *(("cells", 1), ("cells", 2), ("cells", 1)),
        *(("genes", 2), ("genes", 1)),
    ]
    assert steps[0].line() == "cells: 1 removed (no counts), 39 left"


def test_a_cell_is_removed_by_the_first_rule_that_hits_it_only() -> None:
    counts = np.full((6, 4), 2)
    counts[0] = [50, 0, 0, 0]  # too few genes and all of them mitochondrial
    expression = make_expression(counts, ["MT-ND1", "A", "B", "C"])
    quality = QualityControl(maximum_genes=10, minimum_genes=2, maximum_mitochondrial=0.5)
    _, _, steps = apply_quality_control(expression, quality)
    assert [step.removed for step in steps if step.unit == "cells"] == [0, 1, 0]


def test_depth_is_counted_before_genes_are_dropped(toy: Expression) -> None:
    kept, depth, _ = apply_quality_control(toy, LOOSE)
    assert (depth > kept.depth).any()
    everything = toy.depth
    assert depth.tolist() == [
        total
        for i, total in enumerate(everything)
        if total > 0 and toy.counts[i, :2].sum() / total < 0.2
    ]


def test_thresholds_are_open_above_and_closed_below() -> None:
    counts = np.zeros((9, 10), dtype=int)
    for cell in range(9):
        counts[cell, : cell + 2] = 1  # 2 to 10 detected genes
    expression = make_expression(counts, [f"G{i}" for i in range(10)])
    kept, _, _ = apply_quality_control(expression, QualityControl(8, 4, 0.2, 1))
    assert np.diff(kept.counts.indptr).tolist() == [4, 5, 6, 7]


def test_a_share_of_mitochondrial_counts_at_the_limit_is_too_much() -> None:
    counts = np.array([[1, 2, 1, 1], [1, 2, 1, 2], [0, 2, 1, 1], [0, 1, 2, 1], [0, 1, 1, 2]])
    expression = make_expression(counts, ["MT-ND1", "A", "B", "C"])
    _, depth, _ = apply_quality_control(expression, LOOSE)
    assert depth.tolist() == [6, 4, 4, 4]  # 1 of 5 is 20 %, 1 of 6 is not


def test_the_adaptive_rule_fits_platforms_of_any_depth() -> None:
    rng = np.random.default_rng(1)
    for n_genes, share in ((200, 0.3), (9000, 0.7)):
        counts = (rng.random((60, n_genes)) < share).astype(int)
        counts[0] = 1  # a doublet
        counts[1] = 0
        counts[1, :3] = 1  # an empty droplet
        expression = make_expression(counts, [f"G{i}" for i in range(n_genes)])
        kept, _, _ = apply_quality_control(expression, USUAL)
        assert kept.n_cells == 58
    with pytest.raises(GraphError, match=r"59 removed \(detected genes below 0 or at least 4000\)"):
        apply_quality_control(expression, PAPER)


def test_the_adaptive_limits_are_the_median_and_five_deviations_of_the_logarithm() -> None:
    rng = np.random.default_rng(2)
    counts = (rng.random((101, 300)) < rng.uniform(0.05, 0.95, (101, 1))).astype(int)
    expression = make_expression(counts, [f"G{i}" for i in range(300)])
    quality = QualityControl(deviations=1.0, minimum_cells=1)
    kept, _, _ = apply_quality_control(expression, quality)
    detected = counts.sum(axis=1)
    logarithm = np.sort(np.log1p(detected))
    median = logarithm[50]
    spread = 1.4826 * np.sort(np.abs(logarithm - median))[50]
    expected = [n for n in detected if np.exp(median - spread) - 1 <= n < np.exp(median + spread)]
    assert 20 < len(expected) < 90
    assert np.diff(kept.counts.indptr).tolist() == expected


@pytest.mark.parametrize("n_genes", [3, 4, 5, 12, 700])
def test_cells_that_are_all_alike_are_all_kept(n_genes: int) -> None:
    expression = make_expression(np.ones((5, n_genes)), [f"G{i}" for i in range(n_genes)])
    kept, _, steps = apply_quality_control(expression, USUAL)
    assert kept.n_cells == 5
    assert steps[1].rule == f"detected genes below {n_genes} or at least {n_genes + 1}"


def test_too_few_cells_or_genes_left_are_refused_with_the_counts() -> None:
    counts = np.ones((10, 4))
    counts[2:] = 0
    names = ["A", "B", "C", "D"]
    with pytest.raises(GraphError, match=r"at least 3 cells .* found 2 \(cells: 8 removed \(no co"):
        apply_quality_control(make_expression(counts, names), USUAL)
    counts = np.ones((10, 4))
    counts[:, 2:] = 0
    with pytest.raises(GraphError, match="at least 3 genes after quality control, found 2"):
        apply_quality_control(make_expression(counts, names), USUAL)
    with pytest.raises(GraphError, match="at least 3 cells after quality control, found 0"):
        apply_quality_control(make_expression(np.zeros((5, 4)), names), USUAL)
