"""Settings of a training as widgets, one for each field of its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from musegnn.screens.runs import controls as session
from musegnn.screens.runs.view_schema import SettingField, Value

_COLUMNS = 4


def ask(fields: tuple[SettingField, ...], usual: Mapping[str, Value]) -> dict[str, Value]:
    """Show fields in columns and return their values by path.

    Parameters
    ----------
    fields
        What to ask for.
    usual
        Value of each setting in the chosen preset, by path.
    """
    found: dict[str, Value] = {}
    for start in range(0, len(fields), _COLUMNS):
        for column, field in zip(st.columns(_COLUMNS), fields[start:], strict=False):
            with column:
                found[field.path] = _ask_one(field, usual.get(field.path, field.usual))
    return found


def _ask_one(field: SettingField, usual: Value) -> Value:
    """Show one field."""
    options: dict[str, Any] = {
        "label": field.label,
        "help": f"{field.meaning}. In the preset: {'none' if usual is None else usual}",
        **session.kept(f"setting:{field.path}", usual),
    }
    if field.kind == "flag":
        return st.checkbox(**options)
    if field.kind == "text":
        return st.text_input(**options)
    if field.kind == "choice":
        return st.selectbox(options=field.choices, **options)
    if field.kind == "number":
        return st.number_input(
            min_value=None if field.least is None else float(field.least),
            max_value=None if field.most is None else float(field.most),
            step=_step(usual),
            format="%g",
            **options,
        )
    if field.kind == "optional":
        options |= {"value": None, "placeholder": "none"}
    return st.number_input(
        min_value=None if field.least is None else int(field.least),
        max_value=None if field.most is None else int(field.most),
        step=1,
        **options,
    )


def _step(usual: Value) -> float:
    """Return how far a press of plus or minus goes: a tenth of the usual value."""
    return abs(usual) / 10 if isinstance(usual, float) and usual else 0.1
