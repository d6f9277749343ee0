"""Which names the server answers to, and what each answer carries."""

import contextlib
import json
import os
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from musegnn.access.answers import GuardedAnswers, headers_of, is_known_host
from musegnn.launchers.jobs import THREAD_VARIABLES

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("header", "hosts", "is_known"),
    [
        ("localhost", ["localhost"], True),
        ("LOCALHOST:8501", ["localhost"], True),
        ("localhost.:8501", ["localhost"], True),
        ("[::1]:8501", ["::1"], True),
        ("127.0.0.1", ["127.0.0.1"], True),
        ("maps.lab.example", ["*.lab.example"], True),
        ("a.b.lab.example:443", ["*.lab.example"], True),
        ("anything", ["*"], True),
        ("lab.example", ["*.lab.example"], False),
        ("evil-lab.example", ["*.lab.example"], False),
        ("evil.example", ["localhost", "127.0.0.1"], False),
        ("localhost.evil.example", ["localhost"], False),
        ("localhost@evil.example", ["localhost"], False),
        ("localhost/evil", ["localhost"], False),
        ("localhost evil.example", ["localhost"], False),
        ("", ["localhost"], False),
        ("localhost:port", ["localhost"], False),
        ("", ["*"], False),
    ],
)
def test_a_server_knows_its_names(header, hosts, is_known):
    assert is_known_host(header, hosts) == is_known


def ask(guard, headers, kind="http", path="/"):
    """Ask a guarded server; return what it sent."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "headers": headers, "path": path}
    with contextlib.suppress(StopIteration):  # nothing waits, so it ends at the first step
        guard(scope, None, send).send(None)
    return sent


def test_what_the_server_counts_of_its_visitors_is_told_to_nobody():
    for path in ("/_stcore/metrics", "/maps/_stcore/metrics", "/_stcore/metrics/"):
        start, body = ask(GuardedAnswers(plain_answer), [(b"host", b"localhost")], path=path)
        assert start["status"] == 404
        assert b"secret" not in body["body"]
    start, _ = ask(GuardedAnswers(plain_answer), [(b"host", b"localhost")], path="/_stcore/health")
    assert start["status"] == 200


async def plain_answer(scope, receive, send):
    headers = [(b"content-type", b"text/plain"), (b"X-Frame-Options", b"ALLOWALL")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"secret"})


def test_an_answer_carries_each_header_once():
    start, body = ask(GuardedAnswers(plain_answer), [(b"host", b"localhost:8501")])
    names = [name.lower() for name, _ in start["headers"]]
    assert len(names) == len(set(names))
    assert dict(start["headers"])[b"x-frame-options"] == b"DENY"
    assert dict(start["headers"])[b"content-type"] == b"text/plain"
    policy = dict(start["headers"])[b"content-security-policy"].decode()
    assert "img-src 'self' data: blob:;" in policy
    assert "'unsafe-inline'" not in policy.partition("style-src")[0]
    assert body["body"] == b"secret"


@pytest.mark.parametrize(
    "headers",
    [
        [(b"host", b"evil.example")],
        [(b"host", b"localhost"), (b"host", b"evil.example")],
        [],
    ],
)
def test_a_foreign_name_is_refused(headers):
    start, body = ask(GuardedAnswers(plain_answer), headers)
    assert start["status"] == 421
    assert b"secret" not in body["body"]
    assert ask(GuardedAnswers(plain_answer), headers, "websocket") == [
        {"type": "websocket.close", "code": 1008}
    ]


def test_the_names_of_a_public_server_are_those_it_was_given():
    guard = GuardedAnswers(plain_answer, hosts=lambda: ["maps.lab.example"])
    assert ask(guard, [(b"host", b"maps.lab.example")])[0]["status"] == 200
    assert ask(guard, [(b"host", b"localhost")])[0]["status"] == 421


def test_a_flood_of_names_does_not_fill_the_log(caplog):
    guard = GuardedAnswers(plain_answer)
    for number in range(500):
        ask(guard, [(b"host", f"evil{number}.example".encode())])
    assert len([r for r in caplog.records if "Refused" in r.getMessage()]) == 100


def test_only_the_scripts_of_the_start_page_may_stand_in_a_page():
    digest = b64encode(sha256(b"one()").digest()).decode()
    policy = headers_of("<script>one()</script><script src='x.js'></script>")
    assert policy["content-security-policy"].count("sha256-") == 1
    assert (
        f"script-src 'self' blob: 'unsafe-eval' 'sha256-{digest}';"
        in policy["content-security-policy"]
    )


def test_every_way_to_start_serves_the_guarded_app():
    found = discover_asgi_app(ROOT / "app.py")  # what `streamlit run app.py` asks
    assert found.is_asgi_app
    assert found.import_string == "app:app"
    assert "-m musegnn.cli.main app" in (ROOT / "Makefile").read_text("utf-8")
    assert '"app.py"' in (ROOT / "musegnn" / "cli" / "app.py").read_text("utf-8")
    assert "GuardedAnswers" in (ROOT / "app.py").read_text("utf-8")


def test_the_server_computes_each_small_product_on_one_thread(tmp_path):
    """Else visitors who compute at once wait for the threads of one another."""
    look = (
        "import runpy; runpy.run_path('app.py')\n"
        "import json, numpy, scipy.linalg, threadpoolctl\n"
        "print(json.dumps([one['num_threads'] for one in threadpoolctl.threadpool_info()]))"
    )
    own = {name: value for name, value in os.environ.items() if name not in THREAD_VARIABLES}
    own |= {"MUSEGNN_LOG": str(tmp_path / "log"), "MUSEGNN_UPLOADS": str(tmp_path / "uploads")}
    found = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, env=own, capture_output=True, check=True, text=True
    )
    threads = json.loads(found.stdout.splitlines()[-1])
    assert threads
    assert set(threads) == {1}
