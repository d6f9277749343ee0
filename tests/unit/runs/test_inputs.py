"""Files that somebody gave: kept once for each content, swept when no run names them."""

import hashlib
import json
import os

import pytest

from musegnn.errors import DataFileError
from musegnn.runs.files import CONFIG
from musegnn.runs.identifiers import TRASH
from musegnn.runs.inputs import INPUTS, ask, find_file, give, keep, read_question, sweep_inputs

RUN = "20261121T061144Z-heart-gene_graph-s0-3f9a2c"


def test_a_file_is_kept_under_its_content(tmp_path):
    given = give(tmp_path, role="counts", name="cells.h5ad", content=b"abc")
    assert not (tmp_path / INPUTS).exists()
    (source,) = keep([given])
    digest = hashlib.sha256(b"abc").hexdigest()
    assert source.sha256 == digest
    assert (tmp_path / INPUTS / digest / "cells.h5ad").read_bytes() == b"abc"
    keep([given, give(tmp_path, role="counts", name="other.h5ad", content=b"abc")])
    assert [path.name for path in (tmp_path / INPUTS).iterdir()] == [digest]
    assert len(list((tmp_path / INPUTS / digest).iterdir())) == 2


def test_a_question_has_the_same_bytes_in_any_order(tmp_path):
    first, second = ask(tmp_path, {"b": [1], "a": "é"}), ask(tmp_path, {"a": "é", "b": [1]})
    assert first == second
    (source,) = keep([first])
    assert read_question(tmp_path / INPUTS / source.sha256 / "question.json") == {
        "a": "é",
        "b": [1],
    }


def test_a_damaged_question_is_a_sentence(tmp_path):
    (tmp_path / "question.json").write_text("[")
    with pytest.raises(DataFileError, match="Expected a question"):
        read_question(tmp_path / "question.json")


def test_a_file_that_is_there_is_hashed_again_when_it_changes(tmp_path):
    path = tmp_path / "a.npz"
    path.write_bytes(b"one")
    before = find_file(path, role="x").source.sha256
    path.write_bytes(b"three")
    assert find_file(path, role="x").source.sha256 != before


def name_input(folder, source):
    folder.mkdir(parents=True)
    entry = {"path": source.path, "role": source.role}
    (folder / CONFIG).write_text(json.dumps({"files": [entry]}))


def test_what_no_run_names_is_swept_once_it_is_old(tmp_path):
    named, deleted, lost, young = keep(
        give(tmp_path, role="counts", name="a", content=bytes([n])) for n in range(4)
    )
    name_input(tmp_path / RUN, named)
    name_input(tmp_path / TRASH / RUN, deleted)
    for source in (named, deleted, lost):
        os.utime(tmp_path / INPUTS / source.sha256, (0, 0))
    assert sweep_inputs(tmp_path) == 1
    left = {path.name for path in (tmp_path / INPUTS).iterdir()}
    assert left == {named.sha256, deleted.sha256, young.sha256}


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / INPUTS).write_text("a file in the way")
    with pytest.raises(DataFileError, match="Expected to be able to keep a"):
        keep([give(tmp_path, role="counts", name="a", content=b"1")])
