"""Fetching from a server of this machine: cut connections, wrong content, no server, redirects."""

from __future__ import annotations

import hashlib
import socket
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.knowledge import fetching
from musegnn.knowledge.catalogue import CatalogueEntry, find_entry
from musegnn.knowledge.fetching import fetch_table
from musegnn.knowledge.manifest import read_first_checksums
from musegnn.knowledge.store import open_store

CONTENT = b"".join(b"term %d\t\tA\tB%d\n" % (i, i) for i in range(20_000))
FILE = "Reactome_2016.gmt"


class Publisher(ThreadingHTTPServer):
    """Serves one file; `cuts` says after how many bytes each answer breaks."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.cuts, self.ranges, self.redirect = CONTENT, [], [], ""
        self.honours_ranges = True
        self.status = 200

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        if server.redirect and "moved" not in self.path:
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if server.status != 200:
            self.send_error(server.status)
            return
        wanted = self.headers.get("Range")
        server.ranges.append(wanted)
        start = int(wanted[6:-1]) if wanted and server.honours_ranges else 0
        if start >= len(server.content):
            self.send_error(416)
            return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        if start:
            size = len(server.content)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = server.cuts.pop(0) if server.cuts else None
        self.wfile.write(body[:cut])
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def publisher():
    server = Publisher()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def entry() -> CatalogueEntry:
    return replace(find_entry("reactome_2016"), sha256=hashlib.sha256(CONTENT).hexdigest())


def test_a_file_arrives_with_its_checksum_and_opens(publisher, entry, tmp_path):
    fetched = fetch_table(entry, tmp_path / "new", url_base=publisher.base)
    assert fetched.path.read_bytes() == CONTENT
    assert not fetched.was_there
    store = open_store(tmp_path / "new")
    assert store is not None
    assert len(store.gene_sets("reactome_2016").terms) == 20_000
    assert fetch_table(entry, tmp_path / "new", url_base=publisher.base).was_there
    assert len(publisher.ranges) == 1


def test_a_cut_connection_goes_on_where_it_stopped(publisher, entry, tmp_path):
    publisher.cuts = [100_000, 50_000]
    said = []
    fetched = fetch_table(entry, tmp_path, url_base=publisher.base, report=said.append)
    assert fetched.path.read_bytes() == CONTENT
    assert publisher.ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert len(said) == 2
    assert "after 100,000 bytes (connection 1 of 3)" in said[0]


def test_after_three_cuts_a_person_is_asked_and_the_next_call_goes_on(publisher, entry, tmp_path):
    publisher.cuts = [1000, 1000, 1000]
    with pytest.raises(DataFileError, match=r"found 3,000 bytes.*run the command again"):
        fetch_table(entry, tmp_path, url_base=publisher.base)
    assert [path.name for path in tmp_path.iterdir()] == [f"{FILE}.part"]
    assert open_store(tmp_path) is None  # a part is no table
    fetch_table(entry, tmp_path, url_base=publisher.base)
    assert publisher.ranges[-1] == "bytes=3000-"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_server_without_ranges_starts_over(publisher, entry, tmp_path):
    publisher.honours_ranges = False
    (tmp_path / f"{FILE}.part").write_bytes(CONTENT[:500])
    assert fetch_table(entry, tmp_path, url_base=publisher.base).path.read_bytes() == CONTENT


@pytest.mark.parametrize("start", [b"another release", CONTENT + b"and more"])
def test_a_part_of_another_release_is_thrown_away(publisher, entry, tmp_path, start):
    (tmp_path / f"{FILE}.part").write_bytes(start)
    assert fetch_table(entry, tmp_path, url_base=publisher.base).path.read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_everything_as_it_was(publisher, entry, tmp_path):
    (tmp_path / FILE).write_bytes(b"kept\t\tA\n")
    publisher.content = b"evil\t\tA\n"
    with pytest.raises(DataFileError, match=r"with sha256 \w{64}, found \w{64}.*Nothing was"):
        fetch_table(entry, tmp_path, url_base=publisher.base)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).read_bytes() == b"kept\t\tA\n"


def test_without_a_server_one_sentence_says_so(entry, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(DataFileError, match=rf"Expected to reach 127\.0\.0\.1:{port}, found:.*"):
        fetch_table(entry, tmp_path, url_base=f"http://127.0.0.1:{port}")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_at_the_publisher_is_said(publisher, entry, tmp_path):
    publisher.status = 404
    with pytest.raises(DataFileError, match="found the answer 404: Not Found"):
        fetch_table(entry, tmp_path, url_base=publisher.base)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x"])
def test_redirects_away_from_the_web_are_refused(publisher, entry, tmp_path, target):
    publisher.redirect = target
    with pytest.raises(DataFileError, match=r"is not allowed|a redirect over http"):
        fetch_table(entry, tmp_path, url_base=publisher.base)
    assert list(tmp_path.iterdir()) == []


def test_redirects_on_the_web_are_followed_but_not_in_circles(publisher, entry, tmp_path):
    publisher.redirect = f"{publisher.base}/moved/{FILE}"
    assert fetch_table(entry, tmp_path, url_base=publisher.base).path.read_bytes() == CONTENT
    publisher.redirect = f"{publisher.base}/round/{FILE}"
    with pytest.raises(DataFileError, match=r"found the answer 302: .*infinite loop"):
        fetch_table(entry, tmp_path / "other", url_base=publisher.base)


def test_too_large_downloads_stop(publisher, entry, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "LARGEST_DOWNLOAD", 1000)
    with pytest.raises(DataFileError, match="Expected at most 1,000 bytes"):
        fetch_table(entry, tmp_path, url_base=publisher.base)
    assert not (tmp_path / FILE).exists()


def test_the_first_checksum_is_kept_where_the_publisher_gives_none(publisher, entry, tmp_path):
    unsigned = replace(entry, sha256="")
    fetched = fetch_table(unsigned, tmp_path, url_base=publisher.base)
    assert read_first_checksums(tmp_path) == {"reactome_2016": fetched.sha256}
    fetched.path.unlink()
    publisher.content = b"changed\t\tA\n"
    with pytest.raises(DataFileError, match=r"found .* Nothing was written"):
        fetch_table(unsigned, tmp_path, url_base=publisher.base)


def test_tables_that_exist_as_r_data_only_are_refused_with_a_way_out(tmp_path):
    with pytest.raises(InputError, match=r"as R data only.*musegnn knowledge import"):
        fetch_table(find_entry("dorothea_human"), tmp_path)


@pytest.mark.parametrize("base", ["file:///etc", "ftp://x", "nonsense", "http://"])
def test_addresses_that_are_not_on_the_web_are_refused(entry, tmp_path, base):
    with pytest.raises(InputError, match="starts with http://"):
        fetch_table(entry, tmp_path, url_base=base)
