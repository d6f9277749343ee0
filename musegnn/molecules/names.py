"""Structures of molecules that are given by name or InChIKey: those of the map and of profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from musegnn.molecules import profile_reference, shipped
from musegnn.molecules.molecule_set import KEY, NAME, SMILES
from musegnn.molecules.structures import called
from musegnn.validation import nearest_names

_KEY: Final = re.compile(r"[A-Z]{14}(-[A-Z]{10}-[A-Z])?")


@dataclass(frozen=True)
class Known:
    """A molecule that is known by name.

    Parameters
    ----------
    name, structure
        What it is called, and its SMILES.
    """

    name: str
    structure: str


def find_named(text: str) -> Known | None:
    """Return the molecule that ships under a name or an InChIKey; None where none does.

    Parameters
    ----------
    text
        What was given; small and large letters are the same, and so are spaces and hyphens.
    """
    wanted = text.strip()
    if _KEY.fullmatch(wanted):
        wanted = wanted[:14]
    return _all_named().get(_fold(wanted))


def call_known(text: str) -> str:
    """Say a molecule that is given by a name, or by an InChIKey where it had none.

    Of an InChIKey that ships the name is said, or else the formula; nobody can read the key alone.
    """
    if not _KEY.fullmatch(text):
        return text
    known, key = find_named(text), text[:14]
    if known is None:
        return called(key, key)
    name = called(known.name, key, known.structure)
    return name if known.name != key else f"{name} (InChIKey {key}…)"


def near_named(text: str) -> tuple[str, ...]:
    """Return names that ship and are spelled like a text."""
    names = [known.name for known in _all_named().values() if not _KEY.fullmatch(known.name)]
    return tuple(nearest_names(text[:60], names, count=3))


def _fold(name: str) -> str:
    """Write a name as all ways to write it have in common."""
    return re.sub(r"[\s-]+", "", name).casefold()


@cache
def _all_named() -> dict[str, Known]:
    """All that ship: molecules of the map come before those of profiles."""
    reference = shipped.read_reference()
    table = reference.molecules.table
    about = profile_reference.read_reference().profiles.about
    found: dict[str, Known] = {}
    for names, keys, structures in (
        (table[NAME], table[KEY], table[SMILES]),
        (about["name"], about["key"], about["structure"]),
    ):
        for name, key, structure in zip(names, keys, structures, strict=True):
            known = Known(str(name), str(structure))
            if name != key:
                found.setdefault(_fold(str(name)), known)
            found.setdefault(_fold(str(key)), known)
    for others, structure in zip(reference.others, table[SMILES], strict=True):
        for name in others:
            found.setdefault(_fold(name), Known(name, str(structure)))
    return found
