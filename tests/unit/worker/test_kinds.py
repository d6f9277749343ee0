"""A kind of run that is no training: made, watched, stopped, taken up, opened, like any other."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import ClassVar

import pytest
from pydantic import Field

from musegnn import runs
from musegnn.errors import DataFileError, InputError
from musegnn.runs import files
from musegnn.runs import kind as kinds
from musegnn.runs.kind import FileNeed
from musegnn.runs.record import record_of
from musegnn.worker.perform import perform
from musegnn.worker.report import Report
from musegnn.worker.task import Done

pytest_plugins = ("tests.run_fixtures",)


class CountSettings(runs.KindSettings):
    """Settings of the toy kind."""

    kind: ClassVar[str] = "count_words"
    least: int = Field(1, ge=1, le=9, description="Shortest word that counts")


def count_words(task):
    """Count the words of a text, one step a line."""
    (path,) = task.files("text")
    lines = path.read_text().splitlines()
    task.progress.start("counting", len(lines))
    n_words = 0
    for line in lines:
        n_words += sum(len(word) >= task.settings.least for word in line.split())
        task.progress.advance(f"{n_words} words")
    task.progress.finish()
    (task.result / "words.json").write_text(json.dumps({"words": n_words}))
    return Done(f"{n_words} words", {"n_lines": len(lines)})


KIND = runs.Kind(
    title="Count words",
    summary="words of a text",
    settings=CountSettings,
    work="toy_kind:count_words",
    files=(FileNeed("text", "a text"),),
    makes=("words.json",),
)


@pytest.fixture
def text(tmp_path, monkeypatch):
    """A text to be counted, where the toy kind is known."""
    module = ModuleType("toy_kind")
    module.count_words = count_words
    monkeypatch.setitem(sys.modules, "toy_kind", module)
    known = {**kinds.list_kinds(), KIND.name: KIND}
    monkeypatch.setattr(kinds, "list_kinds", lambda: known)
    path = tmp_path / "text.txt"
    path.write_text("one two three\nfour five\n")
    return path


def ask(root, text, **changes):
    """Ask for a run of the toy kind and perform it here."""
    source = runs.FileSource(role="text", name="text", path=str(text))
    settings = {"method": "count_words", **changes}
    request = runs.make_request(settings=settings, files=[source], name="Count", device="cpu")
    (record,) = runs.submit(request, executor="inprocess", root=root, perform=perform)
    return record


def test_a_run_without_graphs_or_epochs_leaves_its_result(text, root):
    record = ask(root, text, least=4)
    assert (record.state, record.kind, record.seed) == ("finished", "count_words", 0)
    assert "-count_words-s0-" in record.run_id
    assert (record.stage, record.step, record.steps) == ("counting", 2, 2)
    assert (record.progress, record.can_open) == (1.0, False)
    result = runs.result_folder(record.folder)
    assert json.loads((result / "words.json").read_text()) == {"words": 3}
    assert json.loads((result / "manifest.json").read_text())["n_lines"] == 2
    provenance = files.read_json(record.folder / files.PROVENANCE)
    assert provenance["files"] == {"text": record.config.files[0].sha256}
    (result / "words.json").write_text("{}")
    assert record_of(record.folder).state == "failed"


def test_it_stops_between_two_steps_and_starts_again(text, root, monkeypatch):
    asked = iter([False, False, True])
    with monkeypatch.context() as patch:
        patch.setattr(Report, "is_stop_asked", property(lambda _: next(asked, True)))
        record = ask(root, text)
    assert (record.state, record.step) == ("stopped", 2)
    assert "step 2 of 2 of counting" in record.message
    assert not (record.folder / files.RESULT).exists()
    again = runs.resume(root, record.run_id, executor="inprocess", perform=perform)
    assert (again.state, again.attempt) == ("finished", 2)


def test_what_it_reads_must_be_what_it_was_asked_for_with(text, root):
    record = ask(root, text)
    text.write_text("another")
    with pytest.raises(DataFileError, match="Expected the file text that the run was asked for"):
        runs.duplicate(root, record.run_id, executor="inprocess", perform=perform)


def test_work_that_leaves_nothing_has_failed(text, root, monkeypatch):
    monkeypatch.setattr(sys.modules["toy_kind"], "count_words", lambda _: Done())
    record = ask(root, text)
    assert record.state == "failed"
    assert "Expected the work to leave words.json" in record.message


def test_a_request_in_a_file_names_what_each_file_is(text, root):
    path = text.with_name("request.yaml")
    path.write_text("settings: {method: count_words, least: 4}\nfiles: {text: text.txt}\n")
    request = runs.read_request(path, device="cpu")
    (record,) = runs.submit(request, executor="inprocess", root=root, perform=perform)
    assert (record.state, record.config.files[0].path) == ("finished", str(text))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"files": []}, "Expected 1 file"),
        ({"settings": {"method": "count_words", "lest": 3}}, "found `lest`"),
        ({"settings": {"method": "count_wrods"}}, "count_words"),
        ({"epochs": 3}, "found `epochs`"),
        ({"graphs": [runs.GraphSource(name="a", path="/a")]}, "Expected no gene graphs"),
    ],
)
def test_a_request_that_does_not_fit_the_kind_is_refused(text, values, message):
    source = runs.FileSource(role="text", name="text", path=str(text))
    usual = {"settings": {"method": "count_words"}, "files": [source]}
    with pytest.raises(InputError, match=message):
        runs.make_request(**{**usual, **values})


def test_a_kind_that_is_not_installed_here_is_told(text, root, monkeypatch):
    record = ask(root, text)
    monkeypatch.undo()
    found = record_of(record.folder)
    assert (found.state, found.kind, found.config) == ("finished", "count_words", None)
    (record.folder / files.RESULT / "manifest.json").unlink()
    files.write_json(record.folder / files.REQUEST, {"attempt": 2})
    assert perform(record.folder) == 1
    assert "found 'count_words'" in record_of(record.folder).message


def test_nothing_is_promised_of_a_kind_before_its_first_run(text, root):
    source = runs.FileSource(role="text", name="text", path=str(text))
    request = runs.make_request(settings={"method": "count_words"}, files=[source])
    told = runs.estimate(request, root=root.parent, known=[])
    assert (told.seconds, told.memory_mib) == (None, None)
    assert "not known before the first run" in told.source
