"""Means, intervals, ranks and differences against numbers worked out by hand and by SciPy."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from musegnn.benchmarks.comparison import (
    Comparison,
    Method,
    Run,
    average_ranks,
    differences_by_dataset,
    extend,
    paired_differences,
    read_comparison,
    summarise,
    write_comparison,
)
from musegnn.benchmarks.metric import Measured
from musegnn.errors import DataFileError, InputError

METHODS = (
    Method("model", "method", "trained"),
    Method("PCA", "baseline"),
    Method("random", "control"),
)


def run(method, seed, split, **numbers):
    return Run(method, seed, split, {key: Measured(v, 10, "pairs") for key, v in numbers.items()})


@pytest.fixture
def one_split():
    """Three seeds of the model, two of random, none of PCA; rank better when low."""
    return Comparison(
        "toy",
        "two graphs",
        METHODS,
        (
            run("model", 0, 7, go_auroc=0.60, ortholog_rank=10.0),
            run("model", 1, 7, go_auroc=0.62, ortholog_rank=14.0),
            run("model", 2, 7, go_auroc=0.64, ortholog_rank=12.0),
            run("PCA", None, 7, go_auroc=0.61, ortholog_rank=20.0),
            run("random", 0, 7, go_auroc=0.50, ortholog_rank=12.0),
            run("random", 1, 7, go_auroc=0.52, ortholog_rank=14.0),
        ),
        rival="PCA",
    )


@pytest.fixture
def two_splits():
    """Two splits of two seeds each."""
    numbers = {(0, 1): 0.6, (1, 1): 0.8, (0, 2): 0.5, (1, 2): 0.7}
    return Comparison(
        "toy",
        "two graphs",
        METHODS[:2],
        (
            *(run("model", s, p, go_auroc=value) for (s, p), value in numbers.items()),
            run("PCA", None, 1, go_auroc=0.65),
            run("PCA", None, 2, go_auroc=0.65),
        ),
        rival="PCA",
    )


def row(table, method, metric):
    return table[(table["method"] == method) & (table["metric"] == metric)].iloc[0]


def test_mean_and_interval_over_seeds_are_those_of_scipy(one_split):
    found = row(summarise(one_split), "model", "go_auroc")
    numbers = [0.60, 0.62, 0.64]
    low, high = stats.t.interval(0.95, 2, np.mean(numbers), stats.sem(numbers))
    assert found["mean"] == pytest.approx(0.62)
    assert (found["low"], found["high"]) == pytest.approx((low, high))
    assert (found["runs"], found["units"], found["unit"], found["n"]) == (3, 3, "seed", 10)


def test_one_run_has_no_interval(one_split):
    found = row(summarise(one_split), "PCA", "go_auroc")
    assert found["mean"] == 0.61
    assert math.isnan(found["low"])
    assert found["units"] == 1


def test_seeds_of_a_split_count_once(two_splits):
    found = row(summarise(two_splits), "model", "go_auroc")
    low, high = stats.t.interval(0.95, 1, 0.65, stats.sem([0.7, 0.6]))
    assert (found["low"], found["high"]) == pytest.approx((low, high))
    assert (found["runs"], found["units"], found["unit"]) == (4, 2, "split")


def test_ranks_are_averaged_over_metrics_within_each_seed(one_split):
    ranks = average_ranks(one_split, ["go_auroc", "ortholog_rank", "asw"]).set_index("method")
    # seeds 0 and 1, which all have; go: PCA, model, random, then model, PCA, random;
    # ortholog: model, random, PCA, then a tie of model and random
    assert ranks.loc["model", "rank"] == pytest.approx(((2 + 1) / 2 + (1 + 1.5) / 2) / 2)
    assert ranks.loc["PCA", "rank"] == pytest.approx(((1 + 3) / 2 + (2 + 3) / 2) / 2)
    assert ranks.loc["random", "rank"] == pytest.approx(((3 + 2) / 2 + (3 + 1.5) / 2) / 2)
    assert ranks.index[0] == "model"
    assert set(ranks["metrics"]) == {2}
    assert set(ranks["units"]) == {2}


def test_a_metric_that_a_method_lacks_does_not_rank(one_split):
    less = replace(one_split.runs[3], measured={"go_auroc": Measured(0.61, 1, "pairs")})
    partly = replace(one_split, runs=(*one_split.runs[:3], less, *one_split.runs[4:]))
    assert set(average_ranks(partly, ["go_auroc", "ortholog_rank"])["metrics"]) == {1}
    assert average_ranks(partly, ["ortholog_rank"]).empty
    assert average_ranks(partly, ["asw"]).empty


def test_differences_are_paired_within_splits(two_splits):
    found = row(paired_differences(two_splits), "model", "go_auroc")
    expected = np.array([0.05, -0.05])
    low, high = stats.t.interval(0.95, 1, expected.mean(), stats.sem(expected))
    assert found["difference"] == pytest.approx(0, abs=1e-12)
    assert (found["low"], found["high"]) == pytest.approx((low, high))
    assert (found["better_in"], found["units"], found["unit"]) == (1, 2, "split")


def test_lower_ranks_count_as_better(one_split):
    found = row(paired_differences(one_split, "PCA"), "model", "ortholog_rank")
    assert found["difference"] < 0
    assert found["better_in"] == found["units"] == 3  # random has two
    against_random = paired_differences(one_split, "random")
    assert row(against_random, "PCA", "ortholog_rank")["better_in"] == 0


def test_seeds_that_never_meet_are_compared_by_their_means(one_split):
    moved = tuple(
        replace(r, seed=r.seed + 10) if r.method == "random" else r for r in one_split.runs
    )
    found = row(paired_differences(replace(one_split, runs=moved), "random"), "model", "go_auroc")
    assert found["difference"] == pytest.approx(0.62 - 0.51)
    assert found["units"] == 1


def test_a_number_that_does_not_exist_is_null_and_counts_nowhere(one_split, tmp_path):
    nothing = run("PCA", None, 7, go_auroc=math.nan)
    partly = replace(one_split, runs=(*one_split.runs[:3], nothing))
    write_comparison(partly, tmp_path / "benchmark.json")
    assert '"value": null' in (tmp_path / "benchmark.json").read_text()
    again = read_comparison(tmp_path / "benchmark.json")
    assert "PCA" not in set(summarise(again)["method"])
    assert paired_differences(again).empty


def test_what_is_written_is_read_again(one_split, tmp_path):
    path = tmp_path / "new" / "benchmark.json"
    write_comparison(one_split, path)
    assert read_comparison(path) == one_split


@pytest.fixture
def three_datasets():
    """Two splits, two seeds; the rival lacks one dataset, and has a split of its own."""

    def of(method, seed, split, **numbers):
        value = Measured(float(np.mean(list(numbers.values()))), 9, "pairs", "", numbers)
        return Run(method, seed, split, {"go_auroc": value})

    return Comparison(
        "toy",
        "three graphs",
        METHODS[:2],
        (
            of("model", 0, 1, a=0.6, b=0.5, c=0.9),
            of("model", 1, 1, a=0.8, b=0.7, c=0.7),
            of("model", 0, 2, a=0.9, b=0.6, c=0.8),
            of("PCA", None, 1, a=0.5, b=0.65),
            of("PCA", None, 2, a=0.6, b=0.55),
            of("PCA", None, 3, a=0.1, b=0.1),
        ),
        rival="PCA",
    )


def test_differences_within_datasets(three_datasets, tmp_path):
    found = row(differences_by_dataset(three_datasets), "model", "go_auroc")
    # splits 1 and 2 alone, seeds averaged: a (.7 + .9) / 2 - (.5 + .6) / 2, b (.6 + .6) / 2 - .6
    difference = np.array([0.25, 0.0])
    assert found["difference"] == pytest.approx(difference.mean())
    low, high = stats.t.interval(0.95, 1, difference.mean(), stats.sem(difference))
    assert (found["low"], found["high"]) == (pytest.approx(low), pytest.approx(high))
    assert (found["units"], found["unit"], found["better_in"]) == (2, "dataset", 1)
    path = tmp_path / "benchmark.json"
    write_comparison(three_datasets, path)
    assert read_comparison(path) == three_datasets


def test_measures_that_are_no_means_have_no_differences_within_datasets(one_split):
    assert differences_by_dataset(one_split).empty


def test_newer_runs_are_put_into_a_benchmark(one_split):
    known = replace(one_split, runs=one_split.runs[:4], provenance={"commands": ["first"]})
    again = run("model", 2, 7, go_auroc=0.9)
    more = Comparison(
        "toy", "two graphs", (METHODS[0], METHODS[2]), (again, *one_split.runs[4:]),
        provenance={"commands": ["second"]},
    )  # fmt: skip
    found = extend(known, more)
    assert [method.name for method in found.methods] == ["model", "PCA", "random"]
    assert len(found.runs) == 6
    (kept,) = (item for item in found.runs if (item.method, item.seed) == ("model", 2))
    assert kept.measured["go_auroc"].value == 0.9
    assert kept.measured["ortholog_rank"].value == 12.0
    assert found.provenance["commands"] == ["first", "second"]
    assert found.rival == "PCA"
    with pytest.raises(InputError, match="same data"):
        extend(known, replace(more, data="others"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rival": "nobody"}, "`rival` to be one of model, PCA, random"),
        ({"methods": (*METHODS, METHODS[0])}, "methods of different names, found 'model'"),
        ({"methods": (Method("model", "winner"),)}, "`role` to be one of method, baseline"),
        ({"methods": METHODS[1:]}, "`method` to be one of PCA, random; found 'model'"),
        ({"runs": (run("model", 0, 0, beauty=1.0),)}, "metrics of this version, found beauty"),
    ],
)
def test_what_does_not_fit_together_is_refused(one_split, change, message):
    with pytest.raises(InputError, match=message):
        replace(one_split, **change)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "Expected a benchmark as JSON"),
        ("[]", "another kind of JSON"),
        ('{"format": "musegnn benchmark", "format_version": 2}', "format version 1, found 2"),
        ('{"format": "musegnn benchmark", "format_version": 1}', "found a damaged file .*title"),
    ],
)
def test_damaged_files_are_named(tmp_path, text, message):
    path = tmp_path / "benchmark.json"
    path.write_text(text)
    with pytest.raises(DataFileError, match=message):
        read_comparison(path)


def test_a_missing_file_and_a_wrong_metric_in_a_file_are_named(one_split, tmp_path):
    with pytest.raises(DataFileError, match="Expected a benchmark as JSON"):
        read_comparison(tmp_path / "absent.json")
    path = tmp_path / "benchmark.json"
    write_comparison(one_split, path)
    content = json.loads(path.read_text())
    content["runs"][0]["measured"][0]["metric"] = "beauty"
    path.write_text(json.dumps(content))
    with pytest.raises(DataFileError, match=r"found in .*benchmark.json: .*found beauty"):
        read_comparison(path)


@pytest.mark.parametrize("value", ['"inf"', '"nan"'])
def test_a_value_that_is_no_number_is_a_damaged_file(one_split, tmp_path, value):
    path = tmp_path / "benchmark.json"
    write_comparison(one_split, path)
    path.write_text(re.sub(r'"value": [\d.]+', f'"value": {value}', path.read_text(), count=1))
    with pytest.raises(DataFileError, match="found a damaged file"):
        read_comparison(path)
