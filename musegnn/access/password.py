"""Passwords: kept as scrypt hashes, compared in constant time, slower after wrong ones."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from musegnn.access.visitor import AccessError
from musegnn.errors import InputError

SHORTEST: Final = 12  # signs; a longer one needs no rules about which
LONGEST: Final = 200
_COST, _BLOCK, _LANES = 1 << 15, 8, 1  # 32 MiB and some tens of milliseconds for each try
_MEMORY: Final = 128 << 20  # bytes; more than that of a hash that is read is refused
_FREE: Final = 5  # wrong ones in a row that cost no wait
_LONGEST_WAIT: Final = 900.0  # seconds, for one address
_WINDOW, _BUSY, _BUSY_WAIT = 60.0, 60, 10.0  # of all: wrong ones within seconds, and the wait then


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """Return what is kept of a password.

    Raises
    ------
    InputError
        If it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        msg = f"Expected a password of {SHORTEST} to {LONGEST} signs, found {len(password)}."
        raise InputError(msg, "Take four words that do not belong together.")
    salt = salt or secrets.token_bytes(16)
    return f"scrypt${_COST}${_BLOCK}${_LANES}${salt.hex()}${_scrypt(password, salt).hex()}"


def is_password(password: str, kept: str) -> bool:
    """True when a password is the one of which a hash was kept; takes equally long if it is not."""
    _, cost, block, lanes, salt, digest = kept.split("$")
    if 128 * int(cost) * int(block) > _MEMORY or len(password) > LONGEST:
        return False
    found = _scrypt(password, bytes.fromhex(salt), int(cost), int(block), int(lanes))
    return hmac.compare_digest(found, bytes.fromhex(digest))


def _scrypt(
    password: str, salt: bytes, cost: int = _COST, block: int = _BLOCK, lanes: int = _LANES
) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost,
        r=block,
        p=lanes,
        maxmem=2 * _MEMORY,
        dklen=32,
    )


# what nobody's password is: who is not known costs the same time as a wrong password
_NOBODYS: Final = f"scrypt${_COST}${_BLOCK}${_LANES}${'0' * 32}${'0' * 64}"


@dataclass
class Door:
    """Lets people in by name and password, one try at a time, and slows down who guesses.

    After five wrong passwords in a row from one address each costs a wait that doubles, up to a
    quarter of an hour; after sixty wrong ones of all within a minute everybody waits ten seconds.

    Parameters
    ----------
    clock
        Source of the time in seconds; replaced in tests.
    """

    clock: Callable[[], float] = time.monotonic
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)  # number, when free again
    _times: list[float] = field(default_factory=list)  # of wrong ones of all
    _one: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, people: dict[str, str], name: str, password: str, *, address: str) -> str:
        """Return the name when the password is right.

        Parameters
        ----------
        people
            Kept hashes by name.
        name, password
            As typed.
        address
            Where the visitor comes from.

        Raises
        ------
        AccessError
            If it is not, or it is too early for another try.
        """
        with self._one:  # one at a time: a try takes memory and a core
            wait = self._wait(address)
            if wait > 0:
                msg = f"Expected a pause after wrong passwords, found a try {wait:.0f} s too early."
                raise AccessError(msg, "Wait, then try again.")
            is_right = is_password(password, people.get(name, _NOBODYS)) and name in people
            if is_right:
                self._wrong.pop(address, None)
                return name
            self._note(address)
        msg = "Expected a name and its password, found that they do not match."
        raise AccessError(msg, "Try again, or ask the administrator of this server for a new one.")

    def _wait(self, address: str) -> float:
        """Seconds until somebody may try again."""
        now = self.clock()
        self._times = [moment for moment in self._times if now - moment < _WINDOW]
        of_all = self._times[-1] + _BUSY_WAIT - now if len(self._times) >= _BUSY else 0.0
        return max(self._wrong.get(address, (0, now))[1] - now, of_all)

    def _note(self, address: str) -> None:
        """Remember a wrong password."""
        now = self.clock()
        number = self._wrong.pop(address, (0, now))[0] + 1
        wait = min(2.0 ** (number - _FREE), _LONGEST_WAIT) if number >= _FREE else 0.0
        self._wrong[address] = (number, now + wait)
        self._times.append(now)
        while len(self._wrong) > 10_000:  # the one that was not wrong for longest goes
            del self._wrong[next(iter(self._wrong))]


DOOR: Final = Door()
