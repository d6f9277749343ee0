"""YAML that somebody else wrote: safe loader, no references, bounded while it is parsed."""

from __future__ import annotations

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import yaml

from musegnn.border.documents import Bounds, WrongDocument
from musegnn.border.regular import read_regular
from musegnn.errors import DataFileError

BOUNDS: Final = Bounds(most_bytes=1 << 20, most_depth=20, most_values=20_000, most_keys=20_000)
_LONGEST_TEXT: Final = 10_000  # characters of one value
_LONGEST_NUMBER: Final = 40  # characters
_LARGEST_WHOLE: Final = 2**63
_LONGEST_SHOWN: Final = 200  # characters of what a parser says


def read_yaml(path: Path, *, role: str, bounds: Bounds = BOUNDS) -> Any:
    """Read a YAML file that a person named.

    Parameters
    ----------
    path
        The file.
    role
        What it should be, for messages.
    bounds
        What it may hold at most; values are counted with their keys.

    Raises
    ------
    DataFileError
        If it cannot be read, or is no YAML within the bounds.
    """
    content = read_regular(path, role=role, most_bytes=bounds.most_bytes, links=True)
    try:
        return parse_yaml(content, bounds)
    except WrongDocument as error:
        msg = f"Expected {role}, found {error} in {path}."
        raise DataFileError(msg, "Start from a copy of experiments/default.yaml.") from error


def parse_yaml(content: bytes, bounds: Bounds = BOUNDS) -> Any:
    """Parse YAML in UTF-8 with the safe loader.

    Raises
    ------
    WrongDocument
        If it is no YAML, uses references (by which few lines can stand for more values than fit
        into memory), names a key twice, holds a number that no machine has, or lies beyond the
        bounds.
    """
    if len(content) > bounds.most_bytes:
        msg = f"more than {bounds.most_bytes:,} bytes"
        raise WrongDocument(msg)
    try:
        text = content.decode("utf-8-sig")
        _measure(text, bounds)
        return _Loader(text).get_single_data()
    except WrongDocument:
        raise
    except UnicodeDecodeError as error:
        msg = "bytes that are no UTF-8"
        raise WrongDocument(msg) from error
    except _WRONG as error:
        msg = f"something else ({' '.join(str(error).split())[:_LONGEST_SHOWN]})"
        raise WrongDocument(msg) from error


def _measure(text: str, bounds: Bounds) -> None:
    """Go through the parts of a text one by one, and stop at the first that is too much."""
    depth = values = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            msg = "references (`*name`), where values should be written out"
            raise WrongDocument(msg)
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            continue
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        if depth > bounds.most_depth:
            msg = f"more than {bounds.most_depth} levels"
            raise WrongDocument(msg)
        if values > bounds.most_values:
            msg = f"more than {bounds.most_values:,} values"
            raise WrongDocument(msg)
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > _LONGEST_TEXT:
            msg = f"a value of {len(event.value):,} characters"
            raise WrongDocument(msg)


# a tag such as `!!timestamp` before another text fails in whatever makes its value
_WRONG: Final = (
    *(yaml.YAMLError, ValueError, RecursionError, ArithmeticError, TypeError),
    *(AttributeError, LookupError),
)


class _Loader(yaml.SafeLoader):
    """The safe loader, which takes each key once and no number that a machine cannot hold."""


def _make_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    """Make a mapping; a key twice is refused, of which another reader would take the first."""
    seen: set[Hashable] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable) or key in seen:
            msg = f"the key {str(key)[:40]!r} twice, or as a list"
            raise WrongDocument(msg)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


def _make_whole(loader: _Loader, node: yaml.ScalarNode) -> int:
    """Make a whole number; thousands of digits take a while, and nobody means them."""
    if len(node.value) <= _LONGEST_NUMBER:
        number = loader.construct_yaml_int(node)
        if -_LARGEST_WHOLE <= number < _LARGEST_WHOLE:
            return int(number)
    msg = f"the number {node.value[:20]}, which is too large"
    raise WrongDocument(msg)


def _make_number(loader: _Loader, node: yaml.ScalarNode) -> float:
    """Make a finite number."""
    if len(node.value) <= _LONGEST_NUMBER:
        number = float(loader.construct_yaml_float(node))
        if math.isfinite(number):
            return number
    msg = f"{node.value[:20]}, which is no finite number"
    raise WrongDocument(msg)


_Loader.add_constructor("tag:yaml.org,2002:map", _make_mapping)
_Loader.add_constructor("tag:yaml.org,2002:int", _make_whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _make_number)
