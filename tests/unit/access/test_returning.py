"""Who comes back from a provider lands at the page that was asked for, and nowhere else."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

import pytest

from musegnn.access.returning import COOKIE, SECONDS, ReturningVisitors

PAGES = ("Home", "Atlas", "Runs")


def ask(path, *, base="", leads_to="/", method="GET", **headers):
    """Headers of the answer to a request: of what the server behind says, and what is added."""
    sent = []

    async def behind(scope, receive, send):
        given = [(b"location", leads_to.encode())] if leads_to else []
        await send({"type": "http.response.start", "status": 302, "headers": given})
        await send({"type": "http.response.body", "body": b""})

    async def keep(message):
        sent.append(message)

    given = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "method": method, "headers": given}
    guard = ReturningVisitors(behind, pages=lambda: PAGES, base=lambda: base)
    # a browser of other tests may keep a loop in this thread
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, guard(scope, None, keep)).result()
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def walk(referer, *, base="", leads_to="/"):
    """Where the provider leads back to somebody who left at an address."""
    root = f"/{base}/" if base else "/"
    left = ask(f"{root}auth/login", base=base, leads_to="https://id.example/", referer=referer)
    assert left["location"] == "https://id.example/"
    cookie = SimpleCookie(left["set-cookie"])[COOKIE]
    if cookie["max-age"] == "0":  # the browser keeps none
        assert cookie.value == ""
        return ask(f"{root}oauth2callback", base=base, leads_to=leads_to)["location"]
    sent = f"a=1; {COOKIE}={cookie.value}"
    back = ask(f"{root}oauth2callback", base=base, leads_to=leads_to, cookie=sent)
    assert SimpleCookie(back["set-cookie"])[COOKIE]["max-age"] == "0"
    return back["location"]


@pytest.mark.parametrize(
    ("asked", "base"),
    [
        ("/Atlas?gene=CD3E&context=human_lung", ""),
        ("/Runs?run=20261128-101010-aaaa", ""),
        ("/Atlas", ""),
        ("/?gene=%CE%B2-catenin", ""),
        ("/maps/Atlas?list=A%2CB", "maps"),
        ("/maps/", "maps"),
    ],
)
def test_the_page_that_was_asked_for_comes_back(asked, base):
    root = f"/{base}" if base else "/"
    assert walk(f"https://maps.lab.example{asked}", base=base, leads_to=root) == asked


@pytest.mark.parametrize(
    "asked",
    [
        *("", "/Nowhere?gene=CD3E", "/Atlas/more", "/oauth2callback?code=1", "/auth/logout"),
        *(
            "//evil.example/Atlas",
            "/\\evil.example",
            "/Atlas\r\nset-cookie: a=b",
            "/Atlas?gene=\xe9",
        ),
        *("/Atlas?list=" + "A" * 2800, "/_stcore/health", "/..//evil.example"),
    ],
)
def test_what_is_no_page_leads_to_the_first(asked):
    assert walk(f"https://maps.lab.example{asked}") == "/"


def test_no_cookie_can_lead_out_of_the_server():
    for value in ("aHR0cHM6Ly9ldmlsLmV4YW1wbGU=", "Ly9ldmlsLmV4YW1wbGU=", "!!", "w6k=", "A"):
        back = ask("/oauth2callback", cookie=f"{COOKIE}={value}")
        assert back["location"] == "/"
    assert ask("/oauth2callback", cookie="other=1") == {"location": "/"}


def test_only_the_way_to_the_first_page_is_changed():
    page = walk("https://maps.lab.example/Atlas", leads_to="https://id.example/logout")
    assert page == "https://id.example/logout"
    referer = "https://maps.lab.example/Atlas"
    assert ask("/Atlas", referer=referer) == {"location": "/"}
    assert ask("/auth/login", method="HEAD", referer=referer) == {"location": "/"}


def test_the_browser_alone_keeps_the_page_and_not_for_long():
    kept = SimpleCookie(ask("/auth/login", referer="http://a/Runs?run=1")["set-cookie"])[COOKIE]
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Lax", "/")
    assert int(kept["max-age"]) == SECONDS == 900
