"""Named selections: sets of points a person keeps under a name, and the files made of them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.embeddings.vector_set import VectorSet, write_vector_set
from musegnn.errors import InputError
from musegnn.io.spreadsheet import guarded
from musegnn.screens.shell.selection import HISTORY_LIMIT, Selection, combine
from musegnn.validation import writable

NAME_LETTERS: Final = 60
MAXIMUM_NAMES: Final = 50
ATLAS_ROW: Final = "atlas_row"  # column of the file: row of the point in the whole atlas


@dataclass(frozen=True)
class NamedSelections:
    """Selections under names, in the order they were saved.

    Every change gives a new object, which remembers the ones before, so it can be undone.

    Parameters
    ----------
    selections
        What was saved; the label of a selection is its name.
    past
        What was saved before each of the last changes, newest last, at most `HISTORY_LIMIT`.
    """

    selections: tuple[Selection, ...] = ()
    past: tuple[tuple[Selection, ...], ...] = field(default=(), compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order they were saved."""
        return tuple(selection.label for selection in self.selections)

    def get(self, name: str) -> Selection:
        """Return the selection of a name.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        for selection in self.selections:
            if selection.label == name:
                return selection
        msg = f"Expected one of the saved selections, found {name!r}."
        raise InputError(msg, "Choose one from the list.")

    def save(self, name: str, selection: Selection) -> NamedSelections:
        """Keep a selection under a new name.

        Raises
        ------
        InputError
            If the name is empty, too long or taken, the selection is empty, or there are
            `MAXIMUM_NAMES` already.
        """
        clean = self._new_name(name)
        if not len(selection):
            msg = "Expected a selection to save, found nothing selected."
            raise InputError(msg, "Draw a lasso around points first.")
        if len(self.selections) >= MAXIMUM_NAMES:
            msg = f"Expected at most {MAXIMUM_NAMES} saved selections, found one more."
            raise InputError(msg, "Delete one first.")
        return self._change((*self.selections, Selection(selection.rows, clean)))

    def combine(self, first: str, second: str, *, mode: str, name: str) -> NamedSelections:
        """Keep what a set operation makes of two saved selections, under a new name.

        Parameters
        ----------
        first, second
            Their names.
        mode
            How, see `musegnn.screens.shell.selection.combine`.
        name
            Name of the result.

        Raises
        ------
        InputError
            If there is none of these names, the result is empty, or it cannot have the name.
        """
        result = combine(self.get(first), self.get(second), mode=mode)
        if not len(result):
            msg = f"Expected points that are left of {first!r} and {second!r} ({mode}), found none."
            raise InputError(msg, "Choose another operation.")
        return self.save(name, result)

    def rename(self, old: str, new: str) -> NamedSelections:
        """Give a selection another name; it keeps its place.

        Raises
        ------
        InputError
            If there is none of the old name, or the new one is empty, too long or taken.
        """
        if " ".join(new.split()) == old:
            return self
        chosen, clean = self.get(old), self._new_name(new)
        return self._change(
            tuple(
                dataclasses.replace(selection, label=clean) if selection is chosen else selection
                for selection in self.selections
            )
        )

    def delete(self, name: str) -> NamedSelections:
        """Forget a selection.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        chosen = self.get(name)
        kept = tuple(selection for selection in self.selections if selection is not chosen)
        return self._change(kept)

    def undo(self) -> NamedSelections:
        """Go back to what was saved before the last change; nothing happens without one."""
        return NamedSelections(self.past[-1], self.past[:-1]) if self.past else self

    def _change(self, selections: tuple[Selection, ...]) -> NamedSelections:
        """Replace what is saved and remember what was."""
        return NamedSelections(selections, (*self.past, self.selections)[-HISTORY_LIMIT:])

    def _new_name(self, name: str) -> str:
        """Check a name; blanks, tabs and line ends in it become single blanks."""
        clean = " ".join(name.split())
        if not 1 <= len(clean) <= NAME_LETTERS:
            msg = f"Expected a name of 1 to {NAME_LETTERS} letters, found {len(clean)}."
            raise InputError(msg, "Type another name.")
        if clean.casefold() in {other.casefold() for other in self.names}:
            msg = f"Expected a new name, found {clean!r}, which is taken."
            raise InputError(msg, "Type another name, or delete the old selection first.")
        return clean


def gmt_bytes(named: NamedSelections, vectors: VectorSet) -> bytes:
    """Write selections as sets in GMT: name, description, then each label once, sorted.

    Parameters
    ----------
    named
        The selections.
    vectors
        What their rows belong to.
    """
    labels = vectors.table[vectors.label].to_numpy(dtype=str)
    lines = []
    for selection in named.selections:
        description = f"{len(selection)} {vectors.unit} of {vectors.origin}"
        members = np.unique(labels[selection.rows]).tolist()
        cells = (guarded(cell) for cell in (selection.label, description, *members))
        lines.append("\t".join(writable(str(cell), in_a_line=True) for cell in cells) + "\n")
    return "".join(lines).encode("utf-8")


def selection_h5ad(selection: Selection, vectors: VectorSet) -> bytes:
    """Write the selected points as a smaller set, which scanpy and this program open.

    Vectors, map, names, contexts and provenance are those of the atlas; `obs['atlas_row']` is the
    row of each point there, and the provenance says how the points were selected.

    Raises
    ------
    InputError
        If nothing is selected.
    """
    from musegnn.io.atomic import scratch_folder  # noqa: PLC0415 - for files alone

    if not len(selection):
        msg = "Expected a selection, found nothing selected."
        raise InputError(msg, "Draw a lasso around points first.")
    rows = selection.rows
    about = {"label": selection.label, "n": len(rows), "of": len(vectors)}
    part = vectors.part(rows, selection=about)
    part = dataclasses.replace(part, table=part.table.assign(**{ATLAS_ROW: rows}))
    with scratch_folder() as folder:
        path = folder / keys.EMBEDDING_FILE
        write_vector_set(part, path)
        return path.read_bytes()
