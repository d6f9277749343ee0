"""How a server is opened: one TOML file, checked before anything listens."""

from __future__ import annotations

import os
import tomllib
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from musegnn.access.visitor import RoleName
from musegnn.errors import DataFileError, InputError
from musegnn.validation import nearest_names

VARIABLE: Final = "MUSEGNN_ACCESS"
LARGEST: Final = 1 << 20  # bytes of the file
GUIDE: Final = "docs/access.md shows a whole file."
Text = Annotated[str, Field(min_length=1, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Roles(_Part):
    """Who has which role: e-mail addresses or user names, `sub:ID` of an account, `group:NAME`.

    Parameters
    ----------
    admin, member, viewer
        The lists; somebody in several has the first of these roles.
    others
        Role of who is signed in and in no list; "nobody" lets no others in.
    """

    admin: list[Text] = Field(default_factory=list, max_length=10_000)
    member: list[Text] = Field(default_factory=list, max_length=10_000)
    viewer: list[Text] = Field(default_factory=list, max_length=10_000)
    others: Literal["nobody", "viewer", "member"] = "viewer"


class Oidc(_Part):
    """Sign-in at an OpenID Connect provider, whose keys stand in `.streamlit/secrets.toml`.

    Parameters
    ----------
    provider
        Name of the provider there; "" for the one without a name.
    groups
        Claim that lists the groups of somebody.
    secrets
        The file with the keys of the provider, where it is another one.
    trusts_unverified_email
        Whether an address counts that the provider does not call verified; only for a provider
        whose people cannot choose their address.
    """

    provider: str = Field(default="", max_length=100)
    groups: str = Field(default="groups", max_length=100)
    secrets: str = Field(default="", max_length=4096)
    trusts_unverified_email: bool = False


class Proxy(_Part):
    """Sign-in by a reverse proxy that says in a header who comes.

    Parameters
    ----------
    addresses
        Addresses or networks that the proxy connects from; from elsewhere no header counts.
    user, name, groups
        Headers with the id of the account, its name and its groups (commas between them).
    secret_header, secret
        Header by which the proxy proves that it is the proxy, and its content.
    sign_out
        Address at the proxy that signs somebody out; "" when there is none.
    """

    addresses: list[Text] = Field(min_length=1, max_length=100)
    user: Text = "X-Forwarded-User"
    name: str = Field(default="", max_length=300)
    groups: str = Field(default="", max_length=300)
    secret_header: Text = "X-Musegnn-Secret"
    secret: str = Field(min_length=24, max_length=300)
    sign_out: str = Field(default="", max_length=1000, pattern=r"^(|/.*|https?://.*)$")

    @field_validator("addresses")
    @classmethod
    def _are_networks(cls, value: list[str]) -> list[str]:
        for entry in value:
            try:
                ip_network(entry, strict=False)
            except ValueError as error:
                msg = f"addresses such as 127.0.0.1 or 10.0.0.0/8, found {entry[:40]!r}"
                raise ValueError(msg) from error
        return value

    def is_from(self, address: str | None) -> bool:
        """True when a connection comes from the proxy."""
        if not address:
            return False
        try:
            place = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(place, "ipv4_mapped", None) or place
        return any(mapped in ip_network(entry, strict=False) for entry in self.addresses)


class Person(_Part):
    """Somebody who signs in by a password.

    Parameters
    ----------
    name
        What is typed; what somebody owns is kept under it.
    password
        Its scrypt hash, written by `musegnn access password`.
    """

    name: Text
    password: str = Field(pattern=r"^scrypt\$\d+\$\d+\$\d+\$[0-9a-f]{32}\$[0-9a-f]{64}$")


class Shares(_Part):
    """What one member may take of the server; administrators may take all.

    Parameters
    ----------
    waiting_runs, running_runs
        Runs of one member in the queue, and at work at a time.
    memory_mib
        Memory that a run of a member may be expected to need.
    disk_mib
        Disk that all runs of a member may take, the trash included.
    """

    waiting_runs: int = Field(default=20, ge=1, le=10_000)
    running_runs: int = Field(default=2, ge=1, le=1_000)
    memory_mib: int = Field(default=16_384, ge=100)
    disk_mib: int = Field(default=51_200, ge=100)


class AccessSettings(_Part):
    """How a server is opened.

    Parameters
    ----------
    mode
        "local": this machine alone, without sign-in. "public": others sign in.
    address
        Where a public server listens; behind a proxy on the same machine `localhost`.
    hosts
        Names by which browsers reach a public server, without a port; `*.lab.example` takes all
        below it. Connections that name another one are refused.
    sign_in
        How: "oidc", "proxy" or "password"; "" only for a local server.
    sign_in_hours
        Hours after which somebody is asked again (not by a proxy, which does so itself).
    others_runs
        "read": everybody who may look sees all runs; "hidden": one's own alone.
    roles, oidc, proxy, people, shares
        See the classes of these parts.
    """

    mode: Literal["local", "public"] = "local"
    address: Text = "0.0.0.0"
    hosts: list[Text] = Field(default_factory=list, max_length=100)
    sign_in: Literal["", "oidc", "proxy", "password"] = ""
    sign_in_hours: float = Field(default=12.0, gt=0, le=720)
    others_runs: Literal["read", "hidden"] = "hidden"
    roles: Roles = Roles()
    oidc: Oidc = Oidc()
    proxy: Proxy | None = None
    people: list[Person] = Field(default_factory=list, max_length=1000)
    shares: Shares = Shares()

    @model_validator(mode="after")
    def _fit_together(self) -> AccessSettings:
        if self.mode == "public" and not self.sign_in:
            msg = 'a way to sign in for a public server: `sign_in = "oidc"`, "proxy" or "password"'
            raise ValueError(msg)
        if self.mode == "public" and not self.hosts:
            msg = 'the names that browsers reach a public server by: `hosts = ["maps.lab.example"]`'
            raise ValueError(msg)
        if self.sign_in == "proxy" and self.proxy is None:
            msg = "a part `[proxy]` with `addresses` and `secret`"
            raise ValueError(msg)
        if self.sign_in == "password" and not self.people:
            msg = "people with passwords; `musegnn access password NAME` adds one"
            raise ValueError(msg)
        names = [person.name for person in self.people]
        if len(set(names)) < len(names):
            msg = "each name of `people` once"
            raise ValueError(msg)
        return self

    @property
    def is_public(self) -> bool:
        """True when others than the local user are expected."""
        return self.mode == "public"

    def role_of(self, names: set[str]) -> RoleName:
        """Return the role of somebody.

        Parameters
        ----------
        names
            All that lists may call somebody: user name or verified e-mail address, `sub:ID`,
            `group:NAME`. Capitals do not matter in e-mail addresses.
        """
        known = {_folded(name) for name in names}
        lists: tuple[tuple[RoleName, list[str]], ...] = (
            ("admin", self.roles.admin),
            ("member", self.roles.member),
            ("viewer", self.roles.viewer),
        )
        for role, listed in lists:
            if known & {_folded(name) for name in listed}:
                return role
        return self.roles.others


def _folded(name: str) -> str:
    """Return a name as lists are searched for it."""
    is_address = "@" in name and not name.startswith(("sub:", "group:"))
    return name.strip().casefold() if is_address else name.strip()


def read_access(path: Path, *, is_draft: bool = False) -> AccessSettings:
    """Read the settings of a server.

    Parameters
    ----------
    path
        The file.
    is_draft
        Whether people with passwords may still be missing.

    Raises
    ------
    DataFileError
        If the file is missing or no TOML.
    InputError
        If something in it cannot be used.
    """
    if Path(path).exists() and not Path(path).is_file():  # a pipe would be waited for
        msg = f"Expected the settings of the server in {path}, found no regular file."
        raise DataFileError(msg, f"Write the file, or name another one. {GUIDE}")
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(LARGEST + 1)
        values = tomllib.loads(content[:LARGEST].decode())
    except OSError as error:
        msg = f"Expected the settings of the server in {path}, found: {error.strerror or error}."
        raise DataFileError(msg, f"Write the file, or name another one. {GUIDE}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        msg = f"Expected settings as TOML in {path}, found something else ({error})."
        raise DataFileError(msg, GUIDE) from error
    if is_draft and values.get("sign_in") == "password" and not values.get("people"):
        values["people"] = [{"name": "draft", "password": f"scrypt$1$1$1${'0' * 32}${'0' * 64}"}]
    return parse_access(values, where=str(path))


def parse_access(values: dict[str, Any], *, where: str) -> AccessSettings:
    """Check plain values against the schema.

    Raises
    ------
    InputError
        With a sentence for the first mistakes.
    """
    try:
        return AccessSettings.model_validate(values)
    except ValidationError as error:
        found = "; ".join(_sentence(entry) for entry in error.errors(include_input=False)[:3])
        msg = f"Expected settings of a server in {where}, found a mistake: {found}."
        raise InputError(msg, GUIDE) from error


def _sentence(entry: Any) -> str:
    """Say what is wrong at one place; never with the value, which may be a secret."""
    place = ".".join(str(part) for part in entry["loc"])
    if entry["type"] == "extra_forbidden":
        known = _fields_at(entry["loc"][:-1])
        near = nearest_names(str(entry["loc"][-1]), known, count=1)
        return f"`{place}` is not known" + (f", did you mean `{near[0]}`" if near else "")
    said = entry["msg"].removeprefix("Value error, ")
    return f"`{place}`: {said}" if place else f"expected {said}"


def _fields_at(place: tuple[int | str, ...]) -> list[str]:
    """Names of the settings of a part."""
    parts: dict[str, type[BaseModel]] = {
        "roles": Roles,
        "oidc": Oidc,
        "proxy": Proxy,
        "people": Person,
        "shares": Shares,
    }
    part = parts.get(str(place[0]), AccessSettings) if place else AccessSettings
    return list(part.model_fields)


def access_settings() -> AccessSettings:
    """Return the settings of this process (`MUSEGNN_ACCESS`), read once; local ones without a file.

    Raises
    ------
    DataFileError, InputError
        If the file cannot be used; never are the usual settings taken in its place.
    """
    return _settings_of(os.environ.get(VARIABLE, ""))


@cache
def _settings_of(path: str) -> AccessSettings:
    return read_access(Path(path)) if path else AccessSettings()
