"""Linked content: a selection and a gene list as a link carries them, in full or by their id."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Any, Final

import numpy as np

from musegnn.errors import InputError
from musegnn.screens.shell.link_field import CONTENT_ID
from musegnn.screens.shell.selection import Selection
from musegnn.screens.shell.shared_fields import INLINE, LIST_VALUE
from musegnn.screens.shell.stored_content import ContentStore

_ATLAS_LETTERS: Final = 8  # of the id of the atlas, so that rows of another one are noticed
_MOST_ROWS: Final = 5_000  # what a value of `INLINE` characters can unfold to
_SEPARATORS: Final = re.compile(r"[\s,;]+")


def write_selection(selection: Selection, *, atlas_id: str, store: ContentStore) -> str:
    """Return the value of a link that means these rows: short ones in full, long ones stored.

    Parameters
    ----------
    selection
        The rows; nothing selected gives "".
    atlas_id
        Hash of the points of the atlas, at least eight hexadecimal letters.
    store
        Where long ones are kept.

    Raises
    ------
    DataFileError
        If a long one cannot be kept.
    """
    if not len(selection):
        return ""
    if len(selection) <= _MOST_ROWS:
        short = _fold(selection.rows, atlas_id)
        if len(short) <= INLINE:
            return short
    return store.put(
        {
            "kind": "selection",
            "atlas": atlas_id,
            "label": selection.label[:200],
            "n": len(selection),
            "rows": _packed(selection.rows),
        }
    )


def read_selection(value: str, *, atlas_id: str, n_points: int, store: ContentStore) -> Selection:
    """Return the rows that a value of a link means.

    Parameters
    ----------
    value
        What `write_selection` returned.
    atlas_id, n_points
        Hash and number of points of the opened atlas.
    store
        Where long ones are kept.

    Raises
    ------
    InputError
        If the value is damaged, its content is not kept, or it belongs to another atlas.
    DataFileError
        If the stored file is damaged.
    """
    if value.startswith("~"):
        rows, atlas = _unfold(value)
        label = "from a link"
    else:
        content = store.get(value)
        _check_kind(content, "selection")
        rows, atlas = _unpacked(str(content["rows"])), str(content["atlas"])[:_ATLAS_LETTERS]
        label = str(content["label"])
    if atlas != atlas_id[:_ATLAS_LETTERS]:
        msg = f"Expected a selection on this atlas, found one on another ({atlas})."
        raise InputError(msg, "Open the atlas it was made on, or load the session file instead.")
    if not len(rows) or rows[0] < 0 or rows[-1] >= n_points or (np.diff(rows) <= 0).any():
        raise _damaged()
    return Selection(rows, label)


def write_list(text: str, *, store: ContentStore) -> str:
    """Return the value of a link that means a pasted gene list; "" for an empty one.

    Raises
    ------
    InputError
        If the list is too long to be kept.
    DataFileError
        If a long one cannot be kept.
    """
    short = ",".join(name for name in _SEPARATORS.split(text) if name)
    is_plain = re.fullmatch(LIST_VALUE, short) and not CONTENT_ID.fullmatch(short)
    if not short or (len(short) <= INLINE and is_plain):
        return short
    return store.put({"kind": "list", "text": text})


def read_list(value: str, *, store: ContentStore) -> str:
    """Return the gene list that a value of a link means.

    Raises
    ------
    InputError
        If its content is not kept or is none.
    DataFileError
        If the stored file is damaged.
    """
    if CONTENT_ID.fullmatch(value) is None:
        return value.replace(",", "\n")
    content = store.get(value)
    _check_kind(content, "list")
    return str(content["text"])


def _check_kind(content: dict[str, Any], kind: str) -> None:
    """Refuse the id of another kind of content."""
    if content.get("kind") != kind:
        msg = f"Expected the id of a {kind}, found that of a {content.get('kind')}."
        raise InputError(msg, "Copy the link again.")


def _fold(rows: np.ndarray, atlas_id: str) -> str:
    """Write rows as compressed differences, after the first letters of the atlas."""
    steps = np.diff(rows, prepend=0).astype("<u4")
    folded = zlib.compress(steps.view(np.uint8).reshape(-1, 4).T.tobytes(), 9)
    head = bytes.fromhex(atlas_id[:_ATLAS_LETTERS])
    return "~" + base64.urlsafe_b64encode(head + folded).decode("ascii").rstrip("=")


def _unfold(value: str) -> tuple[np.ndarray, str]:
    """Read back what `_fold` wrote; nothing larger than a link can mean is unpacked."""
    try:
        data = base64.urlsafe_b64decode(value[1:] + "=" * (-(len(value) - 1) % 4))
        steps = zlib.decompressobj().decompress(data[_ATLAS_LETTERS // 2 :], 4 * _MOST_ROWS + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise _damaged() from error
    if len(steps) % 4 or len(steps) > 4 * _MOST_ROWS:
        raise _damaged()
    columns = np.frombuffer(steps, dtype=np.uint8).reshape(4, -1).T
    differences = np.ascontiguousarray(columns).view("<u4").ravel()
    return np.cumsum(differences, dtype=np.int64), data[: _ATLAS_LETTERS // 2].hex()


def _packed(rows: np.ndarray) -> str:
    """Write many rows as one bit a point."""
    mask = np.zeros(int(rows[-1]) + 1, dtype=bool)
    mask[rows] = True
    return base64.b64encode(np.packbits(mask).tobytes()).decode("ascii")


def _unpacked(text: str) -> np.ndarray:
    """Read back what `_packed` wrote."""
    try:
        bits = np.frombuffer(base64.b64decode(text, validate=True), dtype=np.uint8)
    except (binascii.Error, ValueError) as error:
        raise _damaged() from error
    return np.flatnonzero(np.unpackbits(bits)).astype(np.int64)


def _damaged() -> InputError:
    """Say that a value is not what was written."""
    msg = "Expected a selection as it was written into the link, found it changed."
    return InputError(msg, "Copy the link again.")
