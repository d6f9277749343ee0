"""Say in one sentence what a schema found wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from musegnn.validation import nearest_names

_LONGEST_VALUE = 80


def explain(error: ValidationError, model: type[BaseModel]) -> tuple[str, str]:
    """Return message and hint for the first thing that is wrong.

    Parameters
    ----------
    error
        As raised by pydantic.
    model
        What was to be made; its names are suggested for unknown keys.
    """
    first, *others = error.errors(include_url=False, include_context=False)
    where = ".".join(str(part) for part in first["loc"]) or "the values"
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        nearest = nearest_names(key, sorted(_field_names(model)), count=1)
        hint = f"Did you mean `{nearest[0]}`?" if nearest else "Leave it out."
        return f"Expected known settings, found `{_cut(where)}`.", hint
    found = _cut(repr(first.get("input")))
    rule = str(first["msg"]).rstrip(".")
    rule = rule[0].lower() + rule[1:]
    more = f" {len(others)} more are wrong." if others else ""
    if first["type"] == "missing":
        return f"Expected a value for `{_cut(where)}`, found none.", f"Give one.{more}"
    return f"Expected `{_cut(where)}` to be right, found {found}: {rule}.", f"Change it.{more}"


def _field_names(model: Any) -> Iterable[str]:
    """Names of all fields of a model and of the models in it."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            yield name
            yield from _field_names(field.annotation)
    elif get_origin(model) is not None:
        for part in get_args(model):
            yield from _field_names(part)


def _cut(text: str) -> str:
    """Shorten what a user gave, so that a message stays a sentence."""
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
