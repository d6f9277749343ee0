"""Permalink: what the address of a page carries, and which values are let in from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlencode

from musegnn.errors import InputError
from musegnn.screens.shell.link_field import PLAIN_TEXT, LinkField, quoted
from musegnn.screens.shell.screen import find_screen, screens
from musegnn.validation import check_choice, format_list

ADDRESS_LIMIT: Final = 2_000  # characters: what every browser, mail program and chat keeps whole


@cache
def fields() -> dict[str, LinkField]:
    """Return what links carry by name: the fields of all screens."""
    return {entry.name: entry for screen in screens() for entry in screen.link_fields}


def fields_of(page: str) -> tuple[str, ...]:
    """Return the names of the fields that links to a page carry.

    Raises
    ------
    InputError
        If the page is unknown.
    """
    return tuple(entry.name for entry in find_screen(page).link_fields)


@dataclass(frozen=True)
class Linked:
    """What an address asks for.

    Parameters
    ----------
    values
        Values that can be used, by name of the field.
    messages
        What was left out and why, Markdown sentences.
    """

    values: dict[str, str]
    messages: tuple[str, ...] = ()


def field(name: str) -> LinkField:
    """Return the field of a name.

    Raises
    ------
    InputError
        If no field has this name.
    """
    check_choice(name, tuple(fields()), name="field of the link")
    return fields()[name]


def check_value(name: str, value: str) -> None:
    """Raise `InputError` unless a field can have this value."""
    problem = field(name).problem(value)
    if problem:
        raise InputError(problem, "Choose another value.")


def clean(name: str, value: str) -> str:
    """Make typed text fit for a field: without control signs and markup, and not too long."""
    return re.sub(r"[\x00-\x1f`<>]", "", value).strip()[: field(name).longest].strip()


def typed(name: str, value: str) -> str:
    """Return what is typed with a blank for each sign that a field of plain text cannot have."""
    return re.sub(r"[\x00-\x1f`<>]", " ", value) if field(name).pattern == PLAIN_TEXT else value


def encode(values: Mapping[str, str], *, page: str) -> dict[str, str]:
    """Choose what the address of a page carries: its fields that differ from their defaults.

    Parameters
    ----------
    values
        Value of each field; absent ones count as their default.
    page
        Name of a screen.

    Returns
    -------
    Query parameters in a fixed order, less than `ADDRESS_LIMIT` characters when written out.

    Raises
    ------
    InputError
        If the page is unknown or a value cannot be used.
    """
    query: dict[str, str] = {}
    for entry in find_screen(page).link_fields:
        value = values.get(entry.name, entry.default)
        check_value(entry.name, value)
        if value and value != entry.default:
            query[entry.name] = value
    return query


def decode(query: Mapping[str, str], *, known: Mapping[str, Sequence[str]] | None = None) -> Linked:
    """Read an address that may come from anywhere: what cannot be used is dropped and said.

    Parameters
    ----------
    query
        Parameters of the address.
    known
        Names in the opened atlas: `contexts`, `clusters` and so on.
    """
    values, messages, strange = {}, [], []
    for name, value in query.items():
        if name not in fields():
            strange.append(quoted(name))
            continue
        problem = fields()[name].problem(value, known=known)
        if problem:
            messages.append(f"`{name}` of the link was left out. {problem}")
        else:
            values[name] = value
    if strange:
        messages.append(f"The link carries what no page knows: `{format_list(sorted(strange))}`.")
    return Linked(values, tuple(messages))


def address(base: str, query: Mapping[str, str]) -> str:
    """Write a link in full.

    Parameters
    ----------
    base
        Address of the page; what follows a question mark in it is replaced.
    query
        What `encode` returns.
    """
    plain = base.partition("?")[0].partition("#")[0]
    return f"{plain}?{urlencode(query)}" if query else plain
