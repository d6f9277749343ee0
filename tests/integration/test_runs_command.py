"""`musegnn submit` and `musegnn runs`: the same runs as on the page."""

from __future__ import annotations

import json

import pytest

from musegnn import runs
from musegnn.runs import submission
from tests.command_line import musegnn
from tests.toy_runs import write_launch, write_status


@pytest.fixture
def graphs(graph_folder):
    """Folder with two toy graphs, in place of the larger ones of this folder of tests."""
    return graph_folder


@pytest.fixture(autouse=True)
def _here(root, monkeypatch):
    monkeypatch.setenv("MUSEGNN_RUNS", str(root))
    # what is asked for here stays in the queue
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda _: False)


def answer(*words):
    """Run a command that succeeds; return what it said in JSON."""
    found = musegnn(*words, "--json")
    assert (found.code, found.err) == (0, "")
    return json.loads(found.out)


def refused(*words):
    found = musegnn(*words)
    assert (found.code, found.out) == (2, "")
    return found.err


def test_the_list_shows_what_the_page_shows(finished, waiting, root):
    shown = answer("runs", "list")
    assert [run["run_id"] for run in shown] == [r.run_id for r in runs.list_runs(root)]
    assert {run["state"] for run in shown} == {"finished", "queued"}
    done = next(run for run in shown if run["state"] == "finished")
    assert (done["epoch"], done["epochs"], done["progress"]) == (8, 8, 1.0)
    assert answer("runs", "list", "--state", "failed") == []
    table = musegnn("runs", "list").out.splitlines()
    assert table[0].split() == ["run", "state", "epoch", "best", "left", "device", "name"]
    assert any(finished.name in line and "8/8" in line for line in table)


def test_an_empty_list_says_what_to_do_next():
    assert "musegnn submit" in musegnn("runs", "list").out
    assert answer("runs", "list") == []


def test_a_run_is_shown_with_its_settings_and_its_log(finished):
    shown = answer("runs", "show", finished.name)
    assert shown["config"]["settings"]["epochs"] == 8
    assert [graph["name"] for graph in shown["config"]["graphs"]] == ["first", "second"]
    text = musegnn("runs", "show", finished.name).out
    assert "state: finished" in text
    assert "settings.epochs: 8" in text
    (finished / "log.txt").write_text("one\ntwo\n")
    assert answer("runs", "log", finished.name)["log"] == "one\ntwo"
    assert musegnn("runs", "log", finished.name, "--lines", 1).out == "two\n"


def test_a_run_is_submitted_stopped_renamed_deleted_and_brought_back(graphs, root):
    words = ("--graphs", graphs, "--preset", "default", "--epochs", 2, "--device", "cpu")
    first, second = answer("submit", *words, "--seed", 0, "--seed", 1, "--name", "Two seeds")
    assert (first["state"], first["seed"], second["seed"]) == ("queued", 0, 1)
    run_id = first["run_id"]
    assert musegnn("runs", "cancel", run_id).out == f"{run_id} cancelled\n"
    assert "nothing to stop" in refused("runs", "cancel", run_id)
    assert answer("runs", "rename", run_id, "Other")["name"] == "Other"
    assert answer("runs", "delete", run_id) == {"run_id": run_id, "state": "deleted"}
    assert [run["run_id"] for run in answer("runs", "list", "--deleted")] == [run_id]
    assert run_id in musegnn("runs", "list", "--deleted").out
    assert answer("runs", "undelete", run_id)["state"] == "cancelled"
    assert answer("runs", "resume", run_id)["state"] == "queued"
    copy = answer("runs", "duplicate", run_id)
    assert copy["run_id"] != run_id
    assert copy["config_hash"] == first["config_hash"]
    assert "Cancel it first" in refused("runs", "delete", run_id)
    assert len(runs.list_runs(root)) == 3


def test_a_run_travels_from_one_folder_to_another(finished, tmp_path, root):
    told = answer("runs", "export", finished.name, "-o", tmp_path / "run.zip")
    assert told["file"] == str(tmp_path / "run.zip")
    there = tmp_path / "there"
    record = answer("runs", "import", tmp_path / "run.zip", "--runs", there)
    assert (record["state"], record["run_id"]) == ("finished", finished.name)
    assert "found one" in refused("runs", "import", tmp_path / "run.zip", "--runs", there)
    assert [run["run_id"] for run in answer("runs", "list", "--runs", there)] == [finished.name]


def test_what_a_request_would_take_is_told_and_nothing_started(graphs, root):
    forecast = answer("submit", "--graphs", graphs, "--dry-run")
    assert forecast["n_genes"] == 48
    assert forecast["shortest"] < forecast["seconds"] < forecast["longest"]
    text = musegnn("submit", "--graphs", graphs, "--dry-run").out
    assert "2 datasets" in text
    assert "measured" in text or "machine" in text
    assert runs.list_runs(root) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("submit",), "Expected at least one dataset"),
        (("submit", "--graphs", "/nowhere"), "gene graphs in /nowhere, found none"),
        (("submit", "nothing.yaml"), "Expected YAML at nothing.yaml"),
        (("runs", "show", "../../etc"), "Expected the id of a run"),
        (("runs", "log", "20261121T061144Z-x-aligned-s0-3f9a2c"), "found none"),
        (("runs", "import", "nothing.zip"), "nothing.zip"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(words, message):
    text = refused(*words)
    assert message in text
    assert len(text.splitlines()) == 1


def test_filters_and_settings_come_from_options(graphs, tmp_path, root):
    assert "fits the choice" in refused("submit", "--graphs", graphs, "--tissue", "heart")
    path = tmp_path / "settings.yaml"
    path.write_text("method: aligned\nlearning_rate: 2.0e-3\n")
    (record,) = answer(
        *("submit", path, "--graphs", graphs, "--tissue", "blood", "--epochs", 5),
        *("--live-map-every", 0, "--threads", 1, "--hold-out", 3),
    )
    config = runs.read_record(root, record["run_id"]).config
    assert config.settings.learning_rate == 2e-3
    assert (config.settings.epochs, config.threads, config.hold_out) == (5, 1, 3)


def test_a_list_starts_what_a_killed_dispatcher_left(waiting, root, monkeypatch):
    started = []
    monkeypatch.setattr(submission, "ensure_dispatcher", started.append)
    request = json.loads((waiting / "request.json").read_text())
    (waiting / "request.json").write_text(json.dumps({**request, "executor": "local"}))
    musegnn("runs", "list")
    assert started == [root]
    write_launch(waiting)
    write_status(waiting)
    musegnn("runs", "list")
    assert started == [root]
