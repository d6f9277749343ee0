"""Programs on a real Slurm cluster of one node, left alone."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from musegnn.errors import InputError, RunError
from musegnn.launchers.batch_job import (
    SCRIPT,
    check_parameters,
    end_job,
    job_states,
    requeue_job,
    send_job,
    signal_job,
)
from tests.slurm import slurm, slurm_configuration, wait_for

__all__ = ["slurm", "slurm_configuration"]

LISTENER = """
import os, signal, sys, time
def stop(*_):
    print("asked", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("threads", os.environ["OMP_NUM_THREADS"], sys.argv[1], flush=True)
time.sleep(600)
"""


def send(folder, *words, **parameters):
    return send_job(
        [sys.executable, "-c", *words],
        name="job",
        log=folder / "log",
        parameters=parameters,
        threads=1,
    )


def test_a_job_runs_and_ends_when_asked(slurm, tmp_path):
    job = send(tmp_path, LISTENER, "$(id); `id` 'x' \"y\"")
    log = tmp_path / "log"
    wait_for(lambda: log.is_file() and log.read_text(), "the job", seconds=30)
    # what a user gives reaches the program as it is, past every shell
    assert log.read_text() == "threads 1 $(id); `id` 'x' \"y\"\n"
    assert job_states()[job] == "running"
    signal_job(job, name="another")  # a number that is another job's reaches nobody
    time.sleep(1.0)
    assert "asked" not in log.read_text()
    signal_job(job, name="job")
    wait_for(lambda: "asked" in log.read_text(), "the signal", seconds=20)
    wait_for(lambda: job not in job_states(), "the end", seconds=20)


def test_a_job_goes_back_into_the_queue_and_out_of_it(slurm, tmp_path):
    job = send(tmp_path, LISTENER, "x")
    log = tmp_path / "log"
    wait_for(lambda: log.is_file() and log.read_text(), "the job", seconds=30)
    assert requeue_job(job)
    wait_for(lambda: job_states().get(job) == "waiting", "the queue", seconds=20)
    end_job(job, name="another")
    assert job_states().get(job) == "waiting"
    end_job(job, name="job")
    wait_for(lambda: job not in job_states(), "the end", seconds=20)


def test_what_the_cluster_refuses_is_told(slurm, tmp_path):
    with pytest.raises(InputError, match=r"(?i)expected Slurm to accept the job.*partition"):
        send(tmp_path, "pass", partition="nowhere")


@pytest.mark.parametrize(
    "parameters",
    [
        {"wrap": "id"},
        {"comment": "$(id)"},
        {"comment": "a b"},
        {"comment": "a\nb"},
        {"comment": "--wrap=id"},
        {"partition": ""},
        {"partition": "'; id"},
        {"output": "/etc/passwd"},
    ],
)
def test_other_parameters_are_refused(parameters):
    with pytest.raises(InputError, match="Expected"):
        check_parameters(parameters)


def test_the_script_runs_its_arguments_and_nothing_else():
    done = subprocess.run(
        ["/bin/sh", "-s", "echo", "$(id)", "a b"],
        input=SCRIPT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "$(id) a b\n"


def test_a_cluster_that_is_not_there_or_silent_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="found no sbatch"):
        send(tmp_path, "pass")
    assert job_states() is None
    command = tmp_path / "squeue"
    for body, expected in (
        ("echo 5 RUNNING; echo 6 PENDING; echo 7 COMPLETING; echo 8 FAILED", True),
        ("exit 1", False),
    ):
        command.write_text(f"#!/bin/sh\n{body}\n")
        command.chmod(0o755)
        states = {"5": "running", "6": "waiting", "7": "ending"} if expected else None
        assert job_states() == states


def test_a_number_that_was_changed_by_hand_reaches_no_command(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a command was run"))
    for job in ("", "1;id", "-9", "--all", "1 2", "x" * 50):
        with pytest.raises(RunError, match="number of a job"):
            end_job(job)
