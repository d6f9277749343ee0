"""Session restored: what a session file means on the opened atlas, which may be another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import InputError
from musegnn.screens.shell import permalink
from musegnn.screens.shell.link_field import quoted
from musegnn.screens.shell.named_selections import MAXIMUM_NAMES, NAME_LETTERS, NamedSelections
from musegnn.screens.shell.screen import screens
from musegnn.screens.shell.selection import NOTHING, Selection
from musegnn.screens.shell.session_file import IN_FULL, Note, SavedPoints, SessionFile
from musegnn.validation import format_list


@dataclass(frozen=True)
class Restored:
    """What a session file means on the opened atlas.

    Parameters
    ----------
    fields
        Values that can be used.
    gene_list
        Pasted gene list.
    selection
        Current selection, in rows of the opened atlas.
    named
        The saved selections that were there, followed by those of the file.
    notes
        Notes of the file.
    messages
        What was kept and what was dropped, Markdown sentences.
    page
        Page to open, "" to stay.
    """

    fields: dict[str, str]
    gene_list: str
    selection: Selection
    named: NamedSelections
    notes: tuple[Note, ...]
    messages: tuple[str, ...]
    page: str = ""


def restore(
    session: SessionFile,
    *,
    vectors: VectorSet | None,
    named: NamedSelections,
    known: Mapping[str, tuple[str, ...]],
) -> Restored:
    """Look for everything a session names in the opened atlas.

    Parameters
    ----------
    session
        What was read.
    vectors
        What is opened; without it, selections are left out.
    named
        Saved selections that are there; they stay.
    known
        Names in the opened atlas, as `musegnn.screens.shell.permalink.decode` takes them.
    """
    messages = [_origin(session, vectors)]
    fields = {name: text for name, text in session.fields.items() if name not in IN_FULL}
    linked = permalink.decode(fields, known=known)
    messages += [message.replace("of the link", "of the session") for message in linked.messages]
    selection, note = _to_rows(session.selection, vectors, "The selection")
    messages += note
    dropped = []
    for entry in session.saved:
        points, note = _to_rows(entry, vectors, f"`{quoted(entry.name)}`")
        messages += note
        try:
            named = _join(named, points) if len(points) else named
        except InputError as error:
            dropped.append(f"`{quoted(entry.name)}` ({error.message})")
    if dropped:
        messages.append(f"Saved selections left out: {format_list(dropped)}.")
    messages.insert(1, _brought(session, linked.values, selection))
    return Restored(
        fields=linked.values,
        gene_list=session.gene_list,
        selection=selection,
        named=named,
        notes=tuple(session.notes),
        messages=tuple(messages),
        page=session.page if session.page in {screen.name for screen in screens()} else "",
    )


def _brought(session: SessionFile, fields: Mapping[str, str], selection: Selection) -> str:
    """List what came back."""
    n_listed, n_saved, n_notes = (
        len(session.gene_list.split()),
        len(session.saved),
        len(session.notes),
    )
    found = (
        f"the gene `{quoted(fields['gene'])}`" if fields.get("gene") else "",
        f"{len(selection):,} selected" if len(selection) else "",
        f"a list of {n_listed:,} name{'s' if n_listed != 1 else ''}" if n_listed else "",
        f"{n_saved} saved selection{'s' if n_saved != 1 else ''}" if n_saved else "",
        f"{n_notes} note{'s' if n_notes != 1 else ''}" if n_notes else "",
    )
    told = ", ".join(filter(None, found))
    return f"Brought back: {told or 'what was chosen on the pages'}."


def _origin(session: SessionFile, vectors: VectorSet | None) -> str:
    """Say where the session comes from, and what another atlas means for it."""
    day = session.made.date().isoformat()
    if vectors is None or not session.atlas.id:
        on = f"on {vectors.name}" if vectors is not None else "without an atlas"
        made_on = f"on `{quoted(session.atlas.name)}`" if session.atlas.id else "without an atlas"
        return f"Session of {day}, made {made_on}, loaded {on}."
    if session.atlas.id == vectors.id:
        return f"Session of {day} on this atlas loaded."
    return (
        f"Session of {day} on another atlas (`{quoted(session.atlas.name)}`, "
        f"configuration `{quoted(session.atlas.configuration)}`) loaded on "
        f"{vectors.name}: {vectors.unit} were looked up by name; their places on the map, "
        "clusters and neighbours are those of this atlas."
    )


def _join(named: NamedSelections, points: Selection) -> NamedSelections:
    """Add a selection; the same one is not kept twice, another of the same name gets a number."""
    base = " ".join(points.label.split())
    for number in range(1, MAXIMUM_NAMES + 2):
        ending = f" ({number})" if number > 1 else ""
        name = f"{base[: NAME_LETTERS - len(ending)]}{ending}"
        there = [entry for entry in named.selections if entry.label.casefold() == name.casefold()]
        if not there:
            return named.save(name, points)
        if np.array_equal(there[0].rows, points.rows):
            return named
    return named


def _to_rows(
    saved: SavedPoints, vectors: VectorSet | None, what: str
) -> tuple[Selection, list[str]]:
    """Find the rows of named points, and say how many are not in this atlas."""
    if vectors is None:
        is_lost = [f"{what} was left out: no atlas is loaded."] if saved.points else []
        return NOTHING, is_lost
    selection = Selection(vectors.rows_named(saved.points), saved.name)
    n_named = sum(len(set(labels)) for labels in saved.points.values())
    if len(selection) == n_named:
        return selection, []
    text = f"{what}: {len(selection):,} of {n_named:,} {vectors.unit} are in this atlas"
    absent = sorted(quoted(place) for place in saved.points if not len(vectors.rows_within(place)))
    if absent:
        text += f"; it has no context `{format_list(absent)}`"
    return selection, [f"{text}."]
