from typing import get_args

import pytest

from musegnn.runs.states import State
from musegnn.screens.runs.view_list import STATE_MEANINGS
from musegnn.screens.shell import words
from musegnn.screens.shell.words import (
    digits,
    duration,
    escaped,
    memory,
    moment,
    prose,
    without_places,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "\u2013"),
        (float("nan"), "\u2013"),
        (-1, "\u2013"),
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (3605, "1 h"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\u2013"),
        (0, "0"),
        (0.95123, "0.951"),
        (12.345, "12.3"),
        (123.45, "123"),
        (12345.6, "12,346"),
        (-0.0123456, "-0.0123"),
        (0.00001234, "1.23e-05"),
    ],
)
def test_numbers_have_three_significant_digits(value, text):
    assert digits(value) == text


def test_memory_has_a_unit():
    assert memory(512) == "512 MiB"
    assert memory(2048) == "2.00 GiB"
    assert memory(0) == memory(None) == "\u2013"


def test_every_state_has_a_meaning():
    assert set(STATE_MEANINGS) == set(get_args(State))


def test_no_moment_reads_as_nothing():
    assert moment(None) == "\u2013"


def test_a_name_cannot_draw_pictures_or_links():
    name = "![x](http://a.b) :red[*] <b> $x$ `c` www.a.b a@b.c :+1: &amp; \\"
    shown = escaped(name)
    for sign in ("[", "]", "*", "<", "$", "`", "&", "\\red"):
        assert shown.count(sign) == shown.count("\\" + sign)
    for sign in ("http:", "www", "a@"):  # nothing that links are made of stays together
        assert shown.count(sign) == shown.count(sign + "\u2060") == 1
    assert escaped("heart-and-liver: 2.5") == "heart-and-liver: 2.5"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("**Bold** and *slanted*, `a[0]|b`.  \nNext", "**Bold** and *slanted*, `a[0]|b`.  \nNext"),
        ("- one\n- two\n\n1. three", "- one\n- two\n\n1. three"),
        ("HLA-A*02:01 and HLA-B*07:02", "HLA-A\\*02:01 and HLA-B\\*07:02"),
        ("![p](x) in **![p](x)**", "!\\[p\\](x) in **!\\[p\\](x)**"),
        ("an open ` and ![p](x) `` here", "an open \\` and !\\[p\\](x) \\`\\` here"),
        ("a \\[b](x)", "a \\[b\\](x)"),
        ("# big\n> said\n+ x", "\\# big\n\\> said\n\\+ x"),
        ("q < 0.05, n >= 2", "q < 0.05, n >= 2"),
        ("up\u202ednu\ud800", "up\ufffddnu\ufffd"),
    ],
)
def test_a_sentence_keeps_its_emphasis_and_nothing_else(said, shown):
    assert prose(said) == shown
    assert prose(shown) == shown


def test_what_is_escaped_stays_so_in_a_sentence():
    for name in ("![x](http://a.b)", ":red[x] :smile:", "HLA-A*02:01", "www.a.b -> `c`\n# d"):
        assert prose(f"of **{escaped(name)}**") == f"of **{escaped(name)}**"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Expected a run x in /var/lib/m/runs, found none.", "Expected a run x in this server,"),
        ("found no file: /var/lib/m/runs/x/config.json.", "found no file: x/config.json."),
        ("`/var/lib/m/runs`", "`this server`"),
        ("/var/lib/m/links/a and /var/lib/m/runs/b", "links/a and b"),
        ("/var/lib/m/runs2/x", "runs2/x"),
        ("/var/lib/mine and 3/4", "mine and 3/4"),
    ],
)
def test_where_things_lie_on_the_server_is_left_out_for_who_need_not_know(text, shown, monkeypatch):
    assert without_places(text) == text
    monkeypatch.setattr(words, "_PLACES", [lambda: ("/var/lib/m/runs", "/var/lib/m")])
    assert without_places(text).startswith(shown)
    assert prose(text).startswith(shown)
    monkeypatch.setattr(words, "_PLACES", [tuple])
    assert without_places(text) == text
