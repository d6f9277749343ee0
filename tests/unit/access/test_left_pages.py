"""A part of a page that was left asks for nothing; all else comes through."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from musegnn.access.left_pages import LeftPages


def asks(page, *, part=""):
    message = BackMsg()
    message.rerun_script.page_script_hash = page
    message.rerun_script.fragment_id = part
    return "asks", message.SerializeToString()


def begins(page, *parts):
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    message.metadata.run.fragment_ids.extend(parts)
    return "tells", message.SerializeToString()


def finds(page):
    message = ForwardMsg()
    message.navigation.page_script_hash = page
    return "tells", message.SerializeToString()


def draws(text):
    message = ForwardMsg()
    message.delta.new_element.text.body = text
    return "tells", message.SerializeToString()


def ends():
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    return "tells", message.SerializeToString()


def is_running(*, yes):
    message = ForwardMsg()
    message.session_status_changed.script_is_running = yes
    return "tells", message.SerializeToString()


def says(page, *, part="", is_auto=False, values=(), pressed=(), events=()):
    """What a browser asks with what its widgets say."""
    message = BackMsg()
    asked = message.rerun_script
    asked.page_script_hash, asked.fragment_id, asked.is_auto_rerun = page, part, is_auto
    for name, value in values:
        asked.widget_states.widgets.add(id=name, string_value=value)
    for name in pressed:
        asked.widget_states.widgets.add(id=name, trigger_value=True)
    for name, event in events:
        asked.widget_states.widgets.add(id=name, json_trigger_value=f'[{{"event":"{event}"}}]')
    return message.SerializeToString()


def heard(*asked, drawn=()):
    """What the server hears of messages of one tab: the part, and what each widget is."""
    found = []

    async def behind(scope, receive, send):
        for _, data in drawn:
            await send({"type": "websocket.send", "bytes": data})
        for _ in asked:
            message = BackMsg.FromString((await receive())["bytes"]).rerun_script
            found.append((message.fragment_id, {one.id for one in message.widget_states.widgets}))

    async def run():
        queue = asyncio.Queue()
        for data in asked:
            await queue.put({"type": "websocket.receive", "bytes": data})
        server = LeftPages(behind, BackMsg.FromString, ForwardMsg.FromString, ("ask",))
        await server({"type": "websocket"}, queue.get, keep)

    async def keep(message):
        pass

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
    return found


def test_a_press_in_the_moment_in_which_a_part_asks_is_one_of_the_whole_page():
    ask = {"part": "names", "events": [("map", "ask")]}
    assert heard(says("home", **ask)) == [("names", {"map"})]
    assert heard(says("home", **ask, pressed=["open"])) == [("", {"map", "open"})]
    both = {"part": "names", "events": [("map", "ask"), ("lasso", "gesture")]}
    assert heard(says("home", **both)) == [("", {"map", "lasso"})]


def test_a_text_that_is_sent_with_a_question_of_a_part_is_one_of_the_whole_page():
    ask = {"part": "names", "events": [("map", "ask")]}
    before, after = [("gene", "")], [("gene", "CD3E")]
    steps = [says("home", values=before), *[says("home", **ask, values=after)] * 2]
    assert [part for part, _ in heard(*steps)] == ["", "", "names"]
    # what a page begins with was pressed by nobody
    assert heard(says("home"), says("home", **ask, values=after))[1][0] == "names"


def shows(kind, name, **fields):
    """A widget as the server draws it."""
    message = ForwardMsg()
    widget = getattr(message.delta.new_element, kind)
    widget.id = name
    for field, value in fields.items():
        if isinstance(value, list):
            getattr(widget, field).extend(value)
        else:
            setattr(widget, field, value)
    return "tells", message.SerializeToString()


@pytest.mark.parametrize(
    ("drawn", "same", "other"),
    [
        (shows("text_input", "w", default="INS"), {"string_value": "INS"}, {"string_value": ""}),
        (
            shows("text_area", "w", value="A B", set_value=True),
            {"string_value": "A B"},
            {"string_value": "A"},
        ),
        (
            shows("selectbox", "w", options=["PDF", "SVG"], default=1),
            {"string_value": "SVG"},
            {"string_value": "PDF"},
        ),
        (shows("checkbox", "w", default=True), {"bool_value": True}, {"bool_value": False}),
        (shows("number_input", "w", default=7), {"double_value": 7.0}, {"double_value": 7.5}),
        (
            shows("slider", "w", default=[20.0]),
            {"double_array_value": [20]},
            {"double_array_value": [5]},
        ),
    ],
    ids=lambda value: "",
)
def test_what_a_widget_begins_with_is_known_before_it_is_touched(drawn, same, other):
    def asks_with(value):
        message = BackMsg()
        asked = message.rerun_script
        asked.page_script_hash, asked.fragment_id = "home", "names"
        ((field, said),) = value.items()
        widget = asked.widget_states.widgets.add(id="w")
        if isinstance(said, list):
            getattr(widget, field).data.extend(said)
        else:
            setattr(widget, field, said)
        asked.widget_states.widgets.add(id="map", json_trigger_value='[{"event":"ask"}]')
        return message.SerializeToString()

    assert [part for part, _ in heard(asks_with(same), drawn=[drawn])] == ["names"]
    assert [part for part, _ in heard(asks_with(other), drawn=[drawn])] == [""]


def test_a_widget_that_is_drawn_again_keeps_what_it_said():
    ask = {"part": "names", "events": [("map", "ask")]}
    drawn = [shows("text_input", "gene"), shows("text_input", "gene")]
    steps = [says("home", values=[("gene", "INS")]), says("home", **ask, values=[("gene", "INS")])]
    assert [part for part, _ in heard(*steps, drawn=drawn)] == ["", "names"]
    # a list without a choice, and one that names a place beyond its end
    for options in ([], ["a"]):
        strange = shows("selectbox", "gene", options=options, default=9)
        assert heard(says("home", **ask), drawn=[strange])[0][0] == "names"


def test_a_widget_of_a_part_asks_for_that_part():
    only = {"part": "dialog"}
    steps = [
        says("home", **only, values=[("width", "89")]),
        says("home", **only, values=[("width", "183")], pressed=["save"]),
        says("home", **only, values=[("width", "89")], events=[("figure", "wanted")]),
    ]
    assert [part for part, _ in heard(*steps)] == ["dialog"] * 3


def test_what_is_pressed_while_a_part_runs_by_the_clock_is_done_once():
    steps = [
        says("runs", part="watch", is_auto=True, values=[("k", "2")], pressed=["delete"]),
        says("runs", values=[("k", "2")], pressed=["delete"]),
        says("runs", part="watch", is_auto=True, values=[("k", "2")]),
    ]
    assert heard(*steps) == [("watch", {"k"}), ("", {"k", "delete"}), ("watch", {"k"})]


def come_through(*steps):
    """Which of the messages of a tab, of both ends in this order, reach the other end."""
    asked = asyncio.Queue()
    through = []

    async def behind(scope, receive, send):
        # the server hears what is asked when it comes, and tells what the steps say
        for number, (who, data) in enumerate(steps):
            if who == "tells":
                await send({"type": "websocket.send", "bytes": data, "number": number})
                continue
            await asked.put({"type": "websocket.receive", "bytes": data, "number": number})
            await asked.put({"type": "websocket.receive", "bytes": b"", "number": None})
            while (message := await receive())["number"] is not None:
                through.append(message["number"])

    async def keep(message):
        through.append(message["number"])

    # a browser of other tests may keep a loop in this thread
    with ThreadPoolExecutor(1) as thread:
        server = LeftPages(behind, BackMsg.FromString, ForwardMsg.FromString)
        thread.submit(asyncio.run, server({"type": "websocket"}, asked.get, keep)).result()
    return through


def dropped(*steps):
    return sorted(set(range(len(steps))) - set(come_through(*steps)))


def test_a_part_asks_on_its_own_page():
    assert not dropped(
        asks(""), begins("home"), draws("title"), ends(),
        asks("home", part="names"), begins("home", "names"), draws("named"), ends(),
        asks("gene"), begins("gene"), draws("title"), ends(),
        asks("gene", part="card"), begins("gene", "card"), draws("card"), ends(),
    )  # fmt: skip


def test_a_part_asks_on_the_first_page_which_has_no_name_yet():
    first = [asks(""), begins("app"), finds("home"), draws("title"), ends()]
    part = [asks("home", part="names"), begins("home", "names"), draws("named"), ends()]
    assert not dropped(*first, *part)
    assert dropped(*first, asks("gene"), part[0]) == [6]


def test_a_part_of_a_page_that_was_left_is_not_heard():
    steps = [
        *(asks(""), begins("home"), ends()),
        *(asks("gene"), asks("home", part="names"), begins("gene"), draws("title"), ends()),
        # a slow line: the next page is drawn before the browser knows
        *(asks("home", part="names"), asks("gene", part="card")),
    ]
    assert dropped(*steps) == [4, 8]


def test_a_page_that_the_server_turns_to_is_left_as_well():
    steps = [
        *(asks(""), begins("home"), ends()),
        # pressed on Home, whose script leads to the atlas; a part of Home asked meanwhile
        *(asks("home"), begins("home"), asks("home", part="names")),
        *(begins("atlas"), draws("title"), ends()),
        *(is_running(yes=True), begins("home", "names"), draws("names"), ends()),
        *(is_running(yes=False), asks("atlas"), begins("atlas"), draws("title"), ends()),
    ]
    assert dropped(*steps) == [10, 11, 12]


def test_large_pictures_come_through_unless_their_page_was_left():
    picture = draws("x" * 200_000)
    assert not dropped(asks(""), begins("home"), picture)
    steps = [begins("atlas"), begins("home", "names"), picture, begins("atlas"), picture]
    assert dropped(*steps) == [1, 2]


@pytest.mark.parametrize("data", [None, b"", b"\xff\xff\xff", b"\x5a\xff", "ä".encode() * 9])
def test_what_is_no_message_is_left_to_who_hears_it(data):
    assert not dropped(asks("home"), ("asks", data), ("tells", data))


def test_what_is_no_websocket_comes_through():
    told = []

    async def behind(scope, receive, send):
        told.append((scope, receive, send))

    with ThreadPoolExecutor(1) as thread:
        thread.submit(
            asyncio.run,
            LeftPages(behind, BackMsg.FromString, ForwardMsg.FromString)({"type": "http"}, 1, 2),
        ).result()
    assert told == [({"type": "http"}, 1, 2)]


def test_a_browser_that_was_not_ready_is_given_a_value_again():
    told = []

    async def keep(message):
        told.append(ForwardMsg.FromString(message["bytes"]))

    async def behind(scope, receive, send):
        for _, data in steps:
            await send({"type": "websocket.send", "bytes": data})

    given = shows("number_input", "epochs", value=40.0, set_value=True)
    again = ForwardMsg.FromString(shows("number_input", "epochs", min=1.0)[1])
    again.hash, again.metadata.cacheable = "h", True
    steps = [
        *(begins("runs"), given, ends()),
        *(begins("runs", "form"), ("tells", again.SerializeToString())),
    ]
    with ThreadPoolExecutor(1) as thread:
        server = LeftPages(behind, BackMsg.FromString, ForwardMsg.FromString)
        thread.submit(asyncio.run, server({"type": "websocket"}, None, keep)).result()
    assert [told[i] for i in (0, 1, 2, 3)] == [ForwardMsg.FromString(data) for _, data in steps[:4]]
    number = told[4].delta.new_element.number_input
    assert (number.value, number.set_value, number.min) == (40.0, True, 1.0)
    assert not told[4].metadata.cacheable  # else it would be shown wherever its hash is named
