"""What parts of a page ask for takes no page, press or value away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from musegnn.access.answers import Answer, Message, Receive, Send
from musegnn.access.given_values import GivenValues

Read = Callable[[bytes], Any]

# what is told once, in the message that carries it, and is no state of a widget
_TRIGGERS: Final = frozenset(
    {"trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value"}
)
_OF_COMPONENT: Final = "json_trigger_value"
# widgets that are told with what they say before they are touched
_BEGIN: Final = frozenset(
    {"text_input", "text_area", "number_input", "selectbox", "slider", "checkbox"}
)
# signs of a run that are no content: the browser counts on them whatever was drawn
_ALWAYS_SENT: Final = frozenset(
    {"session_status_changed", "file_urls_response", "heartbeat_ack", "backend_operation_response"}
)
_LARGEST_START: Final = 1 << 16  # bytes; what begins a run has some 2,000, a picture has millions


class LeftPages:
    """Keep what parts of a page ask for from harming what people ask for.

    A part of a page that runs by itself (a fragment of Streamlit) may ask in the moment between
    the press on a link and the first sign of the next page: names of a map that are to be made, a
    run that is watched twice a second. Streamlit then runs it after the next page, as a part of
    the page that was left, and the browser, told of that page, empties itself and stays so until
    it is loaded anew. The more there is to do on a server, the longer is that moment. What such a
    part asks for is dropped when another page has been asked for already.

    The browser also puts what happens at once into one message, and sends all of it as a question
    of the part if one is among them: a press on a button of the page in the moment in which a map
    asks for its names is told, but only the names are made. Such a message is passed on as one of
    the whole page, which runs its parts too.

    Values that a page gave its widgets while the browser was not ready for them are told again
    (`GivenValues`).

    Parameters
    ----------
    app
        What answers.
    read_asked, read_told
        Read what a browser asks of Streamlit, a `BackMsg`, and what it is told, a `ForwardMsg`.
    events
        What components call the events by which parts of a page ask by themselves.
    """

    def __init__(
        self, app: Answer, read_asked: Read, read_told: Read, events: Collection[str] = ()
    ) -> None:
        self.app = app
        self._readers = read_asked, read_told
        self._events = tuple(f'"event":"{name}"' for name in events)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        page = _Page(*self._readers, self._events)

        async def asked() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                data = message.get("bytes")
                heard = page.heard(data)
                if heard is not None or data is None:
                    return message if heard is data else {**message, "bytes": heard}

        async def told(message: Message) -> None:
            data = message.get("bytes") if message["type"] == "websocket.send" else None
            if data is None:
                await send(message)
            elif (said := page.tells(data)) is not None:
                await send(message if said is data else {**message, "bytes": said})

        await self.app(scope, asked, told)


class _Page:
    """The page of one tab, as both ends know it."""

    def __init__(self, read_asked: Read, read_told: Read, events: Collection[str]) -> None:
        self._events = events
        self._read_asked, self._read_told = read_asked, read_told
        self._current = ""  # its hash; "" until one is known
        self._is_left = False  # what runs now is a part of another page
        self._values: dict[str, int] = {}  # hash of what each widget is known to say
        self._given = GivenValues()

    def heard(self, data: bytes | None) -> bytes | None:
        """Return what is heard of a message of the browser; None for nothing."""
        message = _parsed(self._read_asked, data)
        if message is None or not message.HasField("rerun_script"):
            return data
        asked = message.rerun_script
        self._given.heard(asked)
        is_part = bool(asked.fragment_id)
        if is_part and not self._is_current(asked.page_script_hash):
            return None
        is_more = self._says_more(asked)
        if not is_part:
            self._current = asked.page_script_hash
            return data
        if asked.is_auto_rerun:
            # what was pressed comes by itself in the next message
            kept = [one for one in asked.widget_states.widgets if _kind(one) not in _TRIGGERS]
            if len(kept) == len(asked.widget_states.widgets):
                return data
            del asked.widget_states.widgets[:]
            asked.widget_states.widgets.extend(kept)
        elif is_more:
            asked.fragment_id = ""
        else:
            return data
        changed: bytes = message.SerializeToString()
        return changed

    def _says_more(self, asked: Any) -> bool:
        """Return whether a part asks by itself, and something else happened at once."""
        triggers, n_changed, asks = 0, 0, False
        for widget in asked.widget_states.widgets:
            kind = _kind(widget)
            if kind in _TRIGGERS:
                triggers += 1
                asks |= any(event in getattr(widget, _OF_COMPONENT) for event in self._events)
                continue
            value = _hash(getattr(widget, kind, None))
            # of a kind whose beginning is not known, the first may be what the page began with
            n_changed += self._values.get(widget.id, value) != value
            self._values[widget.id] = value
        return asks and triggers + n_changed > 1

    def _learn(self, element: Any) -> None:
        """Remember what a widget says before anybody has said something by it."""
        kind = element.WhichOneof("type")
        if kind not in _BEGIN:
            return
        widget = getattr(element, kind)
        if kind == "selectbox":
            value = widget.raw_value
            if not widget.set_value and 0 <= widget.default < len(widget.options):
                value = widget.options[widget.default]
        else:
            value = widget.value if widget.set_value else widget.default
        if widget.set_value:
            self._values[widget.id] = _hash(value)
        else:  # drawn again, it keeps what it says
            self._values.setdefault(widget.id, _hash(value))

    def tells(self, data: bytes) -> bytes | None:
        """Return what the browser is told of a message of the server; None for nothing."""
        if len(data) > _LARGEST_START and not self._is_left:
            return data
        message = _parsed(self._read_told, data)
        if message is None:
            return data
        kind = message.WhichOneof("type")
        if kind == "delta" and not self._is_left:
            is_given = self._given.repeats(message.delta)
            self._learn(message.delta.new_element)
            if is_given:
                # a browser that kept it under its old hash would show it in the place of that
                message.metadata.cacheable = False
                data = message.SerializeToString()
        elif kind == "new_session":
            page, parts = message.new_session.page_script_hash, message.metadata.run.fragment_ids
            self._is_left = bool(parts) and not self._is_current(page)
            if not self._is_left:
                self._given.begins(parts)
            if not parts:
                self._current = page
        elif kind == "navigation" and not self._is_left:
            # a run that begins without the name of a page learns which it is
            self._current = message.navigation.page_script_hash
        elif kind == "script_finished" and not self._is_left:
            self._given.ends(message.script_finished)
        return data if not self._is_left or kind in _ALWAYS_SENT else None

    def _is_current(self, page: str) -> bool:
        """Return whether a page is the one that was asked for last."""
        return not (page and self._current) or page == self._current


def _hash(value: Any) -> int:
    """Return a hash of what a widget says, the same from both ends."""
    if value is None or isinstance(value, str | bytes | bool | int | float):
        return hash(value)
    if hasattr(value, "DESCRIPTOR"):  # a message: of lists the values stand in it
        value = getattr(value, "data", b"")
    return hash(value if isinstance(value, bytes) else tuple(value))


def _kind(widget: Any) -> str:
    """Return what a widget says."""
    return str(widget.WhichOneof("value"))


def _parsed(read: Read, data: bytes | None) -> Any:
    """Read a message; None for what is none: who gets it says what is wrong with it."""
    if data is None:
        return None
    try:
        return read(data)
    except Exception:  # noqa: BLE001 - its class is of a library that only Streamlit needs
        return None
