"""Names that a package offers and imports only when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_exports(
    package: str, places: Mapping[str, str]
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Make `__all__`, `__getattr__` and `__dir__` of a package.

    Parameters
    ----------
    package
        `__name__` of the package.
    places
        Name -> dotted name of the module that defines it. No module of the package may have the
        name of something it offers: importing it would hide that.
    """

    def get(name: str) -> Any:
        """Import what a name stands for."""
        if name not in places:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        return getattr(importlib.import_module(places[name]), name)

    return sorted(places), get, lambda: sorted(places)
