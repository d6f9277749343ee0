"""Settings from plain values, from a YAML file, or from a preset of `experiments/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from musegnn.border import yaml_text
from musegnn.errors import DataFileError, InputError
from musegnn.runs.kind import KindSettings, find_kind
from musegnn.runs.schema_errors import explain
from musegnn.settings import EXPERIMENTS
from musegnn.validation import check_choice

_COPY = "Start from a copy of experiments/default.yaml."


def list_presets() -> tuple[str, ...]:
    """Names of the shipped presets, sorted."""
    return tuple(sorted(path.stem for path in EXPERIMENTS.glob("*.yaml")))


def preset_settings(name: str, **changes: Any) -> Any:
    """Return the settings of a shipped preset, with single values replaced where given.

    Parameters
    ----------
    name
        "paper", "default", or another file of `experiments/`.
    **changes
        Settings by name; None leaves the value of the preset.

    Returns
    -------
    Settings of the class that the kind of the preset names.

    Raises
    ------
    InputError
        If there is no such preset or setting, or a value cannot be used.
    """
    check_choice(name, list_presets(), name="preset")
    return read_settings(EXPERIMENTS / f"{name}.yaml", **changes)


def read_settings(path: Path, **changes: Any) -> Any:
    """Read settings from a YAML file, with single values replaced where given.

    Raises
    ------
    InputError
        If the file cannot be read, a key is unknown (the nearest known one is named), or a value
        has the wrong type or lies out of range.
    """
    return change_settings(parse_settings(read_yaml(Path(path))), **changes)


def change_settings(settings: KindSettings, **changes: Any) -> Any:
    """Replace single values; None leaves a value as it is.

    A setting of a group has the name of the group before it: `network.embedding_width`.

    Raises
    ------
    InputError
        If there is no such setting or the value cannot be used.
    """
    given = {key: value for key, value in changes.items() if value is not None}
    if not given:
        return settings
    values = settings.to_dict()
    for name, value in given.items():
        *groups, last = name.split(".")
        place = values
        for group in groups:
            inner = place.get(group)
            # a group that is none is told by the check, with the name that was given
            place[group] = dict(inner) if isinstance(inner, Mapping) else {}
            place = place[group]
        place[last] = value
    return parse_settings(values)


def parse_settings(values: Any, *, kind: Any = None) -> Any:
    """Check settings given as plain values.

    Parameters
    ----------
    values
        By name; settings are returned as they are.
    kind
        Name of the kind of run; None when the values name it as `method`.

    Raises
    ------
    InputError
        If no kind is named, a key is unknown, or a value cannot be used.
    """
    if isinstance(values, KindSettings):
        return values
    rest = {str(key): value for key, value in values.items()} if isinstance(values, Mapping) else {}
    name = rest.pop("method", None) if kind is None else kind
    if not isinstance(name, str):
        msg = f"Expected settings with a `method`, found {str(values)[:80]!r}."
        raise InputError(msg, _COPY)
    schema = find_kind(name).settings
    try:
        return schema.model_validate(rest)
    except ValidationError as error:
        raise InputError(*explain(error, schema)) from error


def read_yaml(path: Path) -> Any:
    """Read a YAML file with the safe loader; references inside it are refused.

    Raises
    ------
    InputError
        If it is missing, no YAML, larger or deeper than settings are, or uses references, by which
        few lines can stand for more values than fit into memory.
    """
    try:
        return yaml_text.read_yaml(path, role="YAML")
    except DataFileError as error:
        hint = error.hint if path.is_file() else f"Give a file, or: {', '.join(list_presets())}."
        raise InputError(error.message, hint) from error
