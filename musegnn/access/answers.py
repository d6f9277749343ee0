"""Answers of the server: the names it answers to, and what each answer tells the browser."""

from __future__ import annotations

import logging
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from hashlib import sha256
from typing import Any, Final

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = Callable[[Message, Receive, Send], Awaitable[None]]

_LOGGER = logging.getLogger(__name__)

OWN_NAMES: Final = ("localhost", "127.0.0.1", "::1")  # of the machine that the server runs on
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", re.IGNORECASE)

# Pages are made of what this server itself sends: nothing is loaded from outside and nothing is
# sent there. Streamlit styles its parts in place; pictures are also drawn into `data:` and `blob:`;
# the map and the workers of tables are modules that the page makes itself, and plotly.js writes the
# programs that draw points (regl) when it draws them, so scripts of this server may evaluate text.
_POLICY: Final = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "worker-src": "'self' blob:",
    "media-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# what Streamlit counts of its functions and sessions: anyone could read who does what when
_CLOSED: Final = re.compile(r".*/_stcore/metrics/*", re.DOTALL)
_MOST_TOLD: Final = 100  # foreign names that the log tells of; anyone can send any number
_REFUSAL: Final = (
    b"This server does not answer to that name. Open it by an address that it was started for, or "
    b"let its administrator add the name to the allowed hosts.\n"
)


def is_known_host(header: str, hosts: Sequence[str]) -> bool:
    """Return whether a `Host` header names this server.

    Parameters
    ----------
    header
        Value of the header: a name or an address, with a port or without.
    hosts
        Names that the server is reached by, without ports: `*.lab.example` takes all below,
        `*` any.
    """
    found = _HOST.fullmatch(header.strip())
    if found is None:
        return False
    name = found["name"].strip("[]").casefold().rstrip(".")
    return any(
        name == (known := host.strip("[]").casefold())
        or known == "*"
        or (known.startswith("*.") and name.endswith(known[1:]))
        for host in hosts
    )


def headers_of(start_page: str = "") -> dict[str, str]:
    """Return the headers of every answer.

    Parameters
    ----------
    start_page
        HTML that the server starts with: the scripts that stand in it may run, no others that
        stand in a page.
    """
    inline = re.findall(r"<script>(.*?)</script>", start_page, re.DOTALL)
    digests = [b64encode(sha256(text.encode()).digest()).decode() for text in inline]
    allowed = "".join(f" 'sha256-{digest}'" for digest in digests)
    policy = _POLICY | {"script-src": f"{_POLICY['script-src']}{allowed}"}
    written = "; ".join(f"{key} {value}" for key, value in policy.items())
    return {"content-security-policy": written, **_HEADERS}


class GuardedAnswers:
    """Refuse requests under a foreign name, and write the headers of every answer.

    A page of a foreign name that leads to this machine could read all that is shown here; so a
    request for a name that nobody gave this server is answered with 421, a WebSocket is not opened.

    Parameters
    ----------
    app
        What answers.
    hosts
        Returns the names that the server is reached by; none stands for those of the machine.
    start_page
        HTML that the server starts with.
    """

    def __init__(
        self, app: Answer, hosts: Callable[[], Sequence[str]] = tuple, start_page: str = ""
    ) -> None:
        self.app = app
        self._hosts = hosts
        self._headers = [
            (name.encode(), value.encode("ascii")) for name, value in headers_of(start_page).items()
        ]
        self._names = {name for name, _ in self._headers}
        self._told: set[str] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"host"]
        header = given[0].decode("latin-1") if len(given) == 1 else ""
        if not is_known_host(header, self._hosts() or OWN_NAMES):
            self._tell(header[:100])
            await self._refuse(scope, send, 421, _REFUSAL)
            return
        if _CLOSED.fullmatch(scope["path"]):
            await self._refuse(scope, send, 404, b"Nothing is told here.\n")
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = message.get("headers", ())
                own = [pair for pair in found if pair[0].lower() not in self._names]
                message = {**message, "headers": [*own, *self._headers]}
            await send(message)

        await self.app(scope, receive, guarded)

    def _tell(self, header: str) -> None:
        """Tell the log of a foreign name, once."""
        if header not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(header)
            _LOGGER.warning("Refused a request for the host %r", header)

    async def _refuse(self, scope: Message, send: Send, status: int, why: bytes) -> None:
        """Say that there is no answer."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = [*self._headers, (b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": why})
