"""Who signs in at a provider comes back to the page that was asked for, not to Home."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from musegnn.access.answers import Answer, Message, Receive, Send

COOKIE: Final = "musegnn_asked_for"
SECONDS: Final = 900  # for signing in; later the page that was asked for is no longer known
_LONGEST: Final = 2_800  # signs: a cookie holds 4,096, and a link of this product 2,000
_PLAIN: Final = re.compile(r"[!-~]*")  # what an address is written in


class ReturningVisitors:
    """Lead from the provider back to the page at which somebody pressed "Sign in".

    Streamlit leads to the first page, whatever was asked for. So the browser keeps, in a cookie for
    a quarter of an hour, which page of this server it came from when it left for the provider, and
    the answer to its return names that page. A page is all that it can name: what is no address of
    one, from wherever it comes, leads to the first page.

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
            asked = self._page_of(_only(scope, b"referer"))
            await self.app(scope, receive, _changed(send, _kept(asked, self._root())))
        elif step == "oauth2callback":
            found = re.search(rf"(?:^|;\s*){COOKIE}=([\w=-]+)", _only(scope, b"cookie"))
            asked = self._page_of(_read(found[1])) if found else ""
            back = _changed(send, _kept("", self._root()), lead=(self._root(), asked))
            await self.app(scope, receive, back if found else send)
        else:
            await self.app(scope, receive, send)

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


def _kept(page: str, root: str) -> tuple[bytes, bytes]:
    """Return the header that lets the browser keep a page, or forget the one it kept."""
    value = urlsafe_b64encode(page.encode("ascii")).decode("ascii")
    age = SECONDS if page else 0
    text = f"{COOKIE}={value}; Path={root}; Max-Age={age}; HttpOnly; SameSite=Lax"
    return b"set-cookie", text.encode("ascii")


def _read(value: str) -> str:
    """Return what a cookie holds; "" for one that nobody of us wrote."""
    try:
        return urlsafe_b64decode(value.encode("ascii")).decode("ascii")
    except ValueError:
        return ""


def _changed(send: Send, header: tuple[bytes, bytes], *, lead: tuple[str, str] = ("", "")) -> Send:
    """Send answers with one header more; one that leads to a place leads to another."""
    place, instead = lead

    async def changed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                (name, instead.encode("ascii"))
                if instead and name.lower() == b"location" and _is_at(value, place)
                else (name, value)
                for name, value in message.get("headers", ())
            ]
            message = {**message, "headers": [*headers, header]}
        await send(message)

    return changed


def _is_at(value: bytes, place: str) -> bool:
    """True for an address that is a place of this server, with the last stroke or without."""
    return value.decode("latin-1").rstrip("/") == place.rstrip("/")
