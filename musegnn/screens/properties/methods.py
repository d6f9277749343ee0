"""Properties methods: how the table is made, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.embeddings.origin import Origin
from musegnn.molecules.foretelling import METHOD
from musegnn.molecules.property_heads import Heads
from musegnn.screens.shell.methods import Methods, describe

_SHOWN: Final = 2000  # letters of what was asked
_CODE: Final = """\
from musegnn.molecules.foretelling import foretell
from musegnn.molecules.property_heads import read_heads
from musegnn.molecules.reading import read_molecules

text = {text!r}
table = foretell(read_heads(), read_molecules(text).molecules).classes
"""


def property_methods(origin: Origin, tables: tuple[Heads, ...], text: str) -> Methods:
    """Say how properties were foretold."""
    sources = (
        f"{heads.title}: {heads.about['source']}. Licence: {heads.about['licence']}."
        for heads in tables
    )
    return describe(
        origin,
        title="Foretold properties of molecules",
        sentences=(METHOD, *sources),
        parameters={"molecules": text[:200]},
        code=_CODE.format(text=text[:_SHOWN]),
        opening="",
        cite=tuple(str(heads.about["citation"]) for heads in tables),
    )
