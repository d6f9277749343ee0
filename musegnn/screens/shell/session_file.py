"""Session file: everything a person chose and saved, as one JSON file that other atlases open."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, FailFast, Field, ValidationError

from musegnn.border.documents import Bounds, WrongDocument, parse_json
from musegnn.embeddings.vector_set import VectorSet
from musegnn.errors import DataFileError, InputError
from musegnn.screens.shell import permalink
from musegnn.screens.shell.link_field import quoted
from musegnn.screens.shell.named_selections import MAXIMUM_NAMES, NamedSelections
from musegnn.screens.shell.selection import NOTHING, Selection

VERSION: Final = 2
FORMAT: Final = "musegnn-session"
MOST_BYTES: Final = 2_000_000  # 100,000 genes by name take 0.7 MB
BOUNDS: Final = Bounds(most_bytes=MOST_BYTES, most_depth=8, most_values=500_000, most_keys=20_000)
MOST_CONTEXTS: Final = 10_000
MOST_NOTES: Final = 500
MOST_FIELDS: Final = 500
IN_FULL: Final = {"selection", "list"}  # fields whose content the file carries itself

_Short = Annotated[str, Field(max_length=200)]
_Label = Annotated[str, Field(max_length=1_000)]  # names of molecules can be long


class _Part(BaseModel):
    """A part of the file; what is not planned for is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AtlasStamp(_Part):
    """Which atlas the session was on.

    Parameters
    ----------
    id
        Hash of its points; "" when none was loaded.
    name, configuration
        Name and hash of the configuration of its model.
    """

    id: _Short
    name: _Short = ""
    configuration: _Short = ""


class SavedPoints(_Part):
    """A set of points, by name, so that another atlas can look for the same ones.

    Parameters
    ----------
    name
        Name of a saved selection, or how the current one was made.
    points
        Labels by what they are within: symbols of each context; "" where that is nothing.
    """

    name: _Short = ""
    points: dict[_Short, Annotated[list[_Label], FailFast()]] = Field(
        default_factory=dict, max_length=MOST_CONTEXTS
    )


class Note(_Part):
    """What somebody wrote about a gene or a selection.

    Parameters
    ----------
    about
        Gene, context or selection.
    text
        The note.
    author
        Who wrote it, as typed.
    time
        When, with time zone.
    """

    about: _Short
    text: Annotated[str, Field(min_length=1, max_length=2_000)]
    author: _Short = ""
    time: AwareDatetime


class SessionFile(_Part):
    """Content of a session file, version `VERSION`.

    Parameters
    ----------
    format, version
        Mark of the file and of its layout.
    made
        When it was saved.
    atlas
        The atlas it was saved on.
    page
        Page that was open; "" where an older program saved it.
    fields
        Values of `musegnn.screens.shell.permalink.fields`.
    gene_list
        Pasted gene list.
    selection
        Current selection; without points when nothing is selected.
    saved
        Saved selections in their order.
    notes
        Notes in the order they were written.
    """

    format: Literal["musegnn-session"] = FORMAT
    version: Literal[2] = VERSION
    made: AwareDatetime
    atlas: AtlasStamp
    page: _Short = ""
    fields: dict[_Short, _Short] = Field(default_factory=dict, max_length=MOST_FIELDS)
    gene_list: Annotated[str, Field(max_length=1_000_000)] = ""
    selection: SavedPoints = SavedPoints()
    saved: Annotated[list[SavedPoints], FailFast(), Field(max_length=MAXIMUM_NAMES)] = Field(
        default_factory=list
    )
    notes: Annotated[list[Note], FailFast(), Field(max_length=MOST_NOTES)] = Field(
        default_factory=list
    )


def save_session(
    vectors: VectorSet | None,
    *,
    fields: Mapping[str, str],
    gene_list: str = "",
    selection: Selection = NOTHING,
    named: NamedSelections | None = None,
    notes: tuple[Note, ...] = (),
    page: str = "",
) -> bytes:
    """Write a session as JSON.

    Parameters
    ----------
    vectors
        What is opened; None when nothing is, and nothing can be selected.
    fields
        What was chosen, by field of the link.
    gene_list, selection, named, notes
        What was pasted, selected, saved and written.
    page
        Name of the page that is open.

    Raises
    ------
    InputError
        If the file would be larger than `MOST_BYTES`.
    """
    session = SessionFile(
        made=dt.datetime.now(dt.UTC).replace(microsecond=0),
        atlas=_stamp(vectors),
        page=page,
        fields={
            name: value
            for name, value in fields.items()
            if name not in IN_FULL and value != permalink.field(name).default
        },
        gene_list=gene_list,
        selection=_to_names(selection, vectors),
        saved=[_to_names(entry, vectors) for entry in (named or NamedSelections()).selections],
        notes=list(notes),
    )
    data = json.dumps(session.model_dump(mode="json"), indent=1, ensure_ascii=False).encode("utf-8")
    if len(data) > MOST_BYTES:
        msg = f"Expected a session of at most {MOST_BYTES:,} bytes, found {len(data):,}."
        raise InputError(msg, "Delete large saved selections first, or take them away as GMT.")
    return data


def read_session(data: bytes) -> SessionFile:
    """Read a session file of this or an older version.

    Raises
    ------
    DataFileError
        If the file is too large, not JSON, no session, of a newer version, or holds values that
        a session cannot have.
    """
    if len(data) > MOST_BYTES:
        msg = f"Expected a session of at most {MOST_BYTES:,} bytes, found {len(data):,}."
        raise DataFileError(msg, "Choose a session file of this program.")
    try:
        content = parse_json(data, BOUNDS)
    except WrongDocument as error:
        msg = f"Expected a session file in JSON, found {error}."
        raise DataFileError(msg, "Choose a file made with *Save session*.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        msg = f"Expected a file marked {FORMAT!r}, found none."
        raise DataFileError(msg, "Choose a file made with *Save session*.")
    version = content.get("version")
    if not isinstance(version, int) or version is True or not 1 <= version <= VERSION:
        msg = f"Expected a session of version 1 to {VERSION}, found {str(version)[:20]!r}."
        raise DataFileError(msg, "It may be of a newer program: update this one.")
    try:
        for number in range(version, VERSION):
            content = _MIGRATIONS[number](content)
        return SessionFile.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(quoted(str(part)) for part in first["loc"])
        msg = f"Expected the values of a session, found a wrong one at `{place}`: {first['msg']}."
        raise DataFileError(msg, "Choose a file as it was saved.") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        msg = f"Expected a whole session of version {version}, found parts of one."
        raise DataFileError(msg, "Choose a file as it was saved.") from error


def _stamp(vectors: VectorSet | None) -> AtlasStamp:
    """Say what is opened."""
    if vectors is None:
        return AtlasStamp(id="")
    origin = vectors.origin
    return AtlasStamp(id=vectors.id, name=origin.name, configuration=origin.config_hash)


def _to_names(selection: Selection, vectors: VectorSet | None) -> SavedPoints:
    """Name the rows of a selection."""
    if vectors is None:
        return SavedPoints()
    return SavedPoints(name=selection.label[:200], points=vectors.names_of(selection.rows))


def _from_version_1(content: dict[str, Any]) -> dict[str, Any]:
    """Bring a session of version 1 to version 2.

    Version 1 had gene, dataset and colour beside each other, points as `symbol@context`, and no
    notes.
    """

    def points(names: list[str]) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for name in names:
            symbol, _, context = name.rpartition("@")
            groups.setdefault(context, []).append(symbol)
        return groups

    fields = {name: content[name] for name in ("gene", "dataset", "colour") if content.get(name)}
    return {
        "format": FORMAT,
        "version": 2,
        "made": content["made"],
        "atlas": content["atlas"],
        "fields": fields,
        "gene_list": content.get("list_text", ""),
        "selection": {"points": points(content.get("selection", []))},
        "saved": [
            {"name": entry["name"], "points": points(entry["genes"])}
            for entry in content.get("saved", [])
        ],
    }


_MIGRATIONS: Final[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {1: _from_version_1}
