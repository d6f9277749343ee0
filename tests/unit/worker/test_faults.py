"""Whatever happens to a run: a clear message, nothing lost, and the same result in the end."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time

import pytest

from musegnn import keys, runs
from musegnn.errors import DataFileError, InputError, RunError
from musegnn.launchers.file_lock import locked
from musegnn.runs import files
from musegnn.runs.record import record_of
from musegnn.runs.submission import write_request
from musegnn.worker.perform import perform
from musegnn.worker.report import Report
from tests.small_disk import leave, small_disk
from tests.toy_runs import new_run, toy_request, write_graphs


def result_of(folder):
    """Every byte of a result, but for the manifest, which tells the command."""
    found = (path for path in (folder / "result").rglob("*") if path.is_file())
    return {p.name: p.read_bytes() for p in found if p.name != keys.MANIFEST_FILE}


def take_up(folder):
    """Resume a run in this process."""
    attempt = record_of(folder).attempt + 1
    write_request(folder, attempt, executor="inprocess")
    assert perform(folder) == 0, runs.read_log_tail(folder)
    assert record_of(folder).state == "finished"


@pytest.mark.parametrize("kilobytes", [4, 40, 72, 100, 160])
def test_a_full_disk_is_told_and_costs_nothing(fresh, finished_once, tmp_path, kilobytes):
    with small_disk(tmp_path / "disk", size=4096) as disk:
        folder = disk / fresh.name
        shutil.copytree(fresh, folder)
        leave(disk, kilobytes)
        code = perform(folder, checkpoint_seconds=0.0)
        record = record_of(folder)
        assert code in {1, 2}
        assert record.state in {"failed", "queued", "lost"}
        if code == 1:
            assert record.state == "failed"
            assert "free space" in record.message
            assert "resume" in record.hint
        assert not list(folder.glob(".*"))  # nothing half-written is left beside
        (disk / "filler").unlink()
        take_up(folder)
        assert result_of(folder) == result_of(finished_once)
        epochs = [row["epoch"] for row in runs.read_metrics(folder).rows]
        assert epochs == list(range(1, 9))


def test_a_folder_that_can_only_be_read_is_told_and_still_shown(fresh, graphs, tmp_path):
    with small_disk(tmp_path / "disk", size=4096) as disk:
        folder = disk / fresh.name
        shutil.copytree(fresh, folder)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert perform(folder) == 2
        (record,) = runs.list_runs(disk)
        assert record.state == "queued"
        runs.tend(tmp_path / "elsewhere")
        for act in (runs.cancel, runs.delete, lambda *a: runs.rename(*a, "x")):
            with pytest.raises((DataFileError, InputError), match="to be able to"):
                act(disk, folder.name)
        with pytest.raises((DataFileError, InputError), match="to be able to"):
            runs.submit(toy_request(graphs), root=disk)


def test_a_stop_while_checkpoints_are_written_loses_nothing(graphs, root, monkeypatch):
    monkeypatch.setattr("musegnn.worker.report.HEARTBEAT", 0.01)
    undisturbed = new_run(root / "a", graphs, epochs=300)  # long enough to be stopped
    assert perform(undisturbed) == 0
    stopped = root / undisturbed.name
    shutil.copytree(undisturbed, stopped, ignore=shutil.ignore_patterns(*_made_by_a_run()))

    def cancel():
        deadline = time.monotonic() + 60
        while not any(p.name.startswith(".checkpoint-") for p in stopped.iterdir()):
            assert time.monotonic() < deadline
        runs.cancel(root, stopped.name)

    thread = threading.Thread(target=cancel)
    thread.start()
    assert perform(stopped, checkpoint_seconds=0.0) == 0
    thread.join()
    record = record_of(stopped)
    assert record.state == "stopped"
    assert f"after epoch {record.epoch} of 300" in record.message
    assert 1 <= record.epoch < 300
    take_up(stopped)
    assert result_of(stopped) == result_of(undisturbed)


def _made_by_a_run():
    return ("result", "*.safetensors", "metrics.jsonl", "status.json", "launch.json", "seen.json")


def test_a_stop_before_the_first_epoch_leaves_nothing_to_take_up(fresh, monkeypatch):
    (fresh / files.CANCEL).write_text(json.dumps({"attempt": 1}))
    monkeypatch.setattr(Report, "is_stop_asked", property(lambda _: True))
    assert perform(fresh) == 0
    record = record_of(fresh)
    assert record.state == "stopped"
    assert record.epoch == 0
    assert not (fresh / files.CHECKPOINT).exists()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("settings", {"epochs": 10**12}, "`epochs` to be at most 1000000"),
        ("settings", {"method": "os.system"}, "found `method`"),
        ("kind", "os.system", "found 'os.system'"),
        ("executor", "sh -c id", "found 'sh -c id'"),
        ("device", "cuda; id", "found 'cuda; id'"),
        ("graphs", [], "found"),
        ("shell", "id", "found `shell`"),
        ("threads", 2, "changed by hand"),
    ],
)
def test_a_configuration_changed_by_hand_is_not_run(fresh, key, value, message):
    config = json.loads((fresh / files.CONFIG).read_text())
    (fresh / files.CONFIG).write_text(json.dumps({**config, key: value}))
    assert perform(fresh) == 1
    record = record_of(fresh)
    assert record.state == "failed"
    assert message in f"{record.message} {record.hint}"
    assert not (fresh / files.METRICS).exists()


def test_a_graph_that_changed_is_not_trained_on(tmp_path):
    graphs = write_graphs(tmp_path / "graphs")
    folder = new_run(tmp_path / "runs", graphs)
    path = graphs / "first.h5ad"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"\0" if content[-1] else content[:-1] + b"\1")
    assert perform(folder) == 1
    record = record_of(folder)
    assert record.state == "failed"
    assert "Expected the graph first" in record.message
    with pytest.raises(DataFileError, match="another content"):
        runs.resume(folder.parent, folder.name)
    with pytest.raises(DataFileError, match="another content"):
        runs.duplicate(folder.parent, folder.name)
    path.unlink()
    with pytest.raises(DataFileError, match="found no file"):
        runs.resume(folder.parent, folder.name)
    path.write_bytes(content)
    record = runs.resume(folder.parent, folder.name, executor="inprocess", perform=perform)
    assert (record.state, record.attempt) == ("finished", 2)


def test_a_folder_outside_those_allowed_is_not_trained_on(fresh, monkeypatch, tmp_path):
    monkeypatch.setenv("MUSEGNN_GRAPHS", str(tmp_path / "only"))
    assert perform(fresh) == 1
    assert "Expected graphs from" in record_of(fresh).message


def test_a_damaged_checkpoint_is_told(finished):
    shutil.rmtree(finished / "result")
    path = finished / files.CHECKPOINT
    path.write_bytes(path.read_bytes()[:100])
    write_request(finished, 2, executor="inprocess")
    assert perform(finished) == 1
    record = record_of(finished)
    assert "Expected a checkpoint" in record.message
    assert record.hint


def test_an_error_nobody_foresaw_is_told_with_its_place(fresh, monkeypatch):
    monkeypatch.setattr("musegnn.worker.train.check_graphs", lambda _: 1 / 0)
    assert perform(fresh) == 1
    record = record_of(fresh)
    assert "found an error nobody foresaw: ZeroDivisionError" in record.message
    assert "log" in record.hint
    error = files.read_json(fresh / files.ERROR)
    assert "1 / 0" in error["traceback"]
    monkeypatch.undo()
    take_up(fresh)  # and its traces are gone
    assert not (fresh / files.ERROR).exists()


def test_only_one_process_works_on_a_run(fresh, monkeypatch, capsys):
    monkeypatch.setattr("musegnn.worker.perform._PATIENCE", 0.1)
    before = sorted(path.name for path in fresh.iterdir())
    with locked(fresh / files.RUN_LOCK):
        assert perform(fresh) == 2
    assert "Another process is at work on it" in capsys.readouterr().err
    assert sorted(p.name for p in fresh.iterdir()) == sorted([*before, files.RUN_LOCK])


def test_a_folder_that_is_no_run_is_refused(tmp_path, capsys):
    for path in (tmp_path, tmp_path / "x", tmp_path / "20261121T061144Z-x-aligned-s0-3f9a2c"):
        assert perform(path) == 2
    assert "Expected the id of a run" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_finished_is_not_run_again(finished, finished_once):
    with pytest.raises(RunError, match="it is finished"):
        runs.resume(finished.parent, finished.name, executor="inprocess", perform=perform)
    write_request(finished, 2, executor="inprocess")
    before = (finished / files.METRICS).stat().st_mtime_ns
    assert perform(finished) == 0
    assert (finished / files.METRICS).stat().st_mtime_ns == before
    assert record_of(finished).state == "finished"


def test_a_damaged_result_is_made_again_from_the_last_checkpoint(finished, finished_once):
    (finished / "result" / keys.WEIGHTS_FILE).write_bytes(b"x")
    assert record_of(finished).state == "failed"
    record = runs.resume(finished.parent, finished.name, executor="inprocess", perform=perform)
    assert record.state == "finished"
    assert result_of(finished) == result_of(finished_once)


def test_what_a_killed_writer_left_is_cleared(fresh, finished_once):
    (fresh / files.STAGED).mkdir()
    (fresh / files.STAGED / "half.h5ad").write_bytes(b"half")
    (fresh / ".result-0a1b2c3d").mkdir()
    (fresh / ".result-0a1b2c3d" / "embedding.h5ad").write_bytes(b"half")
    (fresh / ".checkpoint-0a1b2c3d.safetensors").write_bytes(b"half")
    (fresh / ".status-0a1b2c3d.json").write_bytes(b"{")
    (fresh / "metrics.jsonl").write_bytes(b'{"epoch": 1, "lo')
    assert perform(fresh) == 0
    assert [path.name for path in fresh.glob(".*")] == []
    assert result_of(fresh) == result_of(finished_once)
    assert runs.read_metrics(fresh).n_broken == 0


def test_a_duplicate_has_the_settings_of_the_other_and_an_id_of_its_own(finished, finished_once):
    record = runs.duplicate(finished.parent, finished.name, executor="inprocess", perform=perform)
    assert record.state == "finished"
    assert record.run_id != finished.name
    assert record.config_hash == record_of(finished).config_hash
    one, other = (
        runs.result_folder(folder) / keys.WEIGHTS_FILE for folder in (record.folder, finished_once)
    )
    assert one.read_bytes() == other.read_bytes()


def test_runs_in_this_process_need_to_be_told_what_trains(graphs, root):
    with pytest.raises(InputError, match="what is to be run in this process"):
        runs.submit(toy_request(graphs), executor="inprocess", root=root)
    assert runs.list_runs(root) == []
    (record,) = runs.submit(toy_request(graphs), executor="inprocess", root=root, perform=perform)
    assert record.state == "finished"
