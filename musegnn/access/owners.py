"""Whose something is: a small file beside it, and who may do what with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from musegnn.access.settings import access_settings
from musegnn.access.visitor import LOCAL, LONGEST_NAME, AccessError, Visitor, acting, clean_name

_LONGEST_ID = 300


@dataclass(frozen=True)
class Owner:
    """Whose something is.

    Parameters
    ----------
    id, name
        Of the visitor; those of the local user where nobody is named.
    made_by
        Name of who made it elsewhere, as the file says that it came in; "" when it was made here.
    """

    id: str = LOCAL.id
    name: str = LOCAL.name
    made_by: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return what is written."""
        kept = {"owner": self.id, "name": self.name, "made_by": self.made_by}
        return {key: value for key, value in kept.items() if value}


def owner_for(visitor: Visitor | None = None, *, made_by: str = "") -> Owner:
    """Return the owner of what a visitor makes now; by default whoever acts."""
    visitor = visitor or acting()
    return Owner(visitor.id, visitor.name, clean_name(made_by))


def owner_of(values: dict[str, Any] | None) -> Owner:
    """Read an owner, with distrust; what says nothing that can be used belongs to the local user.

    Parameters
    ----------
    values
        Content of the file, None when there is none.
    """
    values = values or {}
    found = values.get("owner")
    is_id = isinstance(found, str) and 0 < len(found) <= _LONGEST_ID
    made_by = clean_name(values.get("made_by"))
    if not is_id:
        return Owner(made_by=made_by)
    return Owner(str(found), clean_name(values.get("name")) or str(found)[:LONGEST_NAME], made_by)


def may_see(owner: Owner, visitor: Visitor | None = None) -> bool:
    """True when a visitor, by default whoever acts, may look at what belongs to somebody."""
    visitor = visitor or acting()
    if visitor.may("administer") or visitor.owns(owner.id):
        return True
    return visitor.may("look") and access_settings().others_runs == "read"


def check_may_act(owner: Owner, what: str) -> None:
    """Raise `AccessError` unless whoever acts may change what belongs to somebody.

    Parameters
    ----------
    owner
        Whose it is.
    what
        What it is, such as the id of a run.
    """
    visitor = acting()
    if visitor.may_act_on(owner.id):
        return
    visitor.check_may("run")
    msg = f"Expected {what} to be yours, found that it belongs to {owner.name}."
    raise AccessError(msg, "Ask its owner or an administrator.")
