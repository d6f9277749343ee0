"""The watch over hostile files sees each kind of fault, and a slice of the corpus finds none."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks.hostile import doors, honest, worker
from benchmarks.hostile.corpus import list_cases
from benchmarks.hostile.doors import Door
from benchmarks.hostile.evil import NotApplicableError
from benchmarks.hostile.found import found_cases
from benchmarks.hostile.watch import Watch
from musegnn.errors import DataFileError
from musegnn.settings import REPOSITORY

TOKEN = "CANARY0123456789"
SLICE = ("h5ad", "csv", "counts zip", "embedding", "session", "run zip", "knowledge", "request")


def _refuse(path, room):
    (room.runs / "left.h5ad").write_bytes(b"poison")
    msg = "Expected something else, found this."
    raise DataFileError(msg, "Give another.")


def _swell(path, room):
    time.sleep(0.5)  # longer than nothing is looked at
    kept = bytearray(2_300 << 20)
    kept[:: 1 << 12] = b"x" * len(range(0, len(kept), 1 << 12))
    time.sleep(1)


FAULTS = {
    "honest": lambda path, room: path.read_text(),
    "numbers": lambda path, room: [float(code) for code in os.environ["MUSEGNN_CANARY"].encode()],
    "environment": lambda path, room: {"a": [(os.environ["MUSEGNN_CANARY"],)]},
    "failing": lambda path, room: {}["missing"],
    "crashing": lambda path, room: os.kill(os.getpid(), signal.SIGKILL),
    "keeping": _refuse,
    "swelling": _swell,
}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return honest.write_all(tmp_path_factory.mktemp("atlas"), ["result"])["result"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_watch_sees_each_kind_of_fault(tmp_path, monkeypatch, result):
    monkeypatch.setattr(doors, "DOORS", {name: Door((), enter) for name, enter in FAULTS.items()})
    monkeypatch.setattr(worker, "DOORS", doors.DOORS)
    given = tmp_path / "given.txt"
    given.write_text("nothing of note")
    watch = Watch(tmp_path / "work", result, TOKEN)
    try:
        found = {name: watch.give(name, given) for name in FAULTS}
    finally:
        watch.close()

    kinds = {name: outcome.kind for name, outcome in found.items()}
    assert kinds == {
        "honest": "taken",
        "numbers": "taken",
        "environment": "taken",
        "failing": "traceback",
        "crashing": "crash",
        "keeping": "refused",
        "swelling": "memory",
    }
    assert {name for name in found if found[name].is_outside} == {"environment"}
    assert {name for name in found if found[name].poison} == {"keeping"}
    assert "KeyError" in found["failing"].text


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return honest.write_all(tmp_path_factory.mktemp("honest"))


def test_the_corpus_has_a_thousand_files_of_all_kinds(files):
    cases = list_cases(files, seed=0, most=30)

    assert len(cases) > 1000
    assert {case.kind for case in cases} == set(honest.WRITERS)
    assert {case.door for case in cases} == set(doors.DOORS)
    assert len({case.evil.name for case in cases}) > 250
    assert [c.name for c in list_cases(files, seed=0, most=30)] == [c.name for c in cases]


def test_files_of_others_are_given_to_each_door_of_their_kind(files, tmp_path):
    folder = tmp_path / "theirs"
    assert list(found_cases(folder, files)) == []
    folder.mkdir()
    (folder / "bomb.h5ad").write_bytes(b"theirs")
    (folder / "how_it_was_made.py").write_text("")
    cases = list(found_cases(folder, files))
    assert {(case.door, case.kind) for case in cases} >= {("page Data", "h5ad"), ("graph", "graph")}
    made = cases[0].make(files[cases[0].kind], tmp_path / "given", None)
    assert made.read_bytes() == b"theirs"


REFUSED = {("calibration", "comparison"), ("calibration", "edges")}  # there is no small honest one


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_each_door_takes_its_honest_files(tmp_path, files, result):
    watch = Watch(tmp_path / "work", result, TOKEN)
    pairs = [(name, kind) for name, door in doors.DOORS.items() for kind in door.formats[:2]]
    try:
        found = {pair: watch.give(pair[0], files[pair[1]]) for pair in pairs}
    finally:
        watch.close()

    others = {pair: outcome for pair, outcome in found.items() if outcome.kind != "taken"}
    assert set(others) == REFUSED, others
    assert not any(outcome.is_outside or outcome.poison for outcome in found.values())


def test_nearly_every_case_can_be_made(files, tmp_path):
    outside = _outside(tmp_path, files)
    cases = [
        case
        for case in list_cases(files, seed=1, most=2)
        if not any(word in case.evil.name for word in ("bomb", "million", "groups", "MB"))
    ]
    failed = []
    for number, case in enumerate(cases):
        try:
            case.make(files[case.kind], tmp_path / str(number), outside)
        except NotApplicableError as error:
            failed.append(f"{case.name}: {error}")
    assert len(failed) < len(cases) / 10, failed


def _outside(folder, files):
    from benchmarks.hostile.__main__ import lay_outside

    return lay_outside(folder / "outside", TOKEN, {k: p for k, p in files.items() if p.is_file()})


def test_a_slice_of_the_corpus_and_of_the_fuzzing_does_no_harm():
    command = [sys.executable, "-m", "benchmarks.hostile", "--minutes", "0.15", "--most", "2"]
    done = subprocess.run(
        [*command, "--formats", *SLICE],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        timeout=200,
        check=False,
    )

    assert done.stdout, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["tried"] >= 15
    assert not report.get("first"), report["first"]
    assert done.returncode == 0
