"""Who signs in at a provider comes back to the page that was asked for, not to Home."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from musegnn.access.answers import Answer, Message, Receive, Send

COOKIE: Final = "musegnn_asked_for"  # and which sign-in it is of
SECONDS: Final = 900  # for signing in; later the page that was asked for is no longer known
MOST: Final = 4  # sign-ins of one browser at a time: all their cookies come with each request
_LONGEST: Final = 2_800  # signs: a cookie holds 4,096, and a link of this product 2,000
_PLAIN: Final = re.compile(r"[!-~]*")  # what an address is written in

Headers = list[tuple[bytes, bytes]]


class ReturningVisitors:
    """Lead from the provider back to the page at which somebody pressed "Sign in".

    Streamlit leads to the first page, whatever was asked for. So the browser keeps, in a cookie for
    a quarter of an hour, which page of this server it came from when it left for the provider, and
    the answer to its return names that page. The cookie has the name of that one sign-in, by the
    `state` with which the provider is asked: another tab, or the next person at the same browser,
    comes back to a page of their own. A page is all that it can name: what is no address of one,
    from wherever it comes, leads to the first page, and so does a sign-in that another site began.

    Parameters
    ----------
    app
        What answers.
    pages
        Returns the names of all pages, as they stand in addresses.
    base
        Returns the path below which this server answers, "" for none.
    """

    def __init__(
        self,
        app: Answer,
        pages: Callable[[], Collection[str]],
        base: Callable[[], str] = str,
    ) -> None:
        self.app = app
        self._pages = pages
        self._base = base

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        step = scope["path"].removeprefix(self._root())
        if step == "auth/login":
            # said by all browsers where the connection is safe, and by no page itself
            is_ours = _only(scope, b"sec-fetch-site") in {"", "same-origin"}
            asked = self._page_of(_only(scope, b"referer")) if is_ours else ""
            send = self._leaving(scope, send, asked) if asked else send
        elif step == "oauth2callback":
            name = _cookie_of(scope["query_string"].decode("latin-1"))
            if name in (kept := _cookies(scope)):
                send = self._returning(send, name, self._page_of(_read(kept[name])))
        await self.app(scope, receive, send)

    def _leaving(self, scope: Message, send: Send, asked: str) -> Send:
        """Let the browser keep the page until it is back from where the answer leads it."""
        earlier = list(_cookies(scope))
        forgotten = earlier if len(earlier) >= MOST else []
        is_safe = _only(scope, b"referer").startswith("https:")

        def change(headers: Headers) -> Headers:
            places = [value for name, value in headers if name.lower() == b"location"]
            name = _cookie_of(urlsplit(places[0].decode("latin-1")).query) if places else ""
            if not name:
                return headers
            kept = _set_cookie(name, asked, self._root(), is_safe=is_safe)
            return [*headers, *(self._forget(cookie) for cookie in forgotten), kept]

        return _changed(send, change)

    def _returning(self, send: Send, cookie: str, asked: str) -> Send:
        """Lead to the page in place of the first one, and let the browser forget it."""

        def change(headers: Headers) -> Headers:
            return [
                *(
                    (name, asked.encode("ascii"))
                    if asked and name.lower() == b"location" and _is_at(value, self._root())
                    else (name, value)
                    for name, value in headers
                ),
                self._forget(cookie),
            ]

        return _changed(send, change)

    def _forget(self, cookie: str) -> tuple[bytes, bytes]:
        """Return the header that lets the browser forget a cookie."""
        return _set_cookie(cookie, "", self._root())

    def _root(self) -> str:
        """Path of the first page."""
        name = self._base().strip("/")
        return f"/{name}/" if name else "/"

    def _page_of(self, address: str) -> str:
        """Path and query of an address where it is that of a page; else ""."""
        if len(address) > _LONGEST or not _PLAIN.fullmatch(address):
            return ""
        try:
            parts = urlsplit(address)
        except ValueError:
            return ""
        root = self._root()
        name = unquote(parts.path.removeprefix(root)).strip("/")
        if not parts.path.startswith(root) or name not in {"", *self._pages()}:
            return ""
        return f"{root}{quote(name)}" + (f"?{parts.query}" if parts.query else "")


def _only(scope: Message, name: bytes) -> str:
    """Value of a header that stands there once; else ""."""
    found = [value for key, value in scope["headers"] if key.lower() == name]
    return found[0].decode("latin-1") if len(found) == 1 else ""


def _cookies(scope: Message) -> dict[str, str]:
    """Cookies of ours that a browser sends, by name."""
    found = re.findall(rf"(?:^|;\s*)({COOKIE}_[0-9a-f]{{16}})=([\w=-]+)", _only(scope, b"cookie"))
    return dict(found)


def _cookie_of(query: str) -> str:
    """Name of the cookie of the sign-in that a query is of; "" for one without a `state`."""
    try:
        states = parse_qs(query, max_num_fields=100).get("state", [])
    except ValueError:
        return ""
    if len(states) != 1:
        return ""
    return f"{COOKIE}_{sha256(states[0].encode('utf-8', 'replace')).hexdigest()[:16]}"


def _set_cookie(name: str, page: str, root: str, *, is_safe: bool = False) -> tuple[bytes, bytes]:
    """Return the header that lets the browser keep a page, or forget the one it kept."""
    value = urlsafe_b64encode(page.encode("ascii")).decode("ascii")
    age = SECONDS if page else 0
    text = f"{name}={value}; Path={root}; Max-Age={age}; HttpOnly; SameSite=Lax"
    return b"set-cookie", (text + ("; Secure" if is_safe else "")).encode("ascii")


def _read(value: str) -> str:
    """Return what a cookie holds; "" for one that nobody of us wrote."""
    try:
        return urlsafe_b64decode(value.encode("ascii")).decode("ascii")
    except ValueError:
        return ""


def _changed(send: Send, change: Callable[[Headers], Headers]) -> Send:
    """Send answers with other headers."""

    async def changed(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": change(list(message.get("headers", ())))}
        await send(message)

    return changed


def _is_at(value: bytes, place: str) -> bool:
    """True for an address that is a place of this server, with the last stroke or without."""
    return value.decode("latin-1").rstrip("/") == place.rstrip("/")
