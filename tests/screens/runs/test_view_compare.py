import json

import numpy as np
import pandas as pd
import pytest

from musegnn.benchmarks.comparison import Comparison, Method, Run, to_json
from musegnn.benchmarks.metric import Measured
from musegnn.benchmarks.registry import find_metrics
from musegnn.runs import files
from musegnn.screens.runs import view_compare as runs_compare
from musegnn.screens.runs.view_compare import LEAST_POINTS, POINTS_IN_ALL
from musegnn.screens.runs.view_curves import CurveTable
from musegnn.screens.shell.words import NOTHING
from tests.made_runs import GRAPHS, loss_at, write_metrics, write_run


def curves_of(records):
    return {record.run_id: CurveTable().follow(record.folder) for record in records}


@pytest.fixture
def pair(tmp_path):
    return [
        write_run(tmp_path, "finished", name="a", epochs=30),
        write_run(
            tmp_path,
            "stopped",
            name="b",
            number=1,
            epochs=90,
            graphs=GRAPHS[:1],
            dropout=0.2,
            patience=3,
        ),
    ]


def test_only_what_differs_is_listed(pair):
    table, n_same = runs_compare.diff_settings(pair, ["a", "b"])
    rows = {row["setting"]: (row["a"], row["b"]) for row in table.to_dict("records")}
    assert rows == {
        "epochs": ("30", "90"),
        "patience": ("0", "3"),
        "dropout": ("0.4", "0.2"),
        "datasets": ("2", "1"),
        "dataset liver_b": ("b" * 12, NOTHING),
    }
    # everything else: settings, device, threads, hold-out, preset, the other dataset
    assert n_same == len(runs_compare.decisive(pair[0])) - 3 + 1


def test_runs_with_the_same_settings_differ_in_nothing(tmp_path):
    records = [write_run(tmp_path, "finished", number=number) for number in (0, 1)]
    table, n_same = runs_compare.diff_settings(records, ["a", "b"])
    assert table.empty
    assert n_same > 20


def test_versions_that_differ_are_listed(pair):
    for record, version in zip(pair, ("2.13.0", "2.14.0"), strict=True):
        told = {"versions": {"torch": version, "numpy": "2"}}
        files.write_json(record.folder / files.PROVENANCE, told)
    table, _ = runs_compare.diff_settings(pair, ["a", "b"])
    assert table.set_index("setting").loc["version of torch"].tolist() == ["2.13.0", "2.14.0"]
    assert "version of numpy" not in set(table["setting"])


def test_curves_lie_over_each_other_and_numbers_beside(pair):
    view = runs_compare.build(pair, curves_of(pair))
    by_name = {panel.name: panel for panel in view.panels}
    assert [name for name, _, _ in by_name["loss"].lines] == ["a", "b"]
    assert [name for name, _, _ in by_name["validation_auroc"].lines] == ["b"]
    assert [len(x) for _, x, _ in by_name["loss"].lines] == [30, 30]
    assert view.summary["best loss"].tolist() == pytest.approx([loss_at(30)] * 2)
    assert view.summary["state"].tolist() == ["finished", "stopped"]
    shown = runs_compare.shown_summary(view.summary)
    assert shown["training"].tolist() == ["15 s", "15 s"]
    assert shown["best validation (AUROC)"].tolist()[0] == NOTHING
    assert view.benchmarks.empty


def test_many_long_runs_share_the_points_of_a_picture(tmp_path):
    records = [write_run(tmp_path, number=n, seed=n) for n in range(40)]
    tables = [record.run_id for record in records]
    longest = tmp_path / "long"
    longest.mkdir()
    write_metrics(longest, 4000, 4000)
    view = runs_compare.build(records, dict.fromkeys(tables, CurveTable().follow(longest)))
    drawn = [len(x) for _, x, _ in view.panels[0].lines]
    assert len(drawn) == 40
    assert max(drawn) <= POINTS_IN_ALL // 40
    assert min(drawn) > LEAST_POINTS


def test_labels_are_unique(tmp_path):
    same = [write_run(tmp_path, number=n, seed=s) for n, s in ((0, 0), (1, 1), (2, 1))]
    labels = runs_compare.unique_labels(same)
    assert labels[0] == "heart, seed 0"
    assert len(set(labels)) == 3


def test_benchmarks_beside_results_are_joined(pair):
    key = next(iter(find_metrics()))
    comparison = Comparison(
        title="t",
        data="Two graphs",
        methods=(Method("mine"), Method("pca", "baseline")),
        runs=tuple(
            Run(name, seed, None, {key: Measured(value, 10, "edges", "")})
            for name, values in (("mine", (0.9, 0.8)), ("pca", (0.7, 0.7)))
            for seed, value in enumerate(values)
        ),
    )
    result = pair[0].folder / files.RESULT
    (result / "benchmark.json").write_text(to_json(comparison), encoding="utf-8")
    table, notes = runs_compare.benchmark_table(pair, ["a", "b"])
    assert table["run"].tolist() == ["a", "a"]
    assert table["method"].tolist() == ["mine", "pca"]
    np.testing.assert_allclose(table.iloc[:, 3], [0.85, 0.7])
    assert table.columns[3].startswith(find_metrics()[key].label)
    assert notes == ("a: Two graphs.",)


def test_a_benchmark_that_cannot_be_read_is_a_note(pair):
    path = pair[0].folder / files.RESULT / "benchmark.json"
    path.write_text(json.dumps({"format": "something else"}), encoding="utf-8")
    table, notes = runs_compare.benchmark_table(pair, ["a", "b"])
    assert isinstance(table, pd.DataFrame)
    assert table.empty
    assert notes[0].startswith("a: Expected")
