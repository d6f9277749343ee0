"""`musegnn app`: start the dashboard."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from musegnn.access.settings import GUIDE, VARIABLE, AccessSettings, read_access
from musegnn.cli.access import check_secrets
from musegnn.errors import DataFileError, InputError
from musegnn.settings import REPOSITORY


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("app", help="start the dashboard and print its address")
    parser.add_argument(
        "result",
        type=Path,
        nargs="?",
        metavar="RESULT_DIR",
        help="result folder to open (default: the atlas that ships with the program)",
    )
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument(
        "--public",
        action="store_true",
        help="let others reach it, who sign in; without, this machine alone does",
    )
    parser.add_argument(
        "--access",
        type=Path,
        metavar="FILE.toml",
        help=f"how others sign in and who may do what (default: the file that {VARIABLE} names)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Start Streamlit on `app.py`: in place of this process where the system can, else wait."""
    script = REPOSITORY / "app.py"
    if not script.is_file():
        msg = f"Expected the dashboard at {script}, found no file."
        raise DataFileError(msg, "Run from a checkout of the repository.")
    environment = dict(os.environ)
    if options.result is not None:
        environment["MUSEGNN_ATLAS"] = str(options.result.resolve())
    arguments, opened = opening(options.access, is_public=options.public)
    command = [sys.executable, "-m", "streamlit", "run", str(script)]
    command += ["--server.port", str(options.port), "--server.headless", "true"]
    command += ["--browser.gatherUsageStats", "false", *arguments]
    environment |= opened
    if os.name == "posix":
        # whoever ends this command, such as systemd, is to end the server
        os.chdir(REPOSITORY)
        os.execve(command[0], command, environment)
    return subprocess.run(command, env=environment, cwd=REPOSITORY, check=False).returncode


def opening(path: Path | None, *, is_public: bool) -> tuple[list[str], dict[str, str]]:
    """Return arguments and environment of a server that is opened as the settings say.

    Parameters
    ----------
    path
        Settings; None takes those that the environment names.
    is_public
        Whether others are to reach it.

    Raises
    ------
    InputError, DataFileError
        If there is no way to sign in for a public server, or the settings cannot be used.
    """
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    settings = read_access(named) if named else AccessSettings()
    if is_public and not settings.is_public:
        found = f'`mode = "local"` in {named}' if named else "no settings"
        msg = f"Expected a way to sign in for a server that others reach, found {found}."
        hint = f"Write them and start `musegnn app --public --access FILE.toml`. {GUIDE}"
        raise InputError(msg, hint)
    if settings.is_public and not is_public:
        msg = f"Expected `--public` beside the settings of a public server, {named}, found none."
        raise InputError(msg, "Add it, or start without these settings.")
    environment = {VARIABLE: str(named.resolve())} if named else {}
    if not settings.is_public:
        return ["--server.address", "localhost"], environment
    arguments = ["--server.address", settings.address]
    # the machine itself may always ask: whether it is well, and a proxy on it
    for host in dict.fromkeys([*settings.hosts, "localhost", "127.0.0.1"]):
        arguments += ["--server.allowedHosts", host]
    arguments += ["--browser.serverAddress", settings.hosts[0].removeprefix("*.")]
    if settings.sign_in == "oidc":
        usual = REPOSITORY / ".streamlit" / "secrets.toml"
        secrets = Path(settings.oidc.secrets).expanduser() if settings.oidc.secrets else usual
        check_secrets(secrets, settings.oidc.provider)
        arguments += ["--secrets.files", str(secrets.resolve())]
    # a header that tells another address than that of the connection counts from proxies alone;
    # where a proxy signs in, the address has to be its own
    proxies = settings.proxy.addresses if settings.proxy and settings.sign_in != "proxy" else []
    return arguments, environment | {"FORWARDED_ALLOW_IPS": ",".join(proxies)}
