"""What a page asks for after it was left does not take the page away that came after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from musegnn.access.answers import Answer, Message, Receive, Send

Read = Callable[[bytes], Any]

# signs of a run that are no content: the browser counts on them whatever was drawn
_ALWAYS_SENT: Final = frozenset(
    {"session_status_changed", "file_urls_response", "heartbeat_ack", "backend_operation_response"}
)
_LARGEST_START: Final = 1 << 16  # bytes; what begins a run has some 2,000, a picture has millions


class LeftPages:
    """Drop what parts of a page ask for when another page has been asked for already.

    A part of a page that runs by itself (a fragment of Streamlit) may ask in the moment between
    the press on a link and the first sign of the next page: names of a map that are to be made, a
    run that is watched twice a second. Streamlit then runs it after the next page, as a part of
    the page that was left, and the browser, told of that page, empties itself and stays so until
    it is loaded anew. The more there is to do on a server, the longer is that moment.

    Parameters
    ----------
    app
        What answers.
    read_asked, read_told
        Read what a browser asks of Streamlit, a `BackMsg`, and what it is told, a `ForwardMsg`.
    """

    def __init__(self, app: Answer, read_asked: Read, read_told: Read) -> None:
        self.app = app
        self._readers = read_asked, read_told

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        page = _Page(*self._readers)

        async def asked() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive" or page.takes(message.get("bytes")):
                    return message

        async def told(message: Message) -> None:
            if message["type"] != "websocket.send" or page.tells(message.get("bytes")):
                await send(message)

        await self.app(scope, asked, told)


class _Page:
    """The page of one tab, as both ends know it."""

    def __init__(self, read_asked: Read, read_told: Read) -> None:
        self._read_asked, self._read_told = read_asked, read_told
        self._current = ""  # its hash; "" until one is known
        self._is_left = False  # what runs now is a part of another page

    def takes(self, data: bytes | None) -> bool:
        """Return whether a message of the browser is heard."""
        message = _parsed(self._read_asked, data)
        if message is None or not message.HasField("rerun_script"):
            return True
        asked = message.rerun_script
        if not asked.fragment_id:
            self._current = asked.page_script_hash
            return True
        return self._is_current(asked.page_script_hash)

    def tells(self, data: bytes | None) -> bool:
        """Return whether a message of the server is sent on."""
        is_start = data is not None and len(data) <= _LARGEST_START
        if not is_start and not self._is_left:
            return True
        message = _parsed(self._read_told, data)
        if message is None:
            return True
        kind = message.WhichOneof("type")
        if kind == "new_session":
            page, is_part = message.new_session.page_script_hash, message.metadata.run.fragment_ids
            self._is_left = bool(is_part) and not self._is_current(page)
            if not is_part:
                self._current = page
        elif kind == "navigation" and not self._is_left:
            # a run that begins without the name of a page learns which it is
            self._current = message.navigation.page_script_hash
        return not self._is_left or kind in _ALWAYS_SENT

    def _is_current(self, page: str) -> bool:
        """Return whether a page is the one that was asked for last."""
        return not (page and self._current) or page == self._current


def _parsed(read: Read, data: bytes | None) -> Any:
    """Read a message; None for what is none: who gets it says what is wrong with it."""
    if data is None:
        return None
    try:
        return read(data)
    except Exception:  # noqa: BLE001 - its class is of a library that only Streamlit needs
        return None
