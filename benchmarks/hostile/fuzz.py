"""Fuzz: honest files with several changes at once, drawn one after the other without an end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.hostile.corpus import Case, evils_of, members_of
from benchmarks.hostile.doors import DOORS
from benchmarks.hostile.evil import Evil, NotApplicableError, Outside
from benchmarks.hostile.evil_bytes import flip

_SLOW = ("bomb", "MB", "flood", "million", "many groups", "nested groups", "20,000")
_WORTH = (
    b"0",
    b"-1",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\n",
    b" ",
    b"\t",
    b'"',
    b"[",
    b"nan",
    b"1e9",
)


def _mutate(path: Path, rng: random.Random, outside: Outside) -> None:
    """Change bytes: flip, drop, repeat, insert."""
    content = path.read_bytes()
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        place = rng.randrange(len(content) + 1)
        size = rng.choice((1, 2, 8, 100))
        kind = rng.randrange(5)
        if kind == 0:
            content = flip(content, rng, rng.choice((1, 4)))
        elif kind == 1:
            content = content[:place] + content[place + size :]
        elif kind == 2:
            content = content[:place] + content[place : place + size] * 2 + content[place + size :]
        elif kind == 3:
            content = content[:place] + rng.choice(_WORTH) + content[place:]
        else:
            other = rng.randrange(len(content) + 1)
            content = content[:place] + content[other : other + size] + content[place + size :]
    path.write_bytes(content)


MUTATED = Evil("mutated", _mutate)


def _together(evils: list[Evil]) -> Evil:
    """Several changes, one after the other; those that do not fit are left out."""

    def change(path: Path, rng: random.Random, outside: Outside) -> None:
        fitting = [evil for evil in evils if _is_done(evil, path, rng, outside)]
        if not fitting:
            raise NotApplicableError

    return Evil(" + ".join(evil.name for evil in evils), change)


def _is_done(evil: Evil, path: Path, rng: random.Random, outside: Outside) -> bool:
    """Change a file; False where what an earlier change left does not bear it."""
    try:
        evil.change(path, rng, outside)
    except Exception:  # noqa: BLE001 - any library may refuse what is half broken
        return False
    return True


def draw_cases(honest: dict[str, Path], *, seed: int) -> Iterator[Case]:
    """Draw cases for ever: each door in turn.

    Parameters
    ----------
    honest
        Honest file of each kind.
    seed
        Of what is drawn.
    """
    rng = random.Random(seed)
    pairs = [(name, kind) for name in DOORS for kind in DOORS[name].formats if kind in honest]
    while True:
        rng.shuffle(pairs)
        for name, kind in pairs:
            member = rng.choice(members_of(honest[kind]))
            path = honest[kind] / member if member else honest[kind]
            fitting = [
                evil
                for evil in evils_of(path)
                if not evil.needs_path and not any(word in evil.name for word in _SLOW)
            ]
            chosen = [MUTATED] if rng.random() < 0.4 else rng.sample(fitting, rng.choice((1, 2, 3)))
            evil = _together([*chosen, MUTATED] if rng.random() < 0.3 else chosen)
            yield Case(name, kind, member, evil, seed=rng.randrange(10**9))
