"""A visitor without a browser: speaks the protocol of Streamlit over a WebSocket.

It asks for pages, sets widgets, presses buttons and draws on the map as a browser does, and keeps
what a browser keeps: the address, the page, and which large messages it has seen already. It does
not draw, so what it waits for is the server and the wire alone.
"""

from __future__ import annotations

import itertools
import json
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

_LARGEST_MESSAGE = 200_000_000  # bytes, as `server.maxMessageSize`


@dataclass(frozen=True)
class Answer:
    """What came back for one interaction.

    Parameters
    ----------
    seconds
        From sending until the page said that it is complete.
    received
        Bytes.
    errors
        Texts of error boxes and exceptions on the page.
    title
        Title of the page.
    """

    seconds: float
    received: int
    errors: tuple[str, ...]
    title: str


class Visitor:
    """One session in the dashboard.

    Parameters
    ----------
    address
        Address of the dashboard, such as `http://127.0.0.1:8501`.
    patience
        Seconds after which an answer counts as missing.
    """

    def __init__(self, address: str, *, patience: float = 60.0) -> None:
        self.address = address
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                f"ws://{urlsplit(address).netloc}/_stcore/stream",
                subprotocols=["streamlit"],  # type: ignore[list-item]  # a plain name is one
                max_size=_LARGEST_MESSAGE,
                open_timeout=patience,
            )
        )
        self._patience = patience
        self._page_hash = ""
        self._query = ""
        self._seen: dict[str, ForwardMsg] = {}  # large messages, which the server sends once
        self._session, self._received = "", 0
        self._numbers = itertools.count()
        self.widgets: dict[str, str] = {}  # key -> id, of the page as it is now
        self.elements: list[tuple[str, bytes]] = []  # kind and content, in the order they came

    @property
    def query(self) -> str:
        """What stands behind the question mark of the address."""
        return self._query

    def close(self) -> None:
        """Leave, as when a tab is closed."""
        self._open.close()

    def open(self, page: str, query: str = "") -> Answer:
        """Open a page by its address, "" for Home."""
        self._page_hash, self._query = "", query
        return self._ask([], page=page)

    def set_text(self, key: str, value: str) -> Answer:
        """Type into a text box or choose in a select box."""
        return self._ask([WidgetState(id=self.widgets[key], string_value=value)])

    def press(self, key: str) -> Answer:
        """Press a button."""
        return self._ask([WidgetState(id=self.widgets[key], trigger_value=True)])

    def upload(self, key: str, name: str, content: bytes) -> Answer:
        """Give a file to an uploader; the time is from the first byte to the complete page."""
        started = time.perf_counter()
        request = BackMsg()
        request.file_urls_request.request_id = f"upload-{next(self._numbers)}"
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self._session
        self._socket.send(request.SerializeToString())
        urls = None
        while urls is None:
            message = self._next(started)
            if message.WhichOneof("type") == "file_urls_response":
                urls = message.file_urls_response.file_urls[0]
        self._put(urls.upload_url, name, content)
        state = WidgetState(id=self.widgets[key])
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = urls.file_id, name, len(content)
        info.file_urls.CopyFrom(urls)
        return self._ask([state], started=started)

    def _put(self, place: str, name: str, content: bytes) -> None:
        """Send a file as a form, as a browser does."""
        line = "musegnn-form"
        head = f'--{line}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        body = f"{head}Content-Type: application/octet-stream\r\n\r\n".encode() + content
        body += f"\r\n--{line}--\r\n".encode()
        with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=60) as answer:
            cookies = SimpleCookie(answer.headers.get("set-cookie", ""))
        token = cookies["_streamlit_xsrf"].value
        headers = {
            "Content-Type": f"multipart/form-data; boundary={line}",
            "Cookie": f"_streamlit_xsrf={token}",
            "X-Xsrftoken": token,
        }
        request = urllib.request.Request(
            f"{self.address}/{place.lstrip('/')}", data=body, headers=headers, method="PUT"
        )
        urllib.request.urlopen(request, timeout=60).close()

    def gesture(self, key: str, event: str, value: dict[str, Any]) -> Answer:
        """Report a gesture from a component."""
        payload = json.dumps([{"event": event, "value": value}])
        name = f"$$STREAMLIT_INTERNAL_KEY_{self.widgets[key]}__events"
        return self._ask([WidgetState(id=name, json_trigger_value=payload)])

    def _ask(
        self, changed: list[WidgetState], *, page: str = "", started: float | None = None
    ) -> Answer:
        """Send what changed and read until the page is complete."""
        message = BackMsg()
        client = message.rerun_script
        client.query_string = self._query
        client.page_script_hash = self._page_hash
        client.page_name = page
        client.widget_states.widgets.extend(changed)
        client.cached_message_hashes.extend(sorted(self._seen))
        client.context_info.timezone = "UTC"
        client.context_info.url = f"{self.address}/{page}"
        client.context_info.color_scheme = "light"
        began = time.perf_counter() if started is None else started
        self._socket.send(message.SerializeToString())
        return self._read(began)

    def _next(self, started: float) -> ForwardMsg:
        """Take the next message."""
        left = self._patience - (time.perf_counter() - started)
        data = self._socket.recv(timeout=max(left, 0.001))
        self._received += len(data)
        return ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())

    def _read(self, started: float) -> Answer:
        """Take the messages of one run, or of several when the page runs again by itself."""
        errors: list[str] = []
        self._received, title = 0, ""
        finished = ForwardMsg.ScriptFinishedStatus
        while True:
            message = self._next(started)
            if message.WhichOneof("type") == "ref_hash":
                message = self._seen[message.ref_hash]
            elif message.hash and message.metadata.cacheable:
                self._seen[message.hash] = message
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.widgets, self.elements, errors = {}, [], []
                self._session = message.new_session.initialize.session_id
            elif kind == "navigation":
                self._page_hash = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                title = self._take(message.delta.new_element, errors) or title
            elif kind == "script_finished" and (
                message.script_finished != finished.FINISHED_EARLY_FOR_RERUN
            ):
                seconds = time.perf_counter() - started
                return Answer(seconds, self._received, tuple(errors), title)

    def _take(self, element: Any, errors: list[str]) -> str:
        """Note what an element is; returns the title when it is one."""
        kind = element.WhichOneof("type")
        if kind is None:
            return ""
        part = getattr(element, kind)
        self.elements.append((kind, part.SerializeToString(deterministic=True)))
        name = getattr(part, "id", "")
        if isinstance(name, str) and name.startswith("$$ID-"):
            self.widgets[name.split("-", 2)[2]] = name
        if kind == "exception":
            errors.append(part.message)
        elif kind == "alert" and part.format == part.ERROR:
            errors.append(part.body)
        elif kind == "heading":
            return str(part.body) if part.tag == "h1" else ""
        return ""
