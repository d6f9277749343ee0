"""Who is at the page: the door of a server that others reach, and the way out."""

from __future__ import annotations

import logging
import os
import tempfile
import time
import weakref
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from musegnn.access.visitor import (
    GUEST,
    LOCAL,
    RIGHTS,
    ROLES,
    Right,
    Visitor,
    acting,
    look_up_with,
)
from musegnn.errors import MuseGNNError
from musegnn.screens.shell.messages import show_error
from musegnn.screens.shell.navigation import list_pages
from musegnn.screens.shell.screen import Screen
from musegnn.screens.shell.words import escaped, hide_places, prose
from musegnn.settings import REPOSITORY, Settings

if TYPE_CHECKING:
    from musegnn.access.settings import AccessSettings

_SIGNED_IN: Final = "visitor_signed_in"  # of the session: name, and when
_LAST: Final = "visitor_last"  # of the session: whose choices it holds
_PRESENCE: Final = "visitor_presence"
_PROBLEM: Final = "visitor_problem"
_VARIABLE: Final = "MUSEGNN_ACCESS"
_LOGGER = logging.getLogger(__name__)


@dataclass(eq=False)
class Presence:
    """A session that is open, as long as the server keeps it.

    Parameters
    ----------
    visitor
        Who it is.
    page
        The page that was drawn last.
    since, seen
        When it began, and when a page of it was drawn last.
    """

    visitor: Visitor
    page: str
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    seen: datetime = field(default_factory=lambda: datetime.now(UTC))


_PRESENT: weakref.WeakSet[Presence] = weakref.WeakSet()


_SESSIONS: weakref.WeakValueDictionary[str, Presence] = weakref.WeakValueDictionary()
_LARGEST_SESSION_FILE: Final = 21 << 20  # bytes with what the browser puts around it


def largest_upload(session: str) -> int | None:
    """Return how many bytes a file of a session may have; None for as many as the server takes.

    Who only looks gives nothing but session files of one's own.
    """
    presence = _SESSIONS.get(session)
    if presence is None or not presence.visitor.may("look"):
        return 0
    return None if presence.visitor.may("upload") else _LARGEST_SESSION_FILE


def present() -> list[Presence]:
    """Return the open sessions, the one seen last first; those that are gone drop out."""
    return sorted(_PRESENT, key=lambda presence: presence.seen, reverse=True)


def visitor() -> Visitor:
    """Return who is at the page that runs now; `GUEST` where that cannot be told."""
    if not st.runtime.exists():
        return LOCAL  # no server: a command or a test that has opened a page before
    if not os.environ.get(_VARIABLE):
        return LOCAL if _is_from_here(st.context.ip_address) else GUEST
    # settings are opened by servers that have any
    from musegnn.access.settings import access_settings  # noqa: PLC0415

    try:
        settings = access_settings()
    except MuseGNNError:
        return GUEST  # `let_in` says what is wrong
    if settings.is_public:
        return _signed_in(settings)
    return LOCAL if _is_from_here(st.context.ip_address) else GUEST


def _signed_in(settings: AccessSettings) -> Visitor:
    """Return who has signed in at the page that runs now."""
    from musegnn.access import sign_in  # noqa: PLC0415

    if settings.sign_in == "oidc":
        return sign_in.visitor_of_claims(settings, st.user.to_dict())
    if settings.sign_in == "proxy":
        headers = [
            (name, value)
            for name in dict.fromkeys(st.context.headers)
            for value in st.context.headers.get_all(name)
        ]
        # a connection from this machine has no address in Streamlit
        address = st.context.ip_address or "127.0.0.1"
        return sign_in.visitor_of_headers(settings, headers, address=address)
    name, moment = st.session_state.get(_SIGNED_IN, ("", 0.0))
    return sign_in.visitor_of_password(settings, name, signed_in=moment) if name else GUEST


look_up_with(visitor)


def _hidden_places() -> tuple[str, ...]:
    """Folders of the server that who looks now is not told of; none for who runs it."""
    if not os.environ.get(_VARIABLE) or acting().may("administer"):
        return ()
    settings = Settings.from_environment()
    folders = {
        *(settings.runs, settings.links, settings.uploads, settings.opened, settings.log.parent),
        *(settings.knowledge_store, settings.atlas, REPOSITORY, Path.home()),
        Path(tempfile.gettempdir()),
    } | ({settings.ensemble} if settings.ensemble is not None else set())
    names = {str(folder.absolute()) for folder in folders} | set(map(str, folders))
    absolute = (name for name in names if name.startswith("/") and name != "/")
    return tuple(sorted(absolute, key=len, reverse=True))


hide_places(_hidden_places)


def _is_from_here(address: object) -> bool:
    """True for a connection from this machine, which the page calls no address."""
    if not isinstance(address, str):
        return True
    try:
        place = ip_address(address)
    except ValueError:
        return False
    return (getattr(place, "ipv4_mapped", None) or place).is_loopback


def let_in(screen: Screen) -> Visitor:
    """Return who is at the page; who may not see it is told why, and the page ends there."""
    who = acting()
    _note(who, screen)
    if not who.may(screen.right):
        st.title(escaped(screen.heading), anchor=False)
        if who.role == "nobody":
            _show_door(who)
        else:
            st.info(
                prose(
                    f"**{screen.name}** is for those who may "
                    f"{RIGHTS[screen.right].partition(';')[0]}. You are signed in as "
                    f"{escaped(who.name)}, {_role_words(who)}. An administrator of this server "
                    "can change that."
                )
            )
            list_pages(who)
            show_visitor(who)
        st.stop()
    return who


def _role_words(who: Visitor) -> str:
    """Say what a role is."""
    return f"{'an' if who.role == 'admin' else 'a'} {who.role}, who {ROLES[who.role].summary}"


def offers(right: Right, what: str) -> bool:
    """Return whether the visitor has a right; else say in a line what is missing.

    Parameters
    ----------
    right
        Key of `RIGHTS`.
    what
        What is not offered, a noun.
    """
    if acting().may(right):
        return True
    st.caption(prose(f"{what}: for those who may {RIGHTS[right].partition(';')[0]}."))
    return False


def show_visitor(who: Visitor) -> None:
    """Say in the sidebar who is signed in, and lead out."""
    if who == LOCAL:
        return
    with st.sidebar:
        st.markdown(prose(f"Signed in: **{escaped(who.name)}**, {_role_words(who)}."))
        _show_way_out()


def _show_way_out() -> None:
    """Show how to sign out."""
    from musegnn.access.settings import access_settings  # noqa: PLC0415

    settings = access_settings()
    if settings.sign_in == "proxy":
        if settings.proxy is not None and settings.proxy.sign_out:
            st.link_button("Sign out", settings.proxy.sign_out)
        return
    if st.button("Sign out", key="sign_out"):
        _forget()
        if settings.sign_in == "oidc":
            st.logout()  # the browser goes to the provider: a rerun would call that back
            st.stop()
        st.rerun()


def _note(who: Visitor, screen: Screen) -> None:
    """Keep who is where for the Server page; choices of somebody else do not stay."""
    last = st.session_state.get(_LAST)
    if who.role != "nobody":
        if last not in {None, who.id}:
            signed_in = st.session_state.get(_SIGNED_IN)
            _forget()
            if signed_in is not None:
                st.session_state[_SIGNED_IN] = signed_in
        st.session_state[_LAST] = who.id
    presence = st.session_state.get(_PRESENCE)
    if presence is None or presence.visitor != who:
        presence = st.session_state[_PRESENCE] = Presence(who, screen.name)
        _PRESENT.add(presence)
    presence.page, presence.seen = screen.name, datetime.now(UTC)
    run = st.runtime.scriptrunner.get_script_run_ctx()
    if run is not None:
        _SESSIONS[run.session_id] = presence


def _forget() -> None:
    """Forget all that this session holds."""
    for key in list(st.session_state):
        del st.session_state[key]


def _show_door(who: Visitor) -> None:
    """Show how to sign in, or why nobody can."""
    from musegnn.access.settings import access_settings  # noqa: PLC0415

    try:
        settings = access_settings()
    except MuseGNNError as error:
        _LOGGER.error("Nobody is let in: %s", error)
        st.error("**This server cannot be used now.** Its settings are wrong; its log says what.")
        return
    if not settings.is_public:
        st.info(
            "**This server is for the machine that it runs on.** To let others in, start it with "
            "`musegnn app --public`, which asks for a way to sign in."
        )
    elif who.id:  # signed in, but no list names them
        st.info(
            f"You are signed in as {escaped(who.name)}, whom this server does not know. Ask its "
            "administrator."
        )
        _show_way_out()
    elif settings.sign_in == "oidc":
        st.markdown("Sign in to go on.")
        if st.button("Sign in", key="sign_in", type="primary"):
            st.login(settings.oidc.provider or None)
    elif settings.sign_in == "proxy":
        st.info("Sign in at the address that you were given for this server, not at this one.")
    else:
        _show_password()


def _show_password() -> None:
    """Ask for name and password."""
    with st.form("sign_in_form", border=False):
        st.text_input("Name", key="_sign_in_name", max_chars=300, autocomplete="username")
        st.text_input(
            "Password",
            key="_sign_in_password",
            type="password",
            max_chars=200,
            autocomplete="current-password",
        )
        st.form_submit_button("Sign in", key="sign_in", type="primary", on_click=_try)
    problem = st.session_state.pop(_PROBLEM, None)
    if problem is not None:
        show_error(problem)


def _try() -> None:
    """Sign in with what was typed, or keep why not."""
    from musegnn.access.password import DOOR  # noqa: PLC0415
    from musegnn.access.settings import access_settings  # noqa: PLC0415

    name = st.session_state["_sign_in_name"]
    password = st.session_state["_sign_in_password"]
    st.session_state["_sign_in_password"] = ""
    people = {person.name: person.password for person in access_settings().people}
    try:
        DOOR.enter(people, name, password, address=st.context.ip_address or "this machine")
    except MuseGNNError as error:
        st.session_state[_PROBLEM] = error
        return
    st.session_state[_SIGNED_IN] = (name, time.time())
