"""Fetching of annotation as a run: progress, a stop midway, one word on a silent network."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from musegnn.knowledge import fetching
from musegnn.knowledge.catalogue import find_entry
from musegnn.knowledge.store import open_store
from musegnn.runs import make_request, read_record, result_folder, submit
from musegnn.runs.kinds.annotation import FETCHED_FILE, AnnotationSettings
from musegnn.worker import fetch_annotation
from musegnn.worker.perform import perform

SETS = b"".join(b"term %d\t\tA\tB%d\n" % (i, i) for i in range(40_000))
NAMES = "reactome_2016,msigdb_hallmark_7.0"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range", "")))
        start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
        body = SETS[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(SETS) - 1}/{len(SETS)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def publisher(monkeypatch, tmp_path):
    """A server of this machine in place of the publishers, and an empty folder of annotation."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(
        fetch_annotation,
        "find_entry",
        lambda name: replace(find_entry(name), url=f"{base}/{name}", sha256="", packed_sha256=""),
    )
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path / "knowledge"))
    yield server
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


def ask(root, tables=NAMES):
    request = make_request(
        settings=AnnotationSettings(tables=tables), files=[], name="annotation", device="cpu"
    )
    return submit(request, root=root, executor="inprocess", perform=perform)[0]


def test_tables_are_fetched_and_opened(publisher, tmp_path):
    record = read_record(tmp_path, ask(tmp_path).run_id)
    assert record.state == "finished"
    assert record.counted == (2, 2)
    told = json.loads((result_folder(record.folder) / FETCHED_FILE).read_text(encoding="utf-8"))
    assert told == {
        "came": {"reactome_2016": len(SETS), "msigdb_hallmark_7.0": len(SETS)},
        "problems": {},
    }
    store = open_store(tmp_path / "knowledge")
    assert store.gene_set_libraries() == ["msigdb_hallmark_7.0", "reactome_2016"]
    assert len(store.gene_sets("reactome_2016").terms) == 40_000


def test_a_run_that_is_stopped_goes_on_where_it_was(publisher, tmp_path, monkeypatch):
    heard = []

    def told(task, entry):
        def arrived(size):
            heard.append(size)
            if len(heard) == 3:
                task.report.ask_stop()
            task.progress.say(f"{size} bytes")

        return arrived

    monkeypatch.setattr(fetch_annotation, "_told", told)
    stopped = read_record(tmp_path, ask(tmp_path, "reactome_2016").run_id)
    assert stopped.state in {"stopped", "cancelled"}
    part = tmp_path / "knowledge" / "Reactome_2016.gmt.part"
    has_come = part.stat().st_size
    assert 0 < has_come < len(SETS)
    again = read_record(tmp_path, ask(tmp_path, "reactome_2016").run_id)
    assert again.state == "finished"
    assert publisher.asked[-1] == ("/reactome_2016", f"bytes={has_come}-")
    assert (tmp_path / "knowledge" / "Reactome_2016.gmt").read_bytes() == SETS


def test_a_silent_network_is_told_once_and_nothing_is_written(tmp_path, monkeypatch):
    asked = []

    def nobody(url, *_):
        asked.append(url)
        msg = "Expected to reach raw, found: no route."
        raise fetching.UnreachableError(msg, "Check it.")

    monkeypatch.setattr(fetching, "_download", nobody)
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(tmp_path / "knowledge"))
    record = read_record(tmp_path, ask(tmp_path).run_id)
    assert record.state == "failed"
    assert len(asked) == 1  # both tables are of one server
    assert record.message.count("no route") == 1
    assert list((tmp_path / "knowledge").iterdir()) == []


def test_what_came_stays_where_other_tables_fail(publisher, tmp_path, monkeypatch):
    good = fetch_annotation.find_entry

    def one_is_wrong(name):
        return good(name) if name == "reactome_2016" else replace(good(name), sha256="0" * 64)

    monkeypatch.setattr(fetch_annotation, "find_entry", one_is_wrong)
    record = read_record(tmp_path, ask(tmp_path).run_id)
    assert record.state == "finished"
    told = json.loads((result_folder(record.folder) / FETCHED_FILE).read_text(encoding="utf-8"))
    assert list(told["came"]) == ["reactome_2016"]
    assert "with sha256" in told["problems"]["msigdb_hallmark_7.0"]
    assert open_store(tmp_path / "knowledge").gene_set_libraries() == ["reactome_2016"]
