"""The Benchmarks page: empty, full, broken, with one file and with several."""

import json
import math
import shutil
from dataclasses import replace

import pytest

from musegnn.benchmarks.comparison import Comparison, Method, Run, to_json, write_comparison
from musegnn.benchmarks.measurements import Goal, Measure, write_measurements
from musegnn.benchmarks.metric import Measured
from musegnn.benchmarks.registry import find_metrics
from musegnn.screens.benchmarks import view as benchmarks
from musegnn.screens.benchmarks.figure_ranks import in_two_lines, plot_ranks
from musegnn.screens.benchmarks.figure_strips import plot_strips
from musegnn.screens.benchmarks.view_group import cell_text
from musegnn.screens.shell.theme import DARK, LIGHT
from tests.page_visits import visit_page
from tests.unit.benchmarks.test_measurements import make_measurements

METHODS = (
    Method("model", "method", "trained *here*"),
    Method("PCA", "baseline", "principal components"),
    Method("names", "control", "random clusters by gene name"),
)
NUMBERS = {
    "model": {"go_auroc": 0.55, "ortholog_rank": 60.0, "edges_matched_auroc": 0.93, "asw": 0.90},
    "PCA": {"go_auroc": 0.56, "ortholog_rank": 70.0, "edges_matched_auroc": 0.92, "asw": 0.77},
    "names": {"go_auroc": 0.50, "ortholog_rank": 500.0, "edges_matched_auroc": 0.5, "asw": 0.96},
}


def make_comparison(title="three methods", **changes):
    runs = []
    for name, numbers in NUMBERS.items():
        for split in (0, 1, 2):
            measured = {
                key: Measured(value * (1 + 0.001 * split), 100, "pairs")
                for key, value in numbers.items()
            }
            measured["other_modality_mrr"] = Measured(math.nan, 0, "pairs", "no two such datasets")
            runs.append(Run(name, None if name == "PCA" else 4, split, measured))
    content = {"methods": METHODS, "runs": tuple(runs), "rival": "PCA", **changes}
    return Comparison(title, "two planted graphs", **content)


@pytest.fixture
def folder(tmp_path, atlas_without_graphs, monkeypatch):
    monkeypatch.setattr(benchmarks, "SHIPPED", tmp_path / "shipped")
    return shutil.copytree(atlas_without_graphs, tmp_path / "result")


@pytest.fixture
def open_page(folder, monkeypatch):
    def run(session=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        return visit_page("5_Benchmarks", session=session)

    return run


def texts(page):
    kinds = (page.markdown, page.caption, page.info, page.subheader, page.code)
    return "\n".join(str(item.value) for kind in kinds for item in kind)


def test_without_a_benchmark_the_page_says_how_to_make_one(open_page, folder):
    page = open_page()
    assert not page.exception
    assert not page.error
    assert page.subheader[0].value == "No benchmark is at hand"
    assert "--hold-out 0" in texts(page)
    command = next(code.value for code in page.code if code.value.startswith("musegnn benchmark"))
    assert str(folder) in command
    assert "Look again" in [button.label for button in page.button]


def test_the_page_says_who_wins_and_shows_ranks_table_and_runs(open_page, folder):
    write_comparison(make_comparison(), folder / "benchmark.json")
    page = open_page()
    assert not page.exception
    assert not page.error
    text = texts(page)
    assert "a trained model is best in **2**, a baseline in **1**. Baselines win PCA (GO)" in text
    assert "**A control, which knows no biology, is as good as the best or better in 1**" in text
    assert "names (ASW)" in text
    assert "better beyond the 95 % interval in 2 of 3 comparisons and worse in 1" in text
    assert len(page.get("plotly_chart")) == 2
    table = page.dataframe[0].value
    assert table["method"].tolist() == ["model", "PCA", "names"]
    assert table["edges_matched_auroc"].tolist() == pytest.approx([0.93093, 0.92092, 0.5005])
    metric = find_metrics()["edges_matched_auroc"]
    assert metric.meaning in text
    assert metric.failure in text
    assert "trained \\*here\\*" in text
    assert {"Table as TSV", "All runs as JSON"} <= {
        item.label for item in page.get("download_button")
    }


def test_differences_within_datasets_are_shown_where_they_are_known(open_page, folder):
    comparison = make_comparison()
    write_comparison(comparison, folder / "benchmark.json")
    assert "Dataset by dataset" not in [item.label for item in open_page().expander]
    parts = {"model": {"a": 0.6, "b": 0.5}, "PCA": {"a": 0.5, "b": 0.55}}
    runs = [
        replace(
            run,
            measured={
                **run.measured,
                "go_auroc": Measured(0.55, 9, "pairs", "", parts.get(run.method, {})),
            },
        )
        for run in comparison.runs
    ]
    write_comparison(replace(comparison, runs=tuple(runs)), folder / "benchmark.json")
    page = open_page()
    assert not page.exception
    expander = next(item for item in page.expander if item.label == "Dataset by dataset")
    table = expander.dataframe[0].value
    assert table["method"].tolist() == ["model"]
    assert table["difference"].tolist() == pytest.approx([0.025])
    assert (table["units"].tolist(), table["better_in"].tolist()) == ([2], [1])
    assert "Method minus PCA within each dataset" in expander.caption[0].value


def test_each_group_explains_its_own_metrics(open_page, folder):
    write_comparison(make_comparison(), folder / "benchmark.json")
    page = open_page(session={"field:group": "published six"})
    assert not page.exception
    assert list(page.dataframe[0].value)[2:] == ["asw"]
    assert find_metrics()["asw"].failure in texts(page)
    page = open_page(session={"field:group": "hidden names"})
    absent = "rank (other tissue), MRR (other tissue): not asked; MRR (other modality): no two such"
    assert f"{absent} datasets." in texts(page)
    assert "Not measured: dosage, names seen in training." in texts(page)


def test_a_broken_file_is_named_and_another_one_can_be_chosen(open_page, folder, tmp_path):
    (folder / "benchmark.json").write_text("{")
    page = open_page()
    assert not page.exception
    assert "Expected a benchmark as JSON" in page.error[0].value
    write_comparison(make_comparison(), tmp_path / "shipped" / "eleven_datasets.json")
    page = open_page()
    choice = page.selectbox(key="_benchmark")
    assert choice.options == ["synthetic-atlas (opened result)", "eleven datasets"]
    choice.select_index(1).run()
    assert not page.exception
    assert not page.error
    assert len(page.dataframe) > 0


def test_a_single_run_without_any_number_is_no_error(open_page, folder):
    nothing = Run("model", 0, None, {"go_auroc": Measured(math.nan, 0, "pairs", "no such pair")})
    bare = make_comparison(methods=METHODS[:1], runs=(nothing,), rival="")
    write_comparison(bare, folder / "benchmark.json")
    page = open_page()
    assert not page.exception
    assert "no metric had anything to count" in page.info[0].value
    one = Run("model", 0, None, {"go_auroc": Measured(0.6, 9, "pairs")})
    write_comparison(make_comparison(methods=METHODS[:1], runs=(one,), rival=""),
                     folder / "benchmark.json")  # fmt: skip
    page = open_page()
    assert not page.exception
    assert "one seed, no interval" in texts(page)


@pytest.fixture
def view(tmp_path):
    write_comparison(make_comparison(), tmp_path / "benchmark.json")
    return benchmarks.build(tmp_path / "benchmark.json")


def test_best_is_marked_among_methods_and_baselines_only(view):
    shown = {group.name: group.shown for group in view.groups}
    assert shown["published six"]["asw"].tolist()[0].endswith(" *")
    assert not any(text.endswith("*") for text in shown["published six"]["asw"][1:])
    assert shown["known relations"]["go_auroc"].tolist()[1].endswith(" *")
    assert shown["hidden names"]["ortholog_rank"].tolist()[0] == "60.1 \u00b1 0.1 *"


def test_equal_numbers_get_no_interval_and_missing_ones_a_dash():
    assert cell_text(find_metrics()["go_auroc"], 0.5, 0.0, False) == "0.500"
    assert cell_text(find_metrics()["go_auroc"], 0.5, 0.0001, False) == "0.500 \u00b1 <0.001"
    assert cell_text(find_metrics()["go_auroc"], math.nan, math.nan, False) == "\u2013"


def test_files_to_take_away_hold_all_runs_and_all_means(view):
    assert view.json.decode() == to_json(make_comparison())
    lines = view.tsv.decode().splitlines()
    assert len(lines) == 1 + 3 * 4
    assert {"mean", "low", "high", "units", "range", "better"} <= set(lines[0].split("\t"))
    assert len(json.loads(view.json)["runs"]) == 9


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_ranks_are_drawn_in_the_order_of_the_table_with_controls_in_grey(view, on):
    figure = plot_ranks(view.ranks, on=on)
    assert figure.layout.yaxis.categoryarray == ("names", "PCA", "model")
    controls = [trace for trace in figure.data if trace.legendgroup == "control"]
    assert {trace.marker.color for trace in controls} == {on.other}
    assert {trace.marker.symbol for trace in controls} == {"square"}
    assert sum(bool(trace.showlegend) for trace in figure.data) == 3


def test_titles_break_where_a_reader_would():
    assert in_two_lines("rank (other tissue)") == "rank<br>(other tissue)"
    assert in_two_lines("known relations") == "known<br>relations"
    assert in_two_lines("dosage") == "dosage"
    assert in_two_lines("interactions \u2191") == "interactions \u2191"


def test_printed_means_are_shown_with_who_leads_and_whether_it_is_sure(open_page, folder):
    write_measurements(make_measurements(), folder / "benchmark.json")
    page = open_page()
    assert not page.exception
    text = texts(page)
    assert text.index("Asked: Are the far ones found?") < text.index("Who leads, by AUROC")
    assert "Goals" not in text
    assert "**far**: model leads with 0.800, then nearest with 0.700: their intervals over" in text
    assert "python -m benchmarks.made" in text
    assert page.dataframe[0].value["auroc"].tolist() == [0.8, 0.7, 0.5]
    assert "n = 40 pairs" in text
    assert len(page.get("plotly_chart")) == 1
    assert "All numbers as JSON" in [item.label for item in page.get("download_button")]


def test_a_control_that_leads_is_said(folder):
    rows = [("far", "model", "auroc", 0.4, 0.3, 0.5, 9), ("far", "luck", "auroc", 0.5, 0.4, 0.6, 9)]
    write_measurements(make_measurements(rows), folder / "benchmark.json")
    *_, sentence = benchmarks.build(folder / "benchmark.json").sentences
    assert "luck leads with 0.500, and is a control" in sentence


def test_goals_are_told_met_or_missed_in_words_cells_and_picture(open_page, folder):
    goals = (
        Goal("far", "model", "auroc", low=0.75),
        Goal("far", "nearest", "auroc", low=0.75),
        Goal("far", "luck", "auroc", 0.45, 0.55),
    )
    write_measurements(make_measurements(goals=goals), folder / "benchmark.json")
    page = open_page()
    assert not page.exception
    text = texts(page)
    assert "met are 2 of 3" in text
    rest = "n = 40 pairs; wished at least 0.750"
    assert rf"- **far**, model, AUROC: 0.8000 \[0.7500, 0.8500\], {rest}: **met**." in text
    assert rf"- **far**, nearest, AUROC: 0.7000 \[0.6000, 0.7800\], {rest}: **missed**." in text
    assert "luck, AUROC: 0.5000, n = 40 pairs; wished 0.450 to 0.550: **met**" in text
    assert text.index("Asked") < text.index("Goals") < text.index("Who leads")
    assert "Dotted: what was wished." in text
    view = benchmarks.build(folder / "benchmark.json")
    (group,) = view.groups
    assert [cell.rpartition(", ")[2] for cell in group.shown["auroc"]] == ["met", "missed", "met"]
    figure = plot_strips(
        group.points, group.means, {"auroc": "AUROC"}, ["model"], on=LIGHT, goals=group.goals
    )
    lines = [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dot"]
    assert lines == [0.45, 0.55, 0.75]


def test_one_number_alone_leads_nothing(folder):
    rows = [("far", "model", "auroc", 0.4, 0.3, 0.5, 9)]
    write_measurements(make_measurements(rows), folder / "benchmark.json")
    (asked,) = benchmarks.build(folder / "benchmark.json").sentences
    assert asked == "Asked: Are the far ones found?"


def test_what_is_neither_good_nor_bad_has_no_leader_no_best_and_no_arrow(folder):
    measure = Measure("auroc", "share", "What it is.", "Where it is not.", "0", better="neither")
    write_measurements(make_measurements(measures=(measure,)), folder / "benchmark.json")
    view = benchmarks.build(folder / "benchmark.json")
    assert [text for text in view.sentences if "leads" in text] == []
    (group,) = view.groups
    assert group.table["method"].tolist() == ["model", "nearest", "luck"]
    assert not group.best.to_numpy().any()
    assert "best of" not in group.caption
    (metric,) = group.metrics
    assert (metric.title, metric.scale) == ("share", "0 to 1; by chance 0")


def test_questions_with_a_way_of_their_own_are_asked_one_by_one(folder):
    rows = [(name, "model", "auroc", 0.6, 0.5, 0.7, 9) for name in ("near", "far")]
    questions = {"near": "Are near ones found?", "far": "Are far ones?"}
    write_measurements(make_measurements(rows, questions=questions), folder / "benchmark.json")
    (asked,) = benchmarks.build(folder / "benchmark.json").sentences
    assert asked == "Asked:\n- **near**: Are near ones found?\n- **far**: Are far ones?"


def test_many_questions_are_counted_and_chosen_from_a_list(open_page, folder):
    names = [f"question {i}" for i in range(12)]
    rows = [
        (name, method, "auroc", value, math.nan, math.nan, 0)
        for i, name in enumerate(names)
        for method, value in (("model", 0.8), ("nearest", 0.9 if i < 3 else 0.7))
    ]
    found = make_measurements(rows, questions=dict.fromkeys(names, "Is it found?"))
    write_measurements(found, folder / "benchmark.json")
    page = open_page()
    assert not page.exception
    assert "of 12 questions: **model** in 9, **nearest** in 3." in texts(page)
    assert "prints no intervals here" in texts(page)
    measures = next(item for item in page.selectbox if item.label == "Measures")
    measures.select("question 1").run()
    assert page.dataframe[0].value["method"].tolist() == ["nearest", "model"]


@pytest.mark.parametrize("second", ["joint_pca", "default start"])
def test_methods_are_called_as_people_write_them_and_in_files_by_their_names(tmp_path, second):
    new = {"model": "default_start", "PCA": second, "names": "name_clusters"}
    comparison = make_comparison(
        methods=tuple(replace(method, name=new[method.name]) for method in METHODS),
        runs=tuple(replace(run, method=new[run.method]) for run in make_comparison().runs),
        rival=second,
    )
    write_comparison(comparison, tmp_path / "benchmark.json")
    view = benchmarks.build(tmp_path / "benchmark.json")
    # of two that would be called alike both keep their own names
    readable = {"default start", "joint PCA", "name clusters"}
    shown = readable if second == "joint_pca" else set(new.values())
    assert set(view.ranks["method"]) == set(view.groups[0].table["method"]) == shown
    assert view.differences_caption.startswith(
        f"Method minus {'joint PCA' if second == 'joint_pca' else second} "
    )
    assert ("`default_start` in files" in view.descriptions[0]) == (second == "joint_pca")
    for content in (view.tsv, view.json):
        assert all(name in content.decode("utf-8") for name in new.values())
