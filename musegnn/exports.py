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
        Name -> dotted name of the module that defines it, or of the module that it is. No other
        module of the package may have the name of something that it offers: importing that one
        would hide the other.
    """

    def get(name: str) -> Any:
        """Import what a name stands for."""
        if name not in places:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        module = importlib.import_module(places[name])
        return module if places[name] == f"{package}.{name}" else getattr(module, name)

    return sorted(places), get, lambda: sorted(places)
