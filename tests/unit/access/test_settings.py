"""Settings of a server are checked before anything listens; each mistake is a sentence."""

from __future__ import annotations

import os
import re
import tomllib
from itertools import pairwise

import pytest

from musegnn.access.settings import (
    VARIABLE,
    AccessSettings,
    Shares,
    access_settings,
    parse_access,
    read_access,
)
from musegnn.access.visitor import ADMIN, MEMBER, NOBODY, RIGHTS, ROLES, VIEWER
from musegnn.errors import DataFileError, InputError
from musegnn.settings import REPOSITORY

SECRET = "s3cret-of-the-proxy-0123456789"
PROXY = f'[proxy]\naddresses = ["10.0.0.0/8", "127.0.0.1", "::1"]\nsecret = "{SECRET}"\n'
OIDC = 'mode = "public"\nhosts = ["maps.lab.example"]\nsign_in = "oidc"\n'


def read(tmp_path, text):
    path = tmp_path / "access.toml"
    path.write_text(text)
    return read_access(path)


def test_without_a_file_the_server_is_for_this_machine(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not access_settings().is_public
    assert access_settings() == AccessSettings()


def test_each_role_may_all_that_the_one_before_may():
    order = [set(role.rights) for role in (NOBODY, VIEWER, MEMBER, ADMIN)]
    assert all(less < more for less, more in pairwise(order))
    assert order[-1] == set(RIGHTS)
    assert list(ROLES) == ["nobody", "viewer", "member", "admin"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mode = ", "Expected settings as TOML"),
        ('mode = "open"', r"`mode`: Input should be 'local' or 'public'"),
        ('mode = "public"', "expected a way to sign in for a public server"),
        (OIDC.replace('hosts = ["maps.lab.example"]', ""), "names that browsers reach"),
        ('rolls = "x"', "`rolls` is not known, did you mean `roles`"),
        ('[roles]\nadmins = ["ada"]', r"`roles.admins` is not known, did you mean `admin`"),
        ('[roles]\nothers = "admin"', r"`roles.others`: Input should be"),
        (OIDC.replace("oidc", "proxy"), r"a part `\[proxy\]` with `addresses` and `secret`"),
        (OIDC.replace("oidc", "password"), "people with passwords; `musegnn access password NAME`"),
        (PROXY.replace("10.0.0.0/8", "ten"), "addresses such as 127.0.0.1 or 10.0.0.0/8"),
        (PROXY.replace(SECRET, "short"), r"`proxy.secret`: String should have at least 24"),
        ("sign_in_hours = 0", r"`sign_in_hours`: Input should be greater than 0"),
        ('[[people]]\nname = "a"\npassword = "plain"', r"`people.0.password`: String should match"),
        (
            "[shares]\nwaiting_runs = true",
            "`shares.waiting_runs`: Input should be",
        ),
        ("x = " + "[" * 5000, "Expected settings as TOML"),
    ],
)
def test_each_mistake_is_a_sentence_that_says_what_to_do(tmp_path, text, said):
    with pytest.raises((InputError, DataFileError), match=said) as caught:
        read(tmp_path, text)
    assert "docs/access.md" in caught.value.hint
    assert SECRET not in str(caught.value)
    assert "short" not in str(caught.value).replace("should", "")


def test_the_examples_of_the_docs_can_be_used():
    text = (REPOSITORY / "docs" / "access.md").read_text(encoding="utf-8")
    whole, keys, proxy = (
        tomllib.loads(block.replace('"..."', f'"{SECRET}"'))
        for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    )
    settings = parse_access(whole, where="docs")
    assert (settings.sign_in, settings.others_runs) == ("oidc", "hidden")
    assert settings.shares == Shares()
    assert parse_access(whole | proxy, where="docs").sign_in == "proxy"
    assert set(keys["auth"]) >= {"redirect_uri", "cookie_secret", "client_id", "client_secret"}
    for role in ROLES:
        assert f"| {role} |" in text


def test_a_missing_file_never_means_usual_settings(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none.toml"))
    with pytest.raises(DataFileError, match="No such file"):
        access_settings()


def test_roles_by_address_account_and_group(tmp_path):
    settings = read(
        tmp_path,
        OIDC + '[roles]\nadmin = ["Ada@Lab.example", "group:wheel"]\n'
        'member = ["sub:17", "ben", "ada@lab.example"]\nothers = "nobody"\n',
    )
    assert settings.role_of({"ADA@lab.EXAMPLE"}) == "admin"
    assert settings.role_of({"x@lab.example", "group:wheel"}) == "admin"
    assert settings.role_of({"sub:17"}) == "member"
    assert settings.role_of({"ben"}) == "member"
    for names in ({"Ben"}, {"17"}, {"wheel"}, {"sub:ben"}, {"Group:wheel"}, set()):
        assert settings.role_of(names) == "nobody"


@pytest.mark.parametrize(
    ("address", "is_proxy"),
    [
        ("10.200.3.4", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:10.1.1.1", True),
        ("11.0.0.1", False),
        ("fe80::1", False),
        ("", False),
        (None, False),
        ("10.0.0.1, 8.8.8.8", False),
    ],
)
def test_a_proxy_is_known_by_its_address(tmp_path, address, is_proxy):
    settings = read(tmp_path, OIDC.replace("oidc", "proxy") + PROXY)
    assert settings.proxy.is_from(address) is is_proxy


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "access.toml")
    with pytest.raises(DataFileError, match="found no regular file"):
        read_access(tmp_path / "access.toml")
