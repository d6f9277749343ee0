"""Who comes back from a provider lands at the page that was asked for, and nowhere else."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie

import pytest

from musegnn.access.returning import COOKIE, MOST, SECONDS, ReturningVisitors

PAGES = ("Home", "Atlas", "Runs")


ID = "https://id.example/authorize?client_id=maps&state="


def answer(path, *, base="", leads_to="/", method="GET", query="", **headers):
    """Headers of the answer to a request: of what the server behind says, and what is added."""
    sent = []

    async def behind(scope, receive, send):
        given = [(b"location", leads_to.encode())] if leads_to else []
        await send({"type": "http.response.start", "status": 302, "headers": given})
        await send({"type": "http.response.body", "body": b""})

    async def keep(message):
        sent.append(message)

    given = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, value in headers.items()
    ]
    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "headers": given,
        "query_string": query.encode("latin-1"),
    }
    guard = ReturningVisitors(behind, pages=lambda: PAGES, base=lambda: base)
    # a browser of other tests may keep a loop in this thread
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, guard(scope, None, keep)).result()
    return [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]


class Browser:
    """Keeps cookies as it is told to."""

    def __init__(self, base=""):
        self.base, self.kept = base, SimpleCookie()

    def ask(self, step, **options):
        """Follow a way; returns where it leads."""
        if self.kept:
            sent = "; ".join(f"{name}={kept.value}" for name, kept in self.kept.items())
            options["cookie"] = f"a=1; {sent}"
        root = f"/{self.base}/" if self.base else "/"
        headers = answer(f"{root}{step}", base=self.base, **options)
        for name, value in headers:
            if name == "set-cookie":
                self.kept.load(value)
        self.kept = SimpleCookie(
            {name: kept for name, kept in self.kept.items() if kept["max-age"] != "0"}
        )
        return dict(headers)["location"]

    def leave(self, referer, state="one", **headers):
        place = self.ask("auth/login", leads_to=f"{ID}{state}", referer=referer, **headers)
        assert place == f"{ID}{state}"

    def come_back(self, state="one", leads_to="/"):
        return self.ask("oauth2callback", query=f"code=1&state={state}", leads_to=leads_to)


def walk(referer, *, base="", leads_to="/", **headers):
    """Where the provider leads back to somebody who left at an address."""
    browser = Browser(base)
    browser.leave(referer, **headers)
    place = browser.come_back(leads_to=leads_to)
    assert not browser.kept
    return place


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


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", "same-origin, cross-site"])
def test_a_sign_in_that_another_site_began_leads_to_the_first_page(site):
    address = "https://maps.lab.example/Atlas?gene=CD3E"
    assert walk(address, sec_fetch_site=site) == "/"
    assert walk(address, sec_fetch_site="same-origin") == "/Atlas?gene=CD3E"


def test_each_tab_comes_back_to_its_own_page():
    browser = Browser()
    browser.leave("https://a/Atlas?gene=CD3E", state="one")
    browser.leave("https://a/Runs?run=7", state="two")
    browser.leave("https://a/Nowhere", state="three")  # asked for no page
    assert browser.come_back("three") == "/"
    assert browser.come_back("one") == "/Atlas?gene=CD3E"
    assert browser.come_back("two") == "/Runs?run=7"
    assert not browser.kept


def test_who_signs_in_next_at_a_browser_is_not_led_where_somebody_gave_up():
    browser = Browser()
    browser.leave("https://a/Runs?run=of-ada", state="ada")
    assert browser.come_back("ben") == "/"
    for query in ("", "code=1", "state=", "state=ada&state=ada", "state=%FF", "a&" * 200):
        assert browser.ask("oauth2callback", query=query) == "/"


def test_cookies_of_sign_ins_that_were_given_up_do_not_pile_up():
    browser = Browser()
    for number in range(30):
        browser.leave(f"https://a/Runs?run={number}", state=f"s{number}")
        assert 1 <= len(browser.kept) <= MOST
    assert browser.come_back("s29") == "/Runs?run=29"


def test_no_cookie_can_lead_out_of_the_server():
    made = Browser()
    made.leave("https://a/Atlas")
    (name,) = made.kept
    for value in ("aHR0cHM6Ly9ldmlsLmV4YW1wbGU=", "Ly9ldmlsLmV4YW1wbGU=", "!!", "w6k=", "A"):
        back = answer("/oauth2callback", query="state=one", cookie=f"{name}={value}")
        assert dict(back)["location"] == "/"
    assert answer("/oauth2callback", query="state=one", cookie="other=1") == [("location", "/")]


def test_only_the_way_to_the_first_page_is_changed():
    page = walk("https://maps.lab.example/Atlas", leads_to="https://id.example/logout")
    assert page == "https://id.example/logout"
    referer = "https://maps.lab.example/Atlas"
    unchanged = [("location", "/")]
    assert answer("/Atlas", referer=referer) == unchanged
    assert answer("/auth/login", method="HEAD", referer=referer) == unchanged
    # the provider could not be asked
    assert answer("/auth/login", referer=referer) == unchanged
    assert answer("/auth/login", referer=referer, leads_to="") == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_browser_alone_keeps_the_page_and_not_for_long(scheme):
    browser = Browser()
    browser.leave(f"{scheme}://a/Runs?run=1", state="secret")
    ((name, kept),) = browser.kept.items()
    assert name.startswith(f"{COOKIE}_")
    assert "secret" not in name
    assert (kept["httponly"], kept["samesite"], kept["path"]) == (True, "Lax", "/")
    assert bool(kept["secure"]) is (scheme == "https")
    assert int(kept["max-age"]) == SECONDS == 900
