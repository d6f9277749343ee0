"""Changes of JSON, of lines of JSON, and of YAML: wrong values, deep nesting, floods."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.hostile.evil import Change, Evil, NotApplicableError, Outside

_MARK = "@@here@@"
# what takes the place of a value, written as it stands in the file
_WRITTEN: tuple[str, ...] = (
    *("null", "true", "-1", "0", "1e308", "-1e400", "NaN", "Infinity", "-0.0", '""', "[]", "{}"),
    *("9" * 5000, "1" + "0" * 30, "1e200", '"' + "x" * 200_000 + '"', "[[1], 2]", '{"a": 1}'),
    *('"\\ud800"', '"\\u0000"', '"\\u202eabc"', '"=1+1"', '"../../x"', '"/dev/zero"'),
    *('"![x](http://x.example/)"', '"a\\nb"', '"<script>"', '"$\\\\frac{1}$"', "[null]"),
    *("[" * 3000 + "]" * 3000, '{"a":' * 3000 + "1" + "}" * 3000, '"2026-99-99"', '"1e999"'),
)
_HEAVY: tuple[Callable[[], str], ...] = (
    lambda: "[" * 1_000_000 + "]" * 1_000_000,
    lambda: "[" + "1," * 1_600_000 + "1]",
    lambda: "[" + '"",' * 600_000 + '""]',
    lambda: "{" + ",".join(f'"k{i}": -1' for i in range(300_000)) + "}",
    lambda: '"' + "x" * 10_000_000 + '"',
)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where values stand, the root left out."""
    found = [place] if place else []
    items = value.items() if isinstance(value, dict) else []
    items = list(enumerate(value))[:20] if isinstance(value, list) else items
    for key, part in items:
        found += _places(part, (*place, key))
    return found


def _edited(text: str, rng: random.Random, written: str | None) -> str:
    """Put something in place of one value; None takes the value out."""
    try:
        tree = json.loads(text)
        places = _places(tree)
    except (ValueError, RecursionError) as error:
        raise NotApplicableError from error
    if not places:
        raise NotApplicableError
    *way, last = rng.choice(places)
    parent = tree
    for key in way:
        parent = parent[key]
    if written is None:
        del parent[last]
        return json.dumps(tree)
    parent[last] = _MARK
    return json.dumps(tree).replace(f'"{_MARK}"', written)


def _json(choose: Callable[[random.Random], str | None]) -> Change:
    """Change one value of a file, or of one line of a file of lines."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        text = path.read_text("utf-8")
        if path.suffix != ".jsonl":
            path.write_text(_edited(text, rng, choose(rng)), "utf-8")
            return
        lines = text.splitlines()
        if not lines:
            raise NotApplicableError
        number = rng.randrange(len(lines))
        lines[number] = _edited(lines[number], rng, choose(rng))
        path.write_text("\n".join(lines) + "\n", "utf-8")

    return change


def _repeated_keys(path: Path, rng: random.Random, outside: Outside) -> None:
    """Say each key twice."""
    text = path.read_text("utf-8").rstrip()
    if not text.startswith("{"):
        raise NotApplicableError
    path.write_text(text[:-1] + "," + text[1:], "utf-8")


def _root(written: str) -> Change:
    """Put something else in place of all."""
    return lambda path, rng, outside: _write(path, written)


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


FOR_JSON: tuple[Evil, ...] = (
    *(Evil("a wrong value", _json(lambda rng: rng.choice(_WRITTEN))) for _ in range(40)),
    *(Evil("a value less", _json(lambda rng: None)) for _ in range(8)),
    *(Evil("a flood", _json(lambda rng: rng.choice(_HEAVY)())) for _ in range(6)),
    Evil("each key twice", _repeated_keys),
    *(
        Evil(f"only {written[:12]}", _root(written))
        for written in (
            "[]",
            "{}",
            "null",
            "1",
            '"x"',
            "[" * 200_000,
            '{"a":' * 200_000,
            "9" * 9999,
        )
    ),
)

_YAML = (
    *(
        "[" * 50_000,
        "{" * 3000,
        "- " * 3000,
        "? " * 3000,
        "a: " * 500,
        "!!python/object:os.system x",
    ),
    *("&a [*a]", "*a", "<<: *a", "!!int x", "2026-99-99", ".inf", ".nan", "~", "''", "0o9", "1:99"),
    *("9" * 5000, "x" * 500_000, "!!binary //", "!!set {1, 2}", "!!timestamp 1", "%TAG ! x", "---"),
    *("/dev/zero", "../../x", "[1, 2, 3]", "{a: 1}", "true", "-5", "1e400", "'\\ud800'", "|\n x"),
    "&a [x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]",
)


def _yaml(path: Path, rng: random.Random, outside: Outside) -> None:
    """Put something in place of one value, or below all of them."""
    lines = path.read_text("utf-8").splitlines()
    keyed = [number for number, line in enumerate(lines) if ":" in line]
    if not keyed or rng.random() < 0.2:
        lines.append(rng.choice(_YAML))
    else:
        number = rng.choice(keyed)
        lines[number] = lines[number].partition(":")[0] + ": " + rng.choice(_YAML)
    path.write_text("\n".join(lines) + "\n", "utf-8")


FOR_YAML: tuple[Evil, ...] = tuple(Evil("a wrong value", _yaml) for _ in range(60))
