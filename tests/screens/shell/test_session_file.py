import json
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.errors import DataFileError, InputError
from musegnn.screens.shell import session_file
from musegnn.screens.shell.named_selections import MAXIMUM_NAMES, NamedSelections
from musegnn.screens.shell.notes import notes_table, write_note
from musegnn.screens.shell.selection import NOTHING, Selection
from musegnn.screens.shell.session_file import MOST_NOTES, read_session, save_session
from musegnn.screens.shell.session_restore import restore

OLD = Path(__file__).with_name("session_version_1.json")
ATLAS = "2f038762aabbccdd"
WHOLE = {
    "format": "musegnn-session",
    "version": 2,
    "made": "2026-06-01T12:00:00Z",
    "atlas": {"id": ATLAS},
}


def select(*rows, label=""):
    return Selection(np.array(sorted(rows), dtype=np.int64), label)


def reopen(data, atlas, *, named=None, known=None):
    return restore(
        read_session(data),
        vectors=atlas,
        named=named or NamedSelections(),
        known=known or {"contexts": tuple(atlas.datasets.index.astype(str))},
    )


def test_a_session_comes_back_whole(atlas):
    named = NamedSelections().save("islet", select(5, 700)).save("one", select(9))
    notes = write_note((), about="INS", text="*why* here?\nsecond line", author="A. B.")
    fields = {"gene": "Ins2", "dataset": "spleen_mouse", "colour": "cluster", "k": "35"}
    selection = select(*range(0, 900, 7), label="drawn on the map")
    data = save_session(
        atlas,
        fields={**fields, "scope": "this context", "selection": "~AAAA"},
        gene_list="CD3E\nCD4",
        selection=selection,
        named=named,
        notes=notes,
    )
    back = reopen(data, atlas)
    assert back.fields == fields
    assert back.gene_list == "CD3E\nCD4"
    np.testing.assert_array_equal(back.selection.rows, selection.rows)
    assert back.selection.label == "drawn on the map"
    assert back.named.names == ("islet", "one")
    assert back.named.get("islet").rows.tolist() == [5, 700]
    assert back.notes == notes
    assert len(back.messages) == 2
    assert "on this atlas loaded" in back.messages[0]
    assert "a list of 2 names, 2 saved selections" in back.messages[1]
    content = json.loads(data)
    assert content["version"] == 2
    assert content["atlas"] == {
        "id": atlas.id,
        "name": "synthetic-atlas",
        "configuration": "3f9a2c7d",
    }


@settings(max_examples=25)
@given(rows=st.frozensets(st.integers(0, 900), max_size=60))
def test_every_selection_comes_back(atlas, rows):
    data = save_session(atlas, fields={}, selection=select(*rows))
    assert reopen(data, atlas).selection.rows.tolist() == sorted(rows)


def test_a_session_of_version_1_still_opens(atlas):
    back = reopen(OLD.read_bytes(), atlas)
    assert back.fields == {"gene": "CD3E", "dataset": "blood_human", "colour": "cluster"}
    assert back.gene_list == "CD3E\nGCG"
    expected = [atlas.row("CD3E", "blood_human"), atlas.row("Cd3e", "spleen_mouse")]
    assert back.selection.rows.tolist() == sorted(expected)
    assert len(back.named.get("T cell")) == 2
    text = "\n".join(back.messages)
    assert "on another atlas (`synthetic-atlas`, configuration `3f9a2c7d`)" in text
    assert "`T cell`: 2 of 3 genes in context are in this atlas" in text
    assert "no context `another_context`" in text


def test_what_the_opened_atlas_lacks_is_dropped_and_said(atlas):
    content = {
        **WHOLE,
        "fields": {"dataset": "brain_human", "colour": "sparkle", "old_field": "1", "k": "7"},
        "selection": {"points": {"blood_human": ["CD3E", "NOPE"], "brain_human": ["CD3E"]}},
        "saved": [{"name": "gone", "points": {"brain_human": ["CD3E"]}}],
    }
    back = reopen(json.dumps(content).encode(), atlas)
    assert back.fields == {"k": "7"}
    assert back.selection.rows.tolist() == [atlas.row("CD3E", "blood_human")]
    assert back.named.names == ()
    text = "\n".join(back.messages)
    for words in (
        "`dataset` of the session was left out",
        "`colour` of the session was left out",
        "`old_field`",
        "The selection: 1 of 3 genes in context",
        "`gone`: 0 of 1 genes in context",
    ):
        assert words in text


def test_saved_selections_join_those_that_are_there(atlas):
    named = NamedSelections().save("same", select(1, 2)).save("other", select(3))
    data = save_session(
        atlas,
        fields={},
        named=NamedSelections().save("same", select(1, 2)).save("OTHER", select(4)),
    )
    back = reopen(data, atlas, named=named)
    assert back.named.names == ("same", "other", "OTHER (2)")
    assert back.named.get("OTHER (2)").rows.tolist() == [4]


def test_saved_selections_beyond_the_limit_are_said(atlas):
    full = NamedSelections()
    for number in range(MAXIMUM_NAMES):
        full = full.save(f"set {number}", select(number))
    data = save_session(atlas, fields={}, named=NamedSelections().save("one more", select(99)))
    back = reopen(data, atlas, named=full)
    assert back.named == full
    assert "Saved selections left out: `one more`" in back.messages[-1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "session file in JSON"),
        (b"\xff\xfe\x00", "session file in JSON"),
        (b"[" * 200_000, "session file in JSON"),
        (b"null", "found none"),
        (b'{"format": "something else"}', "found none"),
        (b'{"format": "musegnn-session"}', "version 1 to 2, found 'None'"),
        (b'{"format": "musegnn-session", "version": 3}', "version 1 to 2, found '3'"),
        (b'{"format": "musegnn-session", "version": true}', "version 1 to 2"),
        (b'{"format": "musegnn-session", "version": 1}', "found parts of one"),
        (
            b'{"format": "musegnn-session", "version": 1, "made": 1, "atlas": 2, "saved": 3}',
            "found",
        ),
        (json.dumps({**WHOLE, "fields": {"gene": 1}}).encode(), "`fields.gene`"),
        (json.dumps({**WHOLE, "more": 1}).encode(), "`more`"),
        (json.dumps({**WHOLE, "made": "2026-06-01"}).encode(), "`made`"),
        (json.dumps({**WHOLE, "gene_list": "\ud800"}).encode(), "half a character"),
        (json.dumps({**WHOLE, "gene_list": "x" * 1_000_001}).encode(), "`gene_list`"),
        (json.dumps({**WHOLE, "saved": [{"name": "x"}] * 51}).encode(), "`saved`"),
        (json.dumps({**WHOLE, "atlas": {"id": "x" * 201}}).encode(), "`atlas.id`"),
    ],
)
def test_a_file_that_is_no_session_is_explained(data, words):
    with pytest.raises(DataFileError, match="Expected") as caught:
        read_session(data)
    assert words in caught.value.message


def test_a_file_that_is_too_large_is_refused_before_it_is_read(atlas, monkeypatch):
    monkeypatch.setattr(session_file, "MOST_BYTES", 1_000)
    with pytest.raises(DataFileError, match="at most 1,000 bytes, found 1,001"):
        read_session(b" " * 1_001)
    with pytest.raises(InputError, match="at most 1,000 bytes"):
        save_session(atlas, fields={}, selection=select(*range(500)))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_odd_parts_end_in_a_message(part):
    for name in ("fields", "selection", "saved", "notes", "made", "atlas", "gene_list"):
        for version in (1, 2):
            data = json.dumps({**WHOLE, name: part, "version": version}).encode()
            try:
                read_session(data)
            except DataFileError as error:
                assert "Expected" in error.message  # noqa: PT017


def test_nothing_chosen_makes_a_small_file(atlas):
    data = save_session(atlas, fields={"colour": ""}, selection=NOTHING)
    assert len(data) < 400
    assert reopen(data, atlas).fields == {}


def test_notes_are_listed_newest_first():
    notes = write_note((), about="INS\n in  islets", text="first", author="A")
    notes = write_note(notes, about="", text=" second ", author="")
    table = notes_table(notes)
    assert table["text"].tolist() == ["second", "first"]
    assert table["about"].tolist() == ["the atlas", "INS in islets"]
    assert table["time"].str.endswith("+00:00").all()


def test_empty_long_and_too_many_notes_are_refused():
    with pytest.raises(InputError, match="found 0"):
        write_note((), about="", text="  ", author="")
    with pytest.raises(InputError, match="found 2,001"):
        write_note((), about="", text="x" * 2_001, author="")
    notes = write_note((), about="", text="x", author="") * MOST_NOTES
    with pytest.raises(InputError, match=f"at most {MOST_NOTES}"):
        write_note(notes, about="", text="x", author="")


STAMPS = {
    "format": session_file.FORMAT,
    "version": 2,
    "made": "2026-01-02T03:04:05Z",
    "atlas": {"id": "x"},
}
WRONG = [0] * 400_000
BAD_CONTENTS = {
    "points": {"selection": {"points": {"a": WRONG}}},
    "points of many contexts": {"selection": {"points": dict.fromkeys(map(str, range(19_000)), 0)}},
    "saved": {"saved": WRONG},
    "saved points": {"saved": [{"points": {"a": [0] * 9_000}} for _ in range(40)]},
    "notes": {"notes": WRONG},
    "fields": {"fields": dict.fromkeys(map(str, range(19_000)), 0)},
    "unknown keys": dict.fromkeys(map(str, range(19_000)), 0),
    "more keys than any session": {"fields": dict.fromkeys(map(str, range(21_000)), "")},
    "a text": {"gene_list": WRONG},
}


@pytest.mark.parametrize("name", BAD_CONTENTS)
def test_many_wrong_values_are_told_in_little_time_and_memory(name):
    data = json.dumps(STAMPS | BAD_CONTENTS[name], separators=(",", ":")).encode()
    assert len(data) <= session_file.MOST_BYTES
    started = time.process_time()
    tracemalloc.start()
    with pytest.raises(DataFileError, match=r"Expected the values of a session|keys"):
        session_file.read_session(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 << 20
    assert time.process_time() - started < 5


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 9_000, b'{"a": NaN}', b"\xff", b""])
def test_json_that_is_no_session_is_refused(text):
    with pytest.raises(DataFileError, match="Expected a session file in JSON"):
        session_file.read_session(text)
