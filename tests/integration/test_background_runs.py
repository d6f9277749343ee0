"""Real background processes, killed one after the other: every run comes to its end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from musegnn import runs
from musegnn.launchers.detached import child_environment
from musegnn.runs import files
from musegnn.runs.record import record_of
from musegnn.settings import REPOSITORY
from musegnn.worker.perform import perform
from tests.command_line import musegnn
from tests.process_group import list_group
from tests.slurm import slurm, slurm_configuration
from tests.toy_runs import small_settings, write_graphs

__all__ = ["slurm", "slurm_configuration"]
pytestmark = pytest.mark.slow
EPOCHS = 3000  # some seconds: each step of the story must find the training still going on


@pytest.fixture
def request_file(tmp_path):
    """A request for a run of some seconds."""
    graphs = write_graphs(tmp_path / "graphs")
    values = {
        "graphs": str(graphs),
        "name": "Story",
        "settings": small_settings(EPOCHS),
        "device": "cpu",
        "threads": 1,
        "live_map_every": 300,
    }
    path = tmp_path / "request.yaml"
    path.write_text(json.dumps(values))  # JSON is YAML
    return path


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Folder of all runs; whatever still runs there is ended."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("MUSEGNN_RUNS", str(folder))
    monkeypatch.setenv("MUSEGNN_RUNS_AT_ONCE", "1")
    yield folder
    for record in runs.list_runs(folder):
        if record.process:
            with suppress(ProcessLookupError):
                os.killpg(record.process, signal.SIGKILL)
    for pid in find_dispatchers(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def find_dispatchers(root: Path) -> list[int]:
    """Numbers of the dispatchers at work on a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if b"musegnn.runs.dispatcher" in words and str(root).encode() in words:
                found.append(int(entry.name))
    return found


def wait_for(condition, what, *, seconds=120.0):
    """Wait until a condition holds; return what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


def hurry(job):
    """Let a job that was requeued start now, not in two minutes."""
    command = ["scontrol", "update", f"JobId={job}", "StartTime=now"]
    subprocess.run(command, check=False, capture_output=True)


def state_of(folder):
    return record_of(folder).state


def result_of(folder):
    """Every byte of a result but for the manifest, which tells the command."""
    result = runs.result_folder(folder)
    names = json.loads((result / "manifest.json").read_text())["files"]
    return {name: (result / name).read_bytes() for name in names}


def perform_undisturbed(folder, place):
    """Perform the same run, under the same id, elsewhere and in this process."""
    other = place / folder.name
    other.mkdir(parents=True)
    shutil.copy(folder / files.CONFIG, other)
    assert perform(other) == 0
    return result_of(other)


def test_runs_survive_everyone_who_is_killed(root, request_file, tmp_path):
    command = [sys.executable, "-m", "musegnn.cli.main", "submit", str(request_file)]
    submitters = [
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            env=child_environment({}),
            cwd=REPOSITORY,
            start_new_session=True,
        )
        for _ in range(2)  # two people press Start at once
    ]
    ids = [process.communicate(timeout=120)[0].decode().strip() for process in submitters]
    assert len(set(ids)) == 2
    records = wait_for(
        lambda: [r for r in runs.list_runs(root) if r.state == "running" and r.epoch >= 2],
        "a run that trains",
    )
    assert len(records) == 1
    first = records[0].folder
    second = next(root / run_id for run_id in ids if run_id != first.name)
    assert state_of(second) == "queued"

    # the dispatcher is killed: the run goes on, and whoever looks next starts another
    for pid in find_dispatchers(root):
        os.kill(pid, signal.SIGKILL)
    epoch = record_of(first).epoch
    wait_for(lambda: record_of(first).epoch > epoch, "the run to go on")
    assert state_of(second) == "queued"
    runs.tend(root)
    runs.tend(root)
    wait_for(lambda: len(find_dispatchers(root)) == 1, "one new dispatcher")

    # the trainer is killed in the middle of an epoch: lost at once, and the next one starts
    trainer = record_of(first)
    os.killpg(trainer.process, signal.SIGKILL)
    wait_for(lambda: not list_group(trainer.process), "the trainer to end", seconds=60)
    assert state_of(first) == "lost"  # without waiting for its silence
    assert record_of(first).can_resume
    resumed = runs.resume(root, first.name)
    assert (resumed.state, resumed.attempt) == ("queued", 2)
    wait_for(lambda: state_of(second) == "running", "the next run")

    # a stop writes a checkpoint and ends the process, and only then it counts as stopped
    wait_for(lambda: record_of(second).epoch >= 2, "the second run to train")
    process = record_of(second).process
    answer = musegnn("runs", "cancel", second.name, "--json")
    assert json.loads(answer.out)["state"] in {"stopping", "stopped"}
    wait_for(lambda: state_of(second) != "stopping", "the stop", seconds=30)
    assert state_of(second) == "stopped"
    assert list_group(process) == []
    assert record_of(second).epoch < EPOCHS

    # the first is taken up from its checkpoint and gives the bytes of a run nobody disturbed
    wait_for(lambda: state_of(first) == "finished", "the first run to finish")
    wait_for(lambda: not find_dispatchers(root), "the dispatcher to end", seconds=60)
    assert result_of(first) == perform_undisturbed(first, tmp_path / "undisturbed")
    epochs = [row["epoch"] for row in runs.read_metrics(first).rows]
    assert epochs == list(range(1, EPOCHS + 1))
    frames = runs.read_live_map(first).frames
    assert [frame.epoch for frame in frames] == sorted({frame.epoch for frame in frames})
    assert not list(first.glob(".*"))


def test_a_run_on_a_cluster_is_requeued_stopped_and_taken_up(
    slurm, root, request_file, tmp_path, monkeypatch
):
    (record,) = runs.submit(runs.read_request(request_file), executor="slurm", root=root)
    folder = record.folder

    def look():
        return next(run for run in runs.list_runs(root) if run.run_id == folder.name)

    assert look().state in {"queued", "starting"}
    assert look().device == f"Slurm job {record.job}"
    wait_for(lambda: look().epoch >= 2, "the run to train")
    assert look().state == "running"
    runs.submission.send_to_cluster(folder)  # pressed twice: sent once
    assert look().job == record.job

    # the cluster takes it off its node and starts it again: it goes on from its checkpoint
    subprocess.run(["scontrol", "requeue", record.job], check=True)
    wait_for(lambda: look().state == "queued", "the queue", seconds=30)
    wait_for(lambda: hurry(record.job) or look().state == "running", "the run to go on")
    with pytest.raises(runs.record.RunError, match="it is running"):
        runs.resume(root, folder.name)

    runs.cancel(root, folder.name)
    wait_for(lambda: look().state not in {"stopping", "running"}, "the stop", seconds=40)
    assert look().state == "stopped"
    resumed = runs.resume(root, folder.name)
    assert resumed.job != record.job
    wait_for(lambda: look().state == "finished", "the run to finish")
    assert result_of(folder) == perform_undisturbed(folder, tmp_path / "undisturbed")


def test_some_random_kills_leave_no_trace():
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.kill", "--times", "5", "--processes", "1"),
            *("--kinds", "aligned", "gene_graph"),
        ],
        cwd=REPOSITORY,
        env=child_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kills"] >= 5
    zeros = {name: found[name] for name in ("lost", "false_success", "not_byte_equal", "torn")}
    assert set(zeros.values()) == {0}, done.stdout
