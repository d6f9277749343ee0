"""A server for others starts only with a way to sign in; passwords are kept as hashes."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
import tomllib

import pytest

from musegnn.access.password import is_password
from musegnn.access.settings import VARIABLE, read_access
from musegnn.cli.app import opening
from musegnn.errors import DataFileError, InputError
from tests.command_line import musegnn

PASSWORD = "four words of mine"
PUBLIC = 'mode = "public"\nhosts = ["maps.lab.example", "127.0.0.1"]\n'
OIDC = f'{PUBLIC}sign_in = "oidc"\n[oidc]\nsecrets = "{{}}"\n'
SECRETS = {
    "redirect_uri": "https://maps.lab.example/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": "maps",
    "client_secret": "hush",
    "server_metadata_url": "https://id.example/.well-known/openid-configuration",
}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


def write(tmp_path, text, name="access.toml"):
    path = tmp_path / name
    path.write_text(text)
    return path


def secrets(tmp_path, **changes):
    lines = [f'{key} = "{value}"' for key, value in (SECRETS | changes).items() if value]
    return write(tmp_path, "[auth]\n" + "\n".join(lines), "secrets.toml")


def test_without_anything_this_machine_alone_is_let_in():
    assert opening(None, is_public=False) == (["--server.address", "localhost"], {})


def test_a_public_server_without_sign_in_does_not_start(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: started.append(args))
    for arguments in ([], ["--access", write(tmp_path, 'mode = "local"')]):
        answer = musegnn("app", "--public", *arguments)
        assert answer.code == 2
        assert "Expected a way to sign in for a server that others reach" in answer.err
        assert "docs/access.md" in answer.err
    assert not started


def test_settings_of_a_public_server_need_the_word(tmp_path):
    path = write(tmp_path, OIDC.format(secrets(tmp_path)))
    with pytest.raises(InputError, match="Expected `--public`"):
        opening(path, is_public=False)


def test_what_a_public_server_is_started_with(tmp_path):
    path = write(tmp_path, OIDC.format(secrets(tmp_path)))
    arguments, environment = opening(path, is_public=True)
    assert arguments == [
        *("--server.address", "0.0.0.0"),
        *("--server.allowedHosts", "maps.lab.example", "--server.allowedHosts", "127.0.0.1"),
        *("--server.allowedHosts", "localhost"),
        *("--browser.serverAddress", "maps.lab.example"),
        *("--secrets.files", str(tmp_path / "secrets.toml")),
    ]
    # no header about an address is believed
    assert environment == {VARIABLE: str(path), "FORWARDED_ALLOW_IPS": ""}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"client_id": "", "cookie_secret": ""}, r"auth.cookie_secret, auth.client_id"),
        ({"cookie_secret": "short"}, "at least 32 signs"),
        ({"redirect_uri": "https://maps.lab.example/"}, "/oauth2callback"),
    ],
)
def test_keys_of_the_provider_are_checked_before_the_start(tmp_path, changes, said):
    path = write(tmp_path, OIDC.format(secrets(tmp_path, **changes)))
    with pytest.raises(InputError, match=said):
        opening(path, is_public=True)
    with pytest.raises(DataFileError, match="keys of the provider"):
        opening(write(tmp_path, OIDC.format("none.toml")), is_public=True)


def test_a_password_is_set_and_set_again(tmp_path, monkeypatch):
    path = write(
        tmp_path, f'{PUBLIC}sign_in = "password"  # of the lab\n[roles]\nadmin = ["ada"]\n'
    )
    for name, password in (("ada", PASSWORD), ("ben", PASSWORD), ("ada", PASSWORD.upper())):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        assert musegnn("access", "password", name, "--access", path).code == 0
    people = {person.name: person.password for person in read_access(path).people}
    assert list(people) == ["ben", "ada"]
    assert is_password(PASSWORD, people["ben"])
    assert is_password(PASSWORD.upper(), people["ada"])
    assert not is_password(PASSWORD, people["ada"])
    assert "# of the lab" in path.read_text()
    assert PASSWORD not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (f'{PUBLIC}sign_in = "password"\npeople = []\n', "ada", "as parts `[[people]]`"),
        ("mode = 3", "ada", "`mode`"),
        (None, 'a"b', "without quotes"),
    ],
)
def test_a_file_that_cannot_take_a_password_stays_as_it_was(
    tmp_path, monkeypatch, text, name, said
):
    path = write(tmp_path, text or PUBLIC)
    before = path.read_text()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    answer = musegnn("access", "password", name, "--access", path)
    assert answer.code == 2
    assert said in answer.err
    assert path.read_text() == before


def test_an_entry_can_be_printed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    (entry,) = tomllib.loads(musegnn("access", "password", "Å").out)["people"]
    assert entry["name"] == "Å"
    assert is_password(PASSWORD, entry["password"])


def test_settings_and_roles_are_told(tmp_path):
    assert "local: this machine alone" in musegnn("access", "check").out
    said = musegnn("access", "check", "--access", write(tmp_path, OIDC.format("x"))).out
    assert "sign-in by oidc" in said
    assert "nobody sees the Server page" in said
    assert "viewer: open the pages" in musegnn("access", "roles").out
