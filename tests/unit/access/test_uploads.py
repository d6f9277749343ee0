"""A file is taken from a session that may give it, and from no other."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from musegnn.access.uploads import GuardedUploads

LARGEST = {"member": None, "viewer": 100, "nobody": 0}


def answer(path, *, length=b"50", method="PUT"):
    """Status that a request is answered with; 204 when it has come through."""
    sent = []

    async def behind(scope, receive, send):
        await send({"type": "http.response.start", "status": 204})

    async def keep(message):
        sent.append(message)

    headers = [] if length is None else [(b"Content-Length", length)]
    scope = {"type": "http", "path": path, "method": method, "headers": headers}
    guard = GuardedUploads(behind, largest=lambda session: LARGEST.get(session, 0))
    # a browser of other tests may keep a loop in this thread
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, guard(scope, None, keep)).result()
    return sent[0]["status"]


@pytest.mark.parametrize(
    ("session", "length", "status"),
    [
        *(("member", b"50", 204), ("member", b"9999999", 204), ("member", None, 204)),
        *(("viewer", b"50", 204), ("viewer", b"101", 413), ("viewer", None, 413)),
        *(("viewer", b"-5", 413), ("viewer", b"5e1", 413), ("nobody", b"0", 403)),
        *(("nobody", b"50", 403), ("unknown", b"50", 403), ("nobody", None, 403)),
    ],
)
def test_files_are_taken_by_who_gives_them(session, length, status):
    for start in ("", "/maps"):
        path = f"{start}/_stcore/upload_file/{session}/file-1"
        assert answer(path, length=length) == status
        assert answer(path, length=length, method="POST") == status


def test_all_else_comes_through():
    assert answer("/_stcore/health", method="GET") == 204
    assert answer("/_stcore/upload_file/nobody/file-1", method="DELETE") == 204
    assert answer("/_stcore/upload_file/nobody/file-1", method="OPTIONS") == 204
