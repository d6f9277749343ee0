"""From what a provider, a proxy or a password says to a visitor with a role."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Mapping
from typing import Any

from musegnn.access.settings import AccessSettings
from musegnn.access.visitor import GUEST, Visitor, clean_name

_LONGEST = 300
_EARLY = 300.0  # seconds by which clocks of two machines may differ


def visitor_of_claims(
    settings: AccessSettings, claims: Mapping[str, Any], *, now: float | None = None
) -> Visitor:
    """Return who an OpenID Connect provider says that somebody is; `GUEST` when that is too old.

    An address counts only when the provider says that it has verified it: elsewhere people can
    choose any.

    Parameters
    ----------
    settings
        How the server is opened.
    claims
        As `st.user` has them; empty for who is not signed in.
    now
        Seconds since 1970; default: the clock.
    """
    subject, issuer = claims.get("sub"), claims.get("iss", "")
    if not claims.get("is_logged_in") or not isinstance(subject, str) or not subject:
        return GUEST
    account = f"oidc:{issuer}|{subject}"
    age = (time.time() if now is None else now) - _number(claims.get("iat"))
    if not -_EARLY <= age <= 3600 * settings.sign_in_hours or len(account) > _LONGEST:
        return GUEST
    email = claims.get("email")
    is_sure = claims.get("email_verified") is True or settings.oidc.trusts_unverified_email
    names = {f"sub:{subject}"}
    if isinstance(email, str) and "@" in email and is_sure:
        names.add(email)
    names |= {f"group:{group}" for group in _texts(claims.get(settings.oidc.groups))}
    shown = clean_name(claims.get("name")) or clean_name(email) or clean_name(subject)
    return _with_role(settings, account, shown, names)


def visitor_of_headers(
    settings: AccessSettings, headers: Iterable[tuple[str, str]], *, address: str | None
) -> Visitor:
    """Return who a proxy says that somebody is; `GUEST` unless it proves to be the proxy.

    Parameters
    ----------
    settings
        How the server is opened.
    headers
        Names and values of the connection, repeated names repeated.
    address
        Where the connection comes from: that of the proxy.
    """
    proxy = settings.proxy
    if proxy is None or not proxy.is_from(address):
        return GUEST
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name.casefold(), []).append(value)

    def only(name: str) -> str:
        values = found.get(name.casefold(), [])
        # two of a kind: somebody has added one, and nobody knows which
        return values[0].strip() if name and len(values) == 1 else ""

    said = only(proxy.secret_header).encode("utf-8", "replace")
    user = only(proxy.user)
    if not hmac.compare_digest(said, proxy.secret.encode()) or not 0 < len(user) <= _LONGEST - 6:
        return GUEST
    groups = {f"group:{group.strip()}" for group in only(proxy.groups).split(",") if group.strip()}
    # a name such as `group:admins` is that of an account, and no group
    names = groups | ({user} if not user.startswith(("sub:", "group:")) else set())
    names.add(f"sub:{user}")
    return _with_role(
        settings, f"proxy:{user}", clean_name(only(proxy.name)) or clean_name(user), names
    )


def visitor_of_password(
    settings: AccessSettings, name: str, *, signed_in: float, now: float | None = None
) -> Visitor:
    """Return who has signed in by a password; `GUEST` when that was too long ago.

    Parameters
    ----------
    settings
        How the server is opened; who is no longer in it is nobody.
    name
        Who it is.
    signed_in, now
        Seconds since 1970; default: the clock.
    """
    age = (time.time() if now is None else now) - signed_in
    is_known = any(person.name == name for person in settings.people)
    if not is_known or not 0 <= age <= 3600 * settings.sign_in_hours:
        return GUEST
    return _with_role(settings, f"password:{name}", clean_name(name), {name, f"sub:{name}"})


def _with_role(settings: AccessSettings, account: str, name: str, names: set[str]) -> Visitor:
    """Return a visitor with the role that the lists give."""
    return Visitor(account, name or "somebody", settings.role_of(names))


def _number(value: object) -> float:
    """Return a moment as a number; long ago when it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) else 0.0


def _texts(value: object) -> list[str]:
    """Return the texts of a list, or of one text."""
    listed = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [entry for entry in listed if isinstance(entry, str)]
