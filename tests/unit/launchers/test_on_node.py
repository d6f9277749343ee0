"""A job in a process of its own, with plain files between: the same outcome as here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from musegnn.launchers.jobs import Job, Outcome, perform
from musegnn.launchers.on_node import main, read_outcome, write_job
from tests import launcher_jobs as work
from tests.command_line import REPOSITORY


def run(job: Job, file: Path) -> Outcome | None:
    command = write_job(job, file)
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=60)
    return read_outcome(job, file)


def test_types_come_through_and_the_files_are_plain(tmp_path):
    job = Job("visit", work.visit, work.Place(tmp_path, (1, 2)))
    outcome = run(job, tmp_path / "job.json")
    assert outcome is not None
    assert not outcome.error
    assert isinstance(outcome.value, work.Place)
    assert outcome.value.folder == tmp_path
    assert outcome.value.visits[:2] == (1, 2)
    assert outcome.seconds > 0
    names = {path.name: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert set(names) == {"job.json", "job.outcome"}
    assert names["job.json"] == {"folder": str(tmp_path), "visits": [1, 2]}


@pytest.mark.parametrize("failing", [work.refuse, work.stumble])
def test_what_goes_wrong_is_told_as_it_is_here(tmp_path, failing):
    job = Job("job", failing, 3)
    outcome, expected = run(job, tmp_path / "job.json"), perform(job)
    assert outcome is not None
    assert (outcome.value, outcome.error) == (None, expected.error)
    assert bool(outcome.trace) == bool(expected.trace)


def test_nothing_or_half_an_outcome_is_none(tmp_path):
    job, file = Job("job", work.square, 4), tmp_path / "job.json"
    write_job(job, file)
    assert read_outcome(job, file) is None
    main(["tests.launcher_jobs:square", str(file)])
    assert read_outcome(job, file).value == 16
    left = file.with_suffix(".outcome")
    whole = left.read_text()
    for text in (whole[:-1], "", whole.replace("16", '"many"')):
        left.write_text(text)
        assert read_outcome(job, file) is None


def test_an_argument_of_another_type_is_refused(tmp_path):
    file = tmp_path / "job.json"
    file.write_text('{"folder": 3}')
    with pytest.raises(ValidationError, match="folder"):
        main(["tests.launcher_jobs:visit", str(file)])
    assert not file.with_suffix(".outcome").exists()
