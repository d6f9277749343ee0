"""Jobs on a real Slurm cluster of one node."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from musegnn.errors import InputError
from musegnn.launchers import Job, SlurmLauncher
from musegnn.launchers.batch_job import read_parameters
from tests import launcher_jobs as work
from tests.slurm import find_obstacle, slurm, slurm_configuration, wait_for

__all__ = ["slurm", "slurm_configuration"]


def start(folder: Path, **parameters: str) -> SlurmLauncher:
    return SlurmLauncher(
        folder, parameters=parameters, seconds_between_looks=0.5, seconds_for_results=1.0
    )


def test_jobs_run_and_one_that_fails_or_dies_leaves_the_others_alone(slurm, tmp_path):
    launcher = start(tmp_path / "jobs")
    jobs = [Job(str(n), work.square, n) for n in range(2)]
    jobs += [Job("refused", work.refuse, 0), Job("killed", work.die, 0)]
    jobs += [Job("threads", work.tell_threads, 0)]
    outcomes = {job.name: outcome for job, outcome in launcher.submit(jobs)}
    launcher.close()
    assert [outcomes[str(n)].value for n in range(2)] == [0, 1]
    assert outcomes["refused"].error == (
        "Expected an even number, found an odd one. Choose another."
    )
    assert outcomes["threads"].value == {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    error = outcomes["killed"].error
    assert "to leave a result, found FAILED. Its log is " in error
    assert Path(error.rpartition(" ")[2].rstrip(".")).is_file()  # the log stays


def test_no_more_jobs_than_wanted_are_there_at_once(slurm, tmp_path):
    launcher = SlurmLauncher(tmp_path / "jobs", at_once=1, seconds_between_looks=0.5)
    jobs = [Job(str(n), work.visit, work.Place(tmp_path, (n,))) for n in range(3)]
    outcomes = [outcome for _, outcome in launcher.submit(jobs)]
    launcher.close()
    assert [outcome.error for outcome in outcomes] == ["", "", ""]
    assert [outcome.value.visits[0] for outcome in outcomes] == [0, 1, 2]
    assert len({outcome.value.visits[1] for outcome in outcomes}) == 3


def test_closing_early_cancels_the_jobs_and_ends_their_processes(slurm, tmp_path):
    launcher = start(tmp_path / "jobs")
    marks = tmp_path / "marks"
    marks.mkdir()
    jobs = [Job("quick", work.square, 3), Job("slow", work.sleep, str(marks))]
    outcomes = launcher.submit(jobs)
    assert next(outcomes)[1].value == 9
    wait_for(lambda: list(marks.iterdir()), "the job", seconds=20)
    outcomes.close()
    launcher.close()
    pid = int(next(marks.iterdir()).name)
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(pid, 0)
    assert not (tmp_path / "jobs").exists()


def test_what_the_cluster_refuses_is_told(slurm, tmp_path):
    launcher = start(tmp_path / "jobs", partition="nowhere")
    with pytest.raises(InputError, match=r"(?i)expected Slurm to accept the job, .*partition"):
        list(launcher.submit([Job("0", work.square, 0)]))
    launcher.close()


def test_missing_commands_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"commands of Slurm, found no sbatch, squeue, scancel\."):
        SlurmLauncher(tmp_path)


def test_parameters_are_read_and_wrong_ones_refused():
    assert read_parameters(["partition=long", "--time=90", "gpus-per-node=1", "mem=4GB"]) == {
        "partition": "long",
        "time": 90,
        "gpus_per_node": 1,
        "mem": "4GB",
    }
    with pytest.raises(InputError, match="such as partition=long, found 'long'"):
        read_parameters(["long"])
    with pytest.raises(InputError, match="Did you mean 'partition'"):
        read_parameters(["partitoin=long"])


def test_the_reason_for_skipping_names_what_is_missing(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert "found no slurmctld, slurmd, munged" in find_obstacle()
