"""Uploads are taken from sessions whose visitor may give files, before a byte of them is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from musegnn.access.answers import Answer, Message, Receive, Send

_PLACE: Final = re.compile(r".*/_stcore/upload_file/(?P<session>[^/]+)/[^/]+", re.DOTALL)


class GuardedUploads:
    """Refuse files of a session that may not give any, or not as large ones.

    Streamlit takes a file from every open session, and so from the one of somebody who has not
    signed in, or whom no page has offered to give a file.

    Parameters
    ----------
    app
        What answers.
    largest
        Returns for a session how many bytes a file of it may have: 0 for none, None for as many as
        the server takes.
    """

    def __init__(self, app: Answer, largest: Callable[[str], int | None]) -> None:
        self.app = app
        self._largest = largest

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        place = _PLACE.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if place is not None and scope["method"] in {"PUT", "POST"}:
            most = self._largest(place["session"])
            if most is not None and (most == 0 or _length(scope) > most):
                await _refuse(send, 413 if most else 403)
                return
        await self.app(scope, receive, send)


def _length(scope: Message) -> float:
    """Bytes that a request says to have; endless for one that does not say."""
    told = [value for name, value in scope["headers"] if name.lower() == b"content-length"]
    is_number = len(told) == 1 and told[0].isdigit() and len(told[0]) < 20
    return int(told[0]) if is_number else float("inf")


async def _refuse(send: Send, status: int) -> None:
    """Say that the file is not taken."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"This file is not taken.\n"})
