"""`musegnn access`: passwords of a server, and a look at how it is opened."""

from __future__ import annotations

import argparse
import getpass
import json
import re
import sys
import tomllib
from pathlib import Path

from musegnn.access.password import hash_password
from musegnn.access.settings import VARIABLE, access_settings, read_access
from musegnn.access.visitor import RIGHTS, ROLES
from musegnn.cli.answer import print_text
from musegnn.errors import DataFileError, InputError
from musegnn.io.atomic import replacing

_NAME = re.compile(r"[^\x00-\x1f\x7f\"\\]{1,300}")


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("access", help="who may do what on a server for others")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    password = actions.add_parser(
        "password", help="let somebody sign in by a password: asks for it and keeps its hash"
    )
    password.add_argument("name", help="name that is typed to sign in")
    password.add_argument(
        "--access", type=Path, metavar="FILE.toml", help="settings to write to (default: print)"
    )
    password.set_defaults(run=set_password)
    check = actions.add_parser("check", help="check the settings of a server, and say what they do")
    check.add_argument(
        "--access", type=Path, metavar="FILE.toml", help=f"default: the file that {VARIABLE} names"
    )
    check.set_defaults(run=check_settings)
    roles = actions.add_parser("roles", help="what each role may do")
    roles.set_defaults(run=list_roles)


def set_password(options: argparse.Namespace) -> int:
    """Ask for a password and keep its hash."""
    if _NAME.fullmatch(options.name) is None:
        msg = f"Expected a name without quotes and control signs, found {options.name[:40]!r}."
        raise InputError(msg, "Choose another name.")
    kept = hash_password(_ask())
    entry = f'[[people]]\nname = {_quoted(options.name)}\npassword = "{kept}"'
    if options.access is None:
        print_text(entry)
        return 0
    text = ""
    if options.access.exists():
        read_access(options.access, is_draft=True)  # a file that is wrong already is left alone
        text = _without(options.access.read_text(encoding="utf-8"), options.name)
    text = f"{text.rstrip()}\n\n{entry}\n".lstrip()
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"Expected `people` in {options.access} as parts `[[people]]`, found another way."
        raise InputError(msg, f"Write them so, or put this in by hand: {entry!r}") from error
    with replacing(options.access) as temporary:
        temporary.write_text(text, encoding="utf-8")
        temporary.chmod(0o600)
    print_text(f"{options.name} signs in with this password from the next start of the server.")
    return 0


def _quoted(name: str) -> str:
    """Write a name as TOML does."""
    return json.dumps(name, ensure_ascii=False)


def _ask() -> str:
    """Read a password: typed twice at a terminal, else one line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        msg = "Expected the same password twice, found two."
        raise InputError(msg, "Type it again.")
    return first


def _without(text: str, name: str) -> str:
    """Take an entry of `people` out of the text of the settings; all else stays as it was."""
    parts = re.split(r"(?m)^(?=\s*\[)", text)
    own = re.compile(rf"(?m)^\s*name\s*=\s*{re.escape(_quoted(name))}\s*$")
    kept = [p for p in parts if not (p.lstrip().startswith("[[people]]") and own.search(p))]
    return "".join(kept)


def check_settings(options: argparse.Namespace) -> int:
    """Say how a server is opened."""
    settings = read_access(options.access) if options.access else access_settings()
    if not settings.is_public:
        print_text("local: this machine alone, without sign-in")
        return 0
    roles = settings.roles
    lists = {"admin": roles.admin, "member": roles.member, "viewer": roles.viewer}
    counts = ", ".join(f"{len(listed)} {name}" for name, listed in lists.items())
    lines = [
        f"public: listens on {settings.address} for {', '.join(settings.hosts)}; sign-in by "
        f"{settings.sign_in}",
        f"named in lists: {counts}; others: {roles.others}",
        f"runs of others: {settings.others_runs}",
        f"a member at a time: {settings.shares.waiting_runs} runs in the queue, "
        f"{settings.shares.running_runs} at work",
    ]
    if not roles.admin:
        lines.append("no administrator is named: nobody sees the Server page")
    print_text("\n".join(lines))
    return 0


def list_roles(_options: argparse.Namespace) -> int:
    """Say what each role may do."""
    print_text(
        "\n".join(
            f"{role.name}: {'; '.join(RIGHTS[right] for right in role.rights) or role.summary}"
            for role in ROLES.values()
        )
    )
    return 0


def check_secrets(path: Path, provider: str) -> None:
    """Check the keys of an OpenID Connect provider.

    Raises
    ------
    DataFileError, InputError
        If the file is missing or lacks a key.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"Expected the keys of the provider in {path}, found none that can be read."
        raise DataFileError(msg, "docs/access.md shows the file.") from error
    auth = values.get("auth")
    auth = auth if isinstance(auth, dict) else {}
    own = auth.get(provider, {}) if provider else auth
    own = own if isinstance(own, dict) else {}
    lacking = [f"auth.{key}" for key in ("redirect_uri", "cookie_secret") if not auth.get(key)]
    place = f"auth.{provider}" if provider else "auth"
    needed = ("client_id", "client_secret", "server_metadata_url")
    lacking += [f"{place}.{key}" for key in needed if not own.get(key)]
    if lacking:
        msg = f"Expected {', '.join(lacking)} in {path}, found nothing there."
        raise InputError(msg, "docs/access.md shows the file.")
    if len(str(auth["cookie_secret"])) < 32:
        msg = f"Expected auth.cookie_secret of at least 32 signs in {path}, found fewer."
        raise InputError(msg, "`openssl rand -hex 32` makes one.")
    if not str(auth["redirect_uri"]).endswith("/oauth2callback"):
        msg = f"Expected auth.redirect_uri in {path} to end in /oauth2callback, found another."
        raise InputError(msg, "It is the address of this server, with /oauth2callback behind it.")
