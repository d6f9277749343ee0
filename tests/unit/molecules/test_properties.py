"""What assays say of molecules: read, divided, foretold and scored like other programs do."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import mean_absolute_error, roc_auc_score

from musegnn.errors import DataFileError
from musegnn.molecules import scores
from musegnn.molecules.assays import read_assays
from musegnn.molecules.features import scale_of
from musegnn.molecules.property_models import (
    MODELS,
    Molecules,
    Task,
    _kernel,
    kernel_ridge,
    measured_together,
    weigh_models,
)
from musegnn.molecules.scores import (
    bootstrap,
    calibrate,
    calibration_error,
    drawn_means,
    paired,
    task_auroc,
    task_error,
)
from musegnn.molecules.splits import cluster_split, scaffold_split, without_twins
from musegnn.molecules.structures import fingerprints, scaffolds, tanimoto

FAMILIES = ("c1ccccc1{}", "C1CCCCC1{}", "c1ccncc1{}", "c1ccc2ccccc2c1{}")


@pytest.fixture
def molecules():
    return [family.format("C" * size) for family in FAMILIES for size in range(1, 11)]


def write(path, text):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["assays.csv", "assays.csv.gz", "assays.tsv"])
def test_a_table_of_assays_is_read_with_its_gaps(tmp_path, name):
    mark = "\t" if name.endswith("tsv") else ","
    lines = ["smiles,mol_id,A,B", "CCO,m1,1.0,", "CCN,m2,0,1", ",m3,1,1", "CCC,m4,,"]
    found = read_assays(write(tmp_path / name, "\n".join(lines).replace(",", mark)))
    assert found.smiles == ("CCO", "CCN", "CCC")
    assert found.tasks == ("A", "B")
    np.testing.assert_array_equal(found.labels, [[1, np.nan], [0, 1], [np.nan, np.nan]])
    assert found.is_binary
    assert found.n_labels == 3
    assert found.only(np.array([2])).keys == ("",)
    numbers = read_assays(write(tmp_path / f"numbers_{name}", f"SMILES{mark}LogS\nCCO{mark}-1.5"))
    assert not numbers.is_binary


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,A\nx,1\n", "Expected a column of structures"),
        ("smiles,A,A \nCCO,1,1\n", "with each assay once"),
        ("smiles\n", "columns of numbers, found 0"),
        ("smiles,note\nCCO,good\n", "columns of numbers, found 0"),
    ],
)
def test_what_is_no_table_of_assays_is_told(tmp_path, text, message):
    with pytest.raises(DataFileError, match=message):
        read_assays(write(tmp_path / "assays.csv", text))


def test_no_scaffold_is_learned_from_and_asked_about(molecules):
    rings = scaffolds(molecules)
    assert len(set(rings)) == len(FAMILIES)
    split = scaffold_split(rings)
    assert split.sizes == (24, 6, 10)
    assert sorted([*split.train, *split.valid, *split.test]) == list(range(40))
    shared = {rings[place] for place in split.train} & {rings[place] for place in split.test}
    assert not shared
    again = scaffold_split(rings, seed=4)
    assert again.train.tolist() != split.train.tolist()


def test_clusters_part_molecules_that_are_alike(molecules):
    random = np.random.default_rng(5)
    pairs = np.repeat((random.random((30, 200)) < 0.2).astype(np.uint8), 2, axis=0)
    pairs[1::2] ^= random.random((30, 200)) < 0.02
    split, bits = cluster_split(pairs), pairs
    assert min(split.sizes) >= 8
    for part, other in ((split.train, split.test), (split.valid, split.test)):
        assert tanimoto(bits[part], bits[other]).max() <= 0.5
    bits = fingerprints(molecules)
    doubled = np.vstack([bits, bits[split.train[:1]]])
    split = scaffold_split([*map(str, range(40)), "one more"])
    twins = {row.tobytes() for row in doubled[np.concatenate([split.train, split.valid])]}
    clean = without_twins(split, doubled)
    assert clean.test.tolist() == [
        place for place in split.test if doubled[place].tobytes() not in twins
    ]


def test_scores_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, (80, 3)).astype(float)
    said = np.round(random.random((80, 3)), 1)
    labels[random.random(labels.shape) < 0.3] = np.nan
    labels[:, 2] = np.where(np.isfinite(labels[:, 2]), 1.0, np.nan)
    known = np.isfinite(labels)
    for task in range(2):
        want = roc_auc_score(labels[known[:, task], task], said[known[:, task], task])
        assert task_auroc(labels, said)[task] == pytest.approx(want)
        want = mean_absolute_error(labels[known[:, task], task], said[known[:, task], task])
        assert task_error(labels, said)[task] == pytest.approx(want)
    assert np.isnan(task_auroc(labels, said)[2])
    found = bootstrap(labels, said, task_auroc, draws=200)
    assert found.low < found.mean < found.high
    assert found == bootstrap(labels, said, task_auroc, draws=200)
    better = np.where(known, 0.5 * np.nan_to_num(labels) + 0.5 * said, said)
    gain = paired(labels, better, said, task_auroc, draws=200)
    assert gain.low > 0
    assert paired(labels, said, said, task_auroc, draws=200).mean == 0


@pytest.mark.parametrize("score", [task_auroc, task_error])
@pytest.mark.parametrize("at_once", [1, 130, 10**6])
def test_draws_are_those_of_drawing_rows_again(monkeypatch, score, at_once):
    monkeypatch.setattr(scores, "_MOST_COUNTS", at_once)
    random = np.random.default_rng(3)
    labels = (random.random((40, 5)) < 0.2).astype(float)
    labels[random.random(labels.shape) < 0.3] = np.nan
    labels[:, 4] = np.nan
    said = np.round(random.random((40, 5)), 1)  # with ties
    again = np.random.default_rng(7)
    want = []
    for _ in range(50):
        rows = again.integers(0, 40, 40)
        want.append(np.nanmean(score(labels[rows], said[rows])))
    found = drawn_means(labels, said, score, seed=7, draws=50)
    np.testing.assert_allclose(found, want, rtol=1e-12)


def test_weights_find_the_models_that_labels_were_mixed_of():
    random = np.random.default_rng(4)
    models = list(random.standard_normal((3, 400, 2)) * np.array([1.0, 100.0]))
    labels = 0.7 * models[0] + 0.3 * models[2]
    labels[random.random(labels.shape) < 0.3] = np.nan
    np.testing.assert_allclose(weigh_models(labels, models), [0.7, 0, 0.3], atol=1e-3)
    noise = labels + random.standard_normal(labels.shape) * np.array([1.0, 100.0])
    found = weigh_models(noise, models)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)
    nothing = np.full((4, 2), np.nan)
    np.testing.assert_allclose(weigh_models(nothing, models[:2]), [0.5, 0.5])


def test_tasks_measured_on_the_same_molecules_are_found():
    gap = np.nan
    labels = np.array([[0, 1, gap, 0], [1, gap, 1, 1], [0, 0, gap, 1]])
    found = [(columns.tolist(), rows.tolist()) for columns, rows in measured_together(labels)]
    assert found == [([0, 3], [0, 1, 2]), ([1], [0, 2]), ([2], [1])]


def test_calibration_takes_back_what_a_model_overstates():
    random = np.random.default_rng(1)
    true = random.beta(1, 3, 6000)
    labels = (random.random(6000) < true).astype(float)[:, None]
    loud = np.clip(3 * true, 0, 1)[:, None]
    said = calibrate(labels[:3000], loud[:3000], loud[3000:])
    assert calibration_error(labels[3000:], loud[3000:]) > 0.15
    assert calibration_error(labels[3000:], said) < 0.06
    assert (np.diff(said[np.argsort(loud[3000:, 0]), 0]) >= -1e-12).all()
    exact = (np.arange(100) % 2).astype(float)[:, None]
    assert calibration_error(exact, np.full((100, 1), 0.5)) == pytest.approx(0)


def test_descriptors_become_deviates_of_their_ranks():
    values = np.array([[1.0, 5], [3, 5], [np.nan, 5], [2, 5]])
    scale = scale_of(values)
    found = scale.apply(np.array([[2.0, 7], [99, 5]]))
    assert found[0, 1] == 0  # never varied among the known
    assert found[0, 0] == pytest.approx(norm.ppf(0.5), abs=1e-6)
    assert found[1, 0] == pytest.approx(norm.ppf(0.9), abs=1e-6)


@pytest.fixture
def task(molecules):
    random = np.random.default_rng(2)
    bits = fingerprints(molecules)
    deviates = random.standard_normal((40, 5)).astype(np.float32)
    labels = (deviates[:, :2] > 0).astype(float)
    labels[::7, 0] = np.nan
    made = Molecules(bits, deviates)
    train, valid, asked = np.arange(25), np.arange(25, 32), np.arange(32, 40)
    return Task(
        made.only(train), made.only(valid), made.only(asked), labels[train], labels[valid], True
    )


def test_kernel_ridge_is_that_of_scikit_learn(task):
    found = kernel_ridge(task)
    known = np.isfinite(task.train_labels[:, 0])
    kernel = _kernel(task.train, task.train)[np.ix_(known, known)]
    labels = task.train_labels[known, 0]
    candidates = [
        KernelRidge(alpha=penalty, kernel="precomputed").fit(kernel, labels - labels.mean())
        for penalty in (0.1, 1.0, 10.0)
    ]
    held = np.isfinite(task.valid_labels[:, 0])

    def foretell(model, asked):
        return model.predict(_kernel(asked, task.train)[:, known]) + labels.mean()

    errors = [
        ((foretell(model, task.valid) - task.valid_labels[:, 0])[held] ** 2).mean()
        for model in candidates
    ]
    want = np.clip(foretell(candidates[int(np.argmin(errors))], task.asked), 0, 1)
    np.testing.assert_allclose(found[:, 0], want, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_says_probabilities_and_the_same_again(task, name):
    found = MODELS[name](task)
    assert found.shape == (8, 2)
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_array_equal(found, MODELS[name](task))
