"""Settings of a training as widgets, one for each field of its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from musegnn.screens.runs import controls as session
from musegnn.screens.runs.view_schema import SettingField, Value


def ask(
    fields: tuple[SettingField, ...], usual: Mapping[str, Value], *, n_columns: int = 4
) -> dict[str, Value]:
    """Show fields in columns and return their values by path.

    Parameters
    ----------
    fields
        What to ask for.
    usual
        Value of each setting in the chosen preset, by path.
    n_columns
        How many stand beside each other.
    """
    values: dict[str, Value] = {}
    for start in range(0, len(fields), n_columns):
        for column, field in zip(st.columns(n_columns), fields[start:], strict=False):
            values[field.path] = ask_one(column, field, usual.get(field.path, field.usual))
    return values


def ask_one(column: Any, field: SettingField, usual: Value, *, under: str = "setting:") -> Value:
    """Show one field in a column, kept in the session under its path; return its value."""
    options: dict[str, Any] = {
        "label": field.label,
        "help": f"{field.meaning}. Usual: {'none' if usual is None else usual}",
        **session.kept(f"{under}{field.path}", usual),
    }
    if field.kind == "flag":
        return column.checkbox(**options)
    if field.kind == "text":
        return column.text_input(**options)
    if field.kind == "choice":
        return column.selectbox(options=field.choices, **options)
    if field.kind == "number":
        return column.number_input(
            min_value=None if field.least is None else float(field.least),
            max_value=None if field.most is None else float(field.most),
            step=_step(usual),
            format="%g",
            **options,
        )
    if field.kind == "optional":
        options |= {"value": None, "placeholder": "none"}
    return column.number_input(
        min_value=None if field.least is None else int(field.least),
        max_value=None if field.most is None else int(field.most),
        step=1,
        **options,
    )


def _step(usual: Value) -> float:
    """Return how far a press of plus or minus goes: a tenth of the usual value."""
    return abs(usual) / 10 if isinstance(usual, float) and usual else 0.1
