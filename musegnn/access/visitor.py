"""Who somebody is, and what each role may do: one table that pages, commands and docs read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from musegnn.errors import InputError

Made = TypeVar("Made")
Right = Literal["look", "upload", "run", "administer"]
RoleName = Literal["nobody", "viewer", "member", "admin"]

LONGEST_NAME: Final = 100  # letters of a name for people

RIGHTS: Final[dict[Right, str]] = {
    "look": "open the pages; keep selections, notes, links and session files of one's own",
    "upload": "give files of one's own: counts, gene sets, labels, annotation, exported runs",
    "run": "build graphs and start runs within a share of the server; act on one's own runs",
    "administer": "act on everybody's runs and the whole trash; fetch annotation; the Server page",
}


@dataclass(frozen=True)
class Role:
    """What a kind of visitor may do.

    Parameters
    ----------
    name
        What settings and pages call it.
    summary
        Who that is, a few words.
    rights
        Names of `RIGHTS`.
    """

    name: RoleName
    summary: str
    rights: tuple[Right, ...]


NOBODY: Final = Role("nobody", "not signed in, or in no list", ())
VIEWER: Final = Role("viewer", "looks around", ("look",))
MEMBER: Final = Role("member", "works with data of one's own", ("look", "upload", "run"))
ADMIN: Final = Role("admin", "runs the server", ("look", "upload", "run", "administer"))
ROLES: Final[dict[RoleName, Role]] = {role.name: role for role in (NOBODY, VIEWER, MEMBER, ADMIN)}


class AccessError(InputError):
    """Something that this visitor may not do."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who looks at a page or gives a command.

    Parameters
    ----------
    id
        Stays the same as long as the account does, at most 300 characters; what somebody owns is
        kept under it.
    name
        For people.
    role
        Key of `ROLES`.
    """

    id: str
    name: str
    role: RoleName

    def may(self, right: Right) -> bool:
        """True when the role has this right."""
        return right in ROLES[self.role].rights

    def check_may(self, right: Right) -> None:
        """Raise `AccessError` unless the role has this right."""
        if self.may(right):
            return
        who = "nobody who is signed in" if self.role == "nobody" else f"a {self.role}"
        msg = f"Expected somebody who may {RIGHTS[right].partition(';')[0]}, found {who}."
        hint = "Sign in." if self.role == "nobody" else "An administrator of this server decides."
        raise AccessError(msg, hint)

    def owns(self, owner: str) -> bool:
        """True for what belongs to this visitor; what has no owner belongs to the local user."""
        return self.role != "nobody" and (owner or LOCAL.id) == self.id

    def may_act_on(self, owner: str) -> bool:
        """True when this visitor may change what belongs to `owner`, an id."""
        return self.may("administer") or (self.may("run") and self.owns(owner))


# whoever sits at the machine owns all of it: the command line, and a dashboard without settings
LOCAL: Final = Visitor("local", "this machine", "admin")
GUEST: Final = Visitor("", "nobody", "nobody")


def clean_name(name: object) -> str:
    """Return a name for people as one line without signs that turn the text around, or ""."""
    if not isinstance(name, str):
        return ""
    kept = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C")
    return " ".join(kept.split())[:LONGEST_NAME]


_ACTING: ContextVar[Visitor | None] = ContextVar("acting", default=None)
_LOOKUPS: list[Callable[[], Visitor]] = []  # of a dashboard: who is at the page that runs now


def acting() -> Visitor:
    """Return who asks for what is done now.

    In a command it is the local user. In a dashboard it is the visitor of the page; the lookup of
    the dashboard says so, and where it cannot tell who that is, nobody.
    """
    chosen = _ACTING.get()
    if chosen is not None:
        return chosen
    return _LOOKUPS[-1]() if _LOOKUPS else LOCAL


def look_up_with(lookup: Callable[[], Visitor]) -> None:
    """Let `acting` ask a function from now on, in all threads of this process."""
    _LOOKUPS[:] = [lookup]


def on_behalf(make: Callable[[], Made]) -> Callable[[], Made]:
    """Return a function that does something for who acts now, whoever calls it later.

    A server calls what makes a download outside of any page.
    """
    visitor = acting()

    def made() -> Made:
        with acting_as(visitor):
            return make()

    return made


@contextmanager
def acting_as(visitor: Visitor) -> Iterator[None]:
    """Let the block be done by somebody."""
    token = _ACTING.set(visitor)
    try:
        yield
    finally:
        _ACTING.reset(token)
