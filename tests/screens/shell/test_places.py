"""No text tells a visitor where files lie on the server: asked of all readers."""

from __future__ import annotations

import contextlib

import pytest

from benchmarks.hostile.doors import DOORS, Room
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import MuseGNNError
from musegnn.screens.shell import words
from musegnn.screens.shell.words import escaped, prose

SECRET = "kept-of-the-lab"
CONTENTS = {
    "nothing.h5ad": b"",
    "junk.tsv.gz": b"\x1f\x8bjunk",
    "odd.csv": b"cell,INS\n\x00,=1\n",
    "sets.gmt": b"a\tb\n",
    "odd.json": b'{"a": [1, {"b": null}]}',
}


@pytest.fixture
def told(monkeypatch):
    """Texts of a server that hides where it lies, and knows nothing of the folder of the test."""
    monkeypatch.setattr(words, "_PLACES", [lambda: ("/nowhere/at/all",)])


@pytest.mark.parametrize("name", DOORS)
def test_no_error_of_a_reader_tells_its_folder(name, told, atlas, tmp_path):
    place = tmp_path / SECRET / "inner.d"
    place.mkdir(parents=True)
    room = Room(tmp_path / SECRET / "room", Atlas(atlas, GeneSearch(atlas)))
    room.knowledge.mkdir(parents=True)
    room.runs.mkdir()
    found = []
    for file, content in CONTENTS.items():
        (place / file).write_bytes(content)
    for path in (*(place / file for file in CONTENTS), place / "missing.h5ad", place):
        with contextlib.suppress(Exception):  # what is no sentence is told as a number
            try:
                DOORS[name].enter(path, room)
            except MuseGNNError as error:
                found.append(error)
    for error in found:
        for shown in (
            prose(f"**{error.message}**\n\n{error.hint}"),
            escaped(error),
        ):
            assert SECRET not in shown, str(error)
            assert "inner.d/" not in shown, str(error)
    if name == "command graph":  # else nothing was hidden
        assert sum(SECRET in str(error) for error in found) > 2


@pytest.mark.parametrize(
    "text",
    [
        "Expected 3/4 of and/or a b/c, found 1/2.",
        "See https://a.example/b/c/d.html and /Gene?gene=CD3E.",
        "layers/counts, obs/kind, matrix/features/id, var['a/b/c']",
        "12 km/h or x/y/z",
    ],
)
def test_what_is_no_place_stays(text, told):
    assert words.without_places(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("found none in /srv/a/b.h5ad.", "found none in b.h5ad."),
        ("('/srv/lab/x/f.csv')", "('f.csv')"),
        ("at /srv/lab/x/, found", "at this server, found"),
        ("`/srv/lab/q.tsv`: 3", "`q.tsv`: 3"),
    ],
)
def test_a_place_nobody_foresaw_is_left_out_too(text, shown, told):
    assert words.without_places(text) == shown
