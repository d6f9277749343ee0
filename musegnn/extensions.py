"""Extensions: the records of a kind, the product's own and those of installed packages.

A screen, what it needs, a kind of run and a metric are each described by one record. The product's
own records lie in the modules of one of its packages; another package offers its records as entry
points, for example in its `pyproject.toml`::

    [project.entry-points."musegnn.screens"]
    tissues = "my_package.tissues.screen:SCREEN"

An entry point names one record or a tuple of them.
A record that cannot be loaded is left out and told in the log: a faulty extension must not keep
anybody from the rest.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
from importlib.metadata import entry_points
from typing import Any, TypeVar

_LOGGER = logging.getLogger(__name__)
Record = TypeVar("Record")


def find_records(
    group: str,
    package: str,
    kind: type[Record],
    *,
    attribute: str,
    module: str = "",
    in_packages: bool = False,
) -> tuple[Record, ...]:
    """Find all records of a kind.

    Parameters
    ----------
    group
        Name of the group of entry points is `musegnn.` and this, such as "screens".
    package
        Dotted name of the package of the product whose modules hold records.
    kind
        Class of the records.
    attribute
        Name under which a module of the product holds its record, or a tuple of them.
    module
        Name of the module inside each package below `package` that holds the record; "" when the
        modules of `package` hold them.
    in_packages
        Whether the packages below `package` hold the records themselves.

    Returns
    -------
    The product's own in the order of their modules' names, then those of other packages in the
    order of the names of their entry points.
    """
    own: list[Record] = []
    for entry in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if (in_packages or bool(module)) != entry.ispkg:
            continue
        place = f"{package}.{entry.name}" + (f".{module}" if module else "")
        if module and importlib.util.find_spec(place) is None:
            continue
        own += _records(getattr(importlib.import_module(place), attribute, None), kind)
    return (*own, *_of_other_packages(group, kind))


def load(name: str) -> Any:
    """Return what a dotted name such as `my_package.tissues.panel:draw` means.

    Raises
    ------
    ImportError
        If there is no such module.
    AttributeError
        If the module has nothing of that name.
    """
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _of_other_packages(group: str, kind: type[Record]) -> list[Record]:
    """Load the records that installed packages offer."""
    others: list[Record] = []
    for entry in sorted(entry_points(group=f"musegnn.{group}"), key=lambda entry: entry.name):
        try:
            records = _records(entry.load(), kind)
        except Exception as error:  # whatever is wrong with it, the rest must open
            _LOGGER.error("The extension %s cannot be loaded", entry.value, exc_info=error)
            continue
        if not records:
            _LOGGER.error("The extension %s is no %s", entry.value, kind.__name__)
        others += records
    return others


def _records(offered: object, kind: type[Record]) -> list[Record]:
    """Return what is offered, one record or a tuple of them; what is none is left out."""
    all_offered = offered if isinstance(offered, tuple) else (offered,)
    return [record for record in all_offered if isinstance(record, kind)]
