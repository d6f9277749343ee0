"""Settings of the training methods as fields of a form, read off their schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from musegnn.runs.kind import find_kind

FieldKind = Literal["whole", "number", "flag", "choice", "optional", "text"]
Value = int | float | bool | str | None

_KINDS: Final[dict[str, FieldKind]] = {
    "integer": "whole",
    "number": "number",
    "boolean": "flag",
    "string": "text",
}
# what the form asks for elsewhere
ASKED_ELSEWHERE: Final = frozenset({"seed"})


@dataclass(frozen=True)
class SettingField:
    """One setting as a form asks for it.

    Parameters
    ----------
    path
        Name, with the name of its group and a dot before it where it has one.
    label, meaning
        Name for people, and what it is, with its range.
    kind
        "whole" and "number" are numbers, "flag" is yes or no, "choice" one of `choices`, "optional"
        a whole number or none, "text" a line of text.
    usual
        Value when nothing is said.
    least, most
        Range of a number, ends included; None without end, or where the end is not included.
    choices
        Allowed texts.
    """

    path: str
    label: str
    meaning: str
    kind: FieldKind
    usual: Value
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


def split_fields(name: str) -> tuple[tuple[SettingField, ...], tuple[SettingField, ...]]:
    """Return the settings of a kind that change a run most, and the others, as its schema has them.

    Those of `ASKED_ELSEWHERE` are left out.

    Raises
    ------
    InputError
        If there is no such kind.
    """
    kind = find_kind(name)
    schema = kind.settings.model_json_schema()
    fields = {field.path: field for field in _read_fields(schema, schema.get("$defs", {}), "")}
    epochs = ("epochs",) if kind.trains else ()
    first = tuple(fields.pop(path) for path in (*epochs, *kind.first))
    return first, tuple(fields.values())


def _read_fields(schema: Mapping[str, Any], parts: Mapping[str, Any], group: str) -> list[Any]:
    """Read the fields of a schema and of the schemas in it."""
    found: list[SettingField] = []
    for name, entry in schema["properties"].items():
        path = f"{group}.{name}" if group else name
        if path in ASKED_ELSEWHERE:
            continue
        if "$ref" in entry:
            found += _read_fields(parts[entry["$ref"].rsplit("/", 1)[1]], parts, path)
        else:
            found.append(_read_field(path, entry))
    return found


def _read_field(path: str, entry: Mapping[str, Any]) -> SettingField:
    """Read one field."""
    numbers: Mapping[str, Any] = next(
        (part for part in entry.get("anyOf", ()) if part["type"] != "null"), entry
    )
    kind: FieldKind = "choice" if "enum" in entry else _KINDS[numbers["type"]]
    if "anyOf" in entry:
        kind = "optional"
    label = path.replace(".", ": ").replace("_", " ")
    meaning = ". ".join(filter(None, (str(entry.get("description", "")), _range(numbers))))
    return SettingField(
        path=path,
        label=label[0].upper() + label[1:],
        meaning=meaning,
        kind=kind,
        usual=entry.get("default"),
        least=numbers.get("minimum"),
        most=numbers.get("maximum"),
        choices=tuple(entry.get("enum", ())),
    )


def _range(entry: Mapping[str, Any]) -> str:
    """Say the range of a number in words."""
    ends = {
        "minimum": "from {}",
        "exclusiveMinimum": "above {}",
        "maximum": "to {}",
        "exclusiveMaximum": "below {}",
    }
    told = [text.format(f"{entry[name]:,g}") for name, text in ends.items() if name in entry]
    return " ".join(told).capitalize()


def flatten(values: Mapping[str, Any], group: str = "") -> dict[str, Any]:
    """Return nested values under paths such as `network.heads`."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        path = f"{group}.{name}" if group else name
        if isinstance(value, Mapping):
            flat |= flatten(value, path)
        else:
            flat[path] = value
    return flat


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values under paths as nested ones; the reverse of `flatten`."""
    nested: dict[str, Any] = {}
    for path, value in values.items():
        *groups, name = path.split(".")
        place = nested
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = value
    return nested
