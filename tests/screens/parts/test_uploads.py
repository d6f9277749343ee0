"""Uploads lie on disk as long as somebody holds them, and no longer, however a server ends."""

import gc
import hashlib
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from musegnn.errors import DataFileError
from musegnn.runs.inputs import keep
from musegnn.screens.parts import open_session_panel, uploads_panel
from musegnn.screens.parts.spool import spool, sweep
from musegnn.screens.parts.uploads import Upload, give_upload, on_disk

SERVER = """
import sys, time
from musegnn.screens.parts.uploads import Upload, on_disk
upload = Upload.of("counts.csv", b"x" * 1000)
print(upload.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def own_spool(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSEGNN_UPLOADS", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


def test_an_upload_goes_with_the_last_that_holds_it(own_spool):
    upload = Upload.of("counts.csv", b"gene,a\nINS,1\n")
    other = upload
    assert upload.path.read_bytes() == b"gene,a\nINS,1\n"
    del upload
    gc.collect()
    assert other.path.is_file()
    path = other.path
    del other
    gc.collect()
    assert not path.exists()
    assert list(spool().iterdir()) == []
    assert own_spool.stat().st_mode & 0o077 == 0


def test_a_run_keeps_its_own_copy(tmp_path):
    upload = Upload.of("counts.csv", b"gene,a\nINS,1\n")
    (source,) = keep([give_upload(tmp_path / "runs", upload, role="counts")])
    del upload
    gc.collect()
    content = (tmp_path / "runs" / ".inputs" / source.sha256 / "counts.csv").read_bytes()
    assert content == b"gene,a\nINS,1\n"
    assert source.sha256 == hashlib.sha256(content).hexdigest()


def start_server():
    """Start a process that holds an upload; return it and the path of the upload."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_server_held_is_swept_and_what_a_running_one_holds_is_not(own_spool):
    killed, left = start_server()
    running, held = start_server()
    try:
        assert left.exists()  # two servers leave each other alone
        killed.send_signal(signal.SIGKILL)
        killed.wait(timeout=10)
        assert left.exists()
        assert spool().parent == own_spool  # a server that starts
        assert not left.exists()
        assert held.exists()
        assert sweep(own_spool) == 0
    finally:
        for process in (killed, running):
            process.kill()
            process.wait(timeout=10)
            process.stdout.close()
    assert sweep(own_spool) == 1
    assert [folder.name for folder in own_spool.iterdir()] == [spool().name]


class GivenFile:
    """A file as `st.file_uploader` hands it out."""

    file_id = "f1"
    name = "../counts.csv"

    def getbuffer(self):
        return memoryview(b"gene,a\nINS,1\n")


def test_the_server_forgets_the_bytes_of_a_file_that_lies_on_disk(monkeypatch):
    forgotten = []
    manager = SimpleNamespace(remove_file=lambda session, file: forgotten.append((session, file)))
    context = SimpleNamespace(session_id="s1", uploaded_file_mgr=manager)
    monkeypatch.setattr(open_session_panel, "get_script_run_ctx", lambda: context)
    upload = uploads_panel.take(GivenFile())
    assert upload.name == "counts.csv"
    assert upload.path.read_bytes() == b"gene,a\nINS,1\n"
    assert forgotten == [("s1", "f1")]
    assert uploads_panel.take(None) is None
    left = SimpleNamespace(file_id="f1")  # what Streamlit names from then on
    assert uploads_panel.was_taken(left)
    assert uploads_panel.take(left) is None
    assert not uploads_panel.was_taken(None)
    assert not uploads_panel.was_taken(GivenFile())


def test_a_spool_that_cannot_be_written_is_a_sentence(own_spool, tmp_path):
    own_spool.write_text("a file in its place")
    with pytest.raises(DataFileError, match="Expected to be able to keep an upload") as error:
        Upload.of("counts.csv", b"x")
    assert "MUSEGNN_UPLOADS" in error.value.hint


def test_a_full_disk_is_a_sentence_and_leaves_nothing(monkeypatch):
    upload = Upload.of("small.csv", b"x")

    def fail(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    with pytest.raises(DataFileError, match=r"keep big\.csv, found: No space left on device"):
        Upload.of("big.csv", b"x")
    monkeypatch.undo()
    assert [folder.name for folder in upload.path.parent.parent.iterdir()] == [
        upload.path.parent.name
    ]
    with on_disk(upload, None) as (path, nothing):
        assert path == upload.path
        assert nothing is None


def test_the_page_says_how_large_a_file_may_be(monkeypatch):
    monkeypatch.setattr(st, "get_option", {"server.maxUploadSize": 1200}.__getitem__)
    told = uploads_panel.most_told("musegnn graph FILE")
    assert told == "At most 1,200 MB; `musegnn graph FILE` takes larger ones on the command line."
