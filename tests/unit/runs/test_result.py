"""A run is finished when the hashes of its result match, and only then."""

from __future__ import annotations

import json
import os

import pytest

from musegnn import runs
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.errors import RunError
from musegnn.runs import files, result
from musegnn.runs.record import record_of
from musegnn.runs.result import look_at_result
from tests.toy_runs import write_status


def test_a_result_opens_as_a_map_labelled_with_its_run(finished):
    record = record_of(finished)
    assert record.state == "finished"
    assert record.progress == 1.0
    embedding = read_embedding_set(runs.result_folder(finished))
    assert embedding.provenance["run_id"] == finished.name
    assert embedding.provenance["run_config_hash"] == record.config_hash
    assert embedding.name == "Toy"


@pytest.mark.parametrize("name", ["embedding.h5ad", "weights.safetensors", "graphs/first.h5ad"])
@pytest.mark.parametrize("damage", ["gone", "changed", "longer"])
def test_a_changed_file_ends_the_success(finished, name, damage):
    path = finished / "result" / name
    content = path.read_bytes()
    state = path.stat()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content + b"x" if damage == "longer" else b"x" + content[1:])
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    record = record_of(finished)
    assert record.state == "failed"
    assert "its result is damaged" in record.message
    assert record.can_resume
    with pytest.raises(RunError, match="Expected"):
        runs.result_folder(finished)


def test_even_a_change_that_hides_is_found_when_the_result_is_opened(finished):
    path = finished / "result" / "embedding.h5ad"
    state = path.stat()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    with pytest.raises(RunError, match="found it changed"):
        runs.result_folder(finished)


def test_a_word_of_success_without_a_result_is_a_failure(waiting):
    write_status(waiting, state="finished", pid=1, mark="0")
    (waiting / files.LAUNCH).write_text(json.dumps({"attempt": 1}))
    record = record_of(waiting)
    assert record.state == "failed"
    assert "not there" in record.message


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"files": {}},
        {"files": {"../config.json": "0" * 64}},
        {"files": []},
        {"files": {"embedding.h5ad": 3}},
    ],
)
def test_a_manifest_that_lists_nothing_proves_nothing(finished, manifest):
    (finished / "result" / "manifest.json").write_text(json.dumps(manifest))
    assert look_at_result(finished) == "damaged"
    assert record_of(finished).state == "failed"


def test_a_result_is_hashed_once(finished, monkeypatch):
    (finished / files.SEEN).unlink()
    assert look_at_result(finished) == "whole"
    assert (finished / files.SEEN).is_file()
    monkeypatch.setattr(result, "hash_file", lambda _: pytest.fail("a file was hashed again"))
    assert look_at_result(finished) == "whole"
