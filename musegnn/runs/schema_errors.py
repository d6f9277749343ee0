"""Say in one sentence what a schema found wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from musegnn.validation import format_list, nearest_names

_LONGEST_VALUE = 80
_IN_YAML = "In YAML a small number is written 1.0e-4, yes or no as true or false."
_RULES = {
    "greater_than": "above {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "below {lt}",
    "less_than_equal": "at most {le}",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
}


def explain(error: ValidationError, model: type[BaseModel]) -> tuple[str, str]:
    """Return message and hint for the first thing that is wrong.

    Parameters
    ----------
    error
        As raised by pydantic.
    model
        What was to be made; its names are suggested for unknown keys.
    """
    first, *others = error.errors(include_url=False)
    where = _cut(".".join(str(part) for part in first["loc"]) or "the values")
    method = getattr(model, "kind", "")  # of settings
    whose = f"settings of the method `{method}`" if method else "known settings"
    more = f" {len(others)} more are wrong." if others else ""
    if first["type"] == "extra_forbidden":
        paths = {path.rpartition(".")[2]: path for path in sorted(_field_paths(model))}
        nearest = nearest_names(str(first["loc"][-1]), sorted(paths), count=1)
        known = f"Known: {format_list(sorted(paths.values()))}."
        hint = f"Did you mean `{paths[nearest[0]]}`?" if nearest else known
        return f"Expected {whose}, found `{where}`.", hint
    if first["type"] == "missing":
        return f"Expected a value for `{where}`, found none.", f"Give one.{more}"
    found, context = first.get("input"), first.get("ctx", {})
    shown = _cut(repr(found))
    if first["type"] == "literal_error":
        choices = [str(choice) for choice in re.findall(r"'([^']*)'", str(context["expected"]))]
        nearest = nearest_names(str(found), choices, count=1)
        hint = f"Did you mean {nearest[0]!r}?" if nearest else f"Choose one of them.{more}"
        return f"Expected `{where}` to be one of {', '.join(choices)}; found {shown}.", hint
    if first["type"] in _RULES:
        rule = _RULES[first["type"]].format(**context)
        hint = _IN_YAML if isinstance(found, str) else f"Change it.{more}"
        return f"Expected `{where}` to be {rule}, found {shown}.", hint
    told = str(first["msg"]).rstrip(".")
    told = told[0].lower() + told[1:]
    return f"Expected `{where}` to be right, found {shown}: {told}.", f"Change it.{more}"


def _field_paths(model: Any) -> Iterable[str]:
    """Names of all fields of a model; of those of a model in it with its name before a point."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield name
            yield from (f"{name}.{inner}" for inner in _field_paths(field.annotation))
    elif get_origin(model) is not None:
        for part in get_args(model):
            yield from _field_paths(part)


def _cut(text: str) -> str:
    """Shorten what a user gave, so that a message stays a sentence."""
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
