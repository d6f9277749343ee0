"""Common genes and their alignment: against scipy, planted rotations and a shuffled pairing."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.spatial import procrustes
from scipy.stats import ortho_group

from musegnn.analysis.comparison.context_alignment import (
    align_contexts,
    aligned_plane,
    common_genes,
)
from musegnn.errors import InputError
from tests.toy_contexts import Context, gene_names, make_set


def rotated_pair(n_genes=60, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n_genes, 5))
    turned = vectors @ ortho_group.rvs(5, random_state=seed)
    names = gene_names(n_genes)
    return make_set(
        Context("a", names, vectors),
        Context("b", names, turned + noise * rng.normal(size=vectors.shape)),
    )


def unit_pair(embedding, common):
    unit = embedding.unit_vectors.astype(float)
    return unit[common.first_rows], unit[common.second_rows]


def test_common_genes_are_paired_by_name_in_any_order():
    embedding = make_set(
        Context("a", ["B", "A", "C"], np.eye(3)), Context("b", ["D", "C", "B"], np.eye(3))
    )
    common = common_genes(embedding, "a", "b")
    assert common.names.tolist() == ["B", "C"]
    assert common.first_rows.tolist() == [0, 2]
    assert common.second_rows.tolist() == [5, 4]
    assert (common.n_first, common.n_second, common.n_not_one_to_one) == (3, 3, 0)


def test_one_to_many_orthologs_are_left_out_and_counted():
    embedding = make_set(
        Context("a", ["INS", "CD3E", "ALB"], np.eye(3)),
        Context(
            "b",
            ["mouse:Ins1", "mouse:Ins2", "CD3E"],
            np.eye(3),
            species="mouse",
            symbols=["Ins1", "Ins2", "Cd3e"],
            orthologs=["INS", "INS", "CD3E"],
        ),
    )
    common = common_genes(embedding, "a", "b")
    assert common.names.tolist() == ["CD3E"]
    assert common.n_not_one_to_one == 1


def test_name_that_stands_twice_in_a_context_is_left_out():
    embedding = make_set(
        Context("a", ["A", "A", "B"], np.eye(3)), Context("b", ["A", "B", "C"], np.eye(3))
    )
    common = common_genes(embedding, "a", "b")
    assert common.names.tolist() == ["B"]
    assert common.n_not_one_to_one == 1


def test_pairs_of_the_synthetic_atlas_equal_a_loop_over_names(atlas):
    common = common_genes(atlas, "pancreas_human", "spleen_mouse")
    names = atlas.genes["common_gene"]
    own = [set(names[atlas.genes["dataset"] == d]) for d in ("pancreas_human", "spleen_mouse")]
    assert set(common.names) == own[0] & own[1]
    assert (names[common.first_rows].to_numpy() == names[common.second_rows].to_numpy()).all()
    assert common.n_not_one_to_one == 1  # INS with Ins1 and Ins2


def test_unknown_context_offers_the_nearest_name(atlas):
    with pytest.raises(InputError, match=r"found 'blod_human'.* Nearest: blood_human"):
        common_genes(atlas, "blod_human", "liver_human")


def test_rotation_is_that_of_scipy_and_a_planted_one_is_undone():
    embedding = rotated_pair()
    common = common_genes(embedding, "a", "b")
    found = align_contexts(embedding, common)
    first, second = unit_pair(embedding, common)
    expected, _ = orthogonal_procrustes(second, first)
    np.testing.assert_allclose(found.rotation, expected, atol=1e-12)
    np.testing.assert_allclose(found.rotation @ found.rotation.T, np.eye(5), atol=1e-12)
    assert found.before > 0.5
    assert found.after < 1e-6
    assert found.held_out < 1e-6
    assert found.p == 1 / 200


def test_residual_equals_the_disparity_of_scipy_up_to_its_scale():
    embedding = rotated_pair(noise=0.3)
    common = common_genes(embedding, "a", "b")
    first, second = unit_pair(embedding, common)
    found = align_contexts(embedding, common)
    # scipy centres and scales too: give it two sets for which that changes nothing
    mirrored = [np.concatenate([side, -side]) for side in (first, second)]
    _, _, disparity = procrustes(*mirrored)
    overlap = 1 - found.after**2 / 2  # mean cosine of a gene with itself after the fit
    assert disparity == pytest.approx(1 - overlap**2, abs=1e-9)


def test_identical_contexts_need_no_turn(atlas):
    common = common_genes(atlas, "blood_human", "blood_human")
    found = align_contexts(atlas, common)
    assert (found.before, found.after) == (0.0, pytest.approx(0, abs=1e-6))
    np.testing.assert_allclose(found.rotation, np.eye(len(found.rotation)), atol=1e-5)


def test_aligned_residual_never_grows_and_shuffled_pairs_fit_worse(atlas):
    for other in ("pancreas_mouse", "liver_human", "heart_mouse"):
        common = common_genes(atlas, "pancreas_human", other)
        found = align_contexts(atlas, common, permutations=50)
        assert found.after <= found.before
        assert found.after < found.by_chance - 3 * found.by_chance_deviation
        assert found.p == 1 / 51


def test_residual_by_chance_equals_a_fit_to_each_shuffle():
    embedding = rotated_pair(noise=0.5)
    common = common_genes(embedding, "a", "b")
    first, second = unit_pair(embedding, common)
    rng = np.random.default_rng(4)
    residuals = []
    for _ in range(7):
        moved = second[rng.permutation(len(common))]
        rotation, _ = orthogonal_procrustes(moved, first)
        residuals.append(np.sqrt(((moved @ rotation - first) ** 2).sum(axis=1).mean()))
    found = align_contexts(embedding, common, permutations=7, seed=4)
    assert found.by_chance == pytest.approx(np.mean(residuals))
    assert found.by_chance_deviation == pytest.approx(np.std(residuals))


def test_unrelated_contexts_gain_nothing_on_genes_that_the_fit_did_not_see():
    rng = np.random.default_rng(0)
    names = gene_names(40)
    embedding = make_set(*(Context(name, names, rng.normal(size=(40, 16))) for name in ("a", "b")))
    found = align_contexts(embedding, common_genes(embedding, "a", "b"))
    assert found.after < found.before  # 16 dimensions fit 40 genes whatever they are
    assert found.held_out > 1.3
    assert found.p > 0.05


def test_plane_lays_both_contexts_into_the_same_axes():
    embedding = rotated_pair()
    common = common_genes(embedding, "a", "b")
    rotation = align_contexts(embedding, common).rotation
    first, second, shown = aligned_plane(embedding, common, rotation)
    assert first.shape == second.shape == (60, 2)
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert 0 < shown < 1
    own = unit_pair(embedding, common)[0]
    spectrum = np.linalg.svd(own - own.mean(axis=0), compute_uv=False) ** 2
    assert shown == pytest.approx(spectrum[:2].sum() / spectrum.sum(), rel=1e-5)


def test_contexts_without_a_common_gene_are_refused():
    embedding = make_set(Context("a", ["A"], np.ones((1, 3))), Context("b", ["B"], np.ones((1, 3))))
    with pytest.raises(InputError, match="Expected common genes of a and b, found none"):
        align_contexts(embedding, common_genes(embedding, "a", "b"))
