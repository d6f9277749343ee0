"""Who a provider, a proxy or a password says that somebody is, and who only claims to be."""

from __future__ import annotations

import pytest

from musegnn.access.owners import Owner, may_see, owner_of
from musegnn.access.password import LONGEST, Door, hash_password, is_password
from musegnn.access.settings import parse_access
from musegnn.access.sign_in import visitor_of_claims, visitor_of_headers, visitor_of_password
from musegnn.access.visitor import (
    GUEST,
    LOCAL,
    AccessError,
    Visitor,
    acting,
    acting_as,
    clean_name,
    look_up_with,
    on_behalf,
)
from musegnn.errors import InputError

NOW = 1_800_000_000.0
SECRET = "s3cret-of-the-proxy-0123456789"
ROLES = {"admin": ["ada@lab.example", "group:wheel"], "member": ["ben", "sub:ben"]}
CLAIMS = {
    "is_logged_in": True,
    "iss": "https://id.example",
    "sub": "17",
    "email": "ada@lab.example",
    "email_verified": True,
    "name": "Ada",
    "iat": NOW - 60,
}
HEADERS = {"X-Forwarded-User": "ben", "X-Musegnn-Secret": SECRET}


def settings(sign_in, **more):
    proxy = {"addresses": ["127.0.0.1"], "secret": SECRET, "groups": "X-Groups", "name": "X-Name"}
    people = [{"name": "ben", "password": "scrypt$1$1$1$" + "0" * 32 + "$" + "0" * 64}]
    values = {"mode": "public", "hosts": ["here"], "sign_in": sign_in, "roles": ROLES}
    return parse_access(values | {"proxy": proxy, "people": people} | more, where="test")


def of_claims(**changes):
    return visitor_of_claims(settings("oidc"), CLAIMS | changes, now=NOW)


def test_a_provider_says_who_somebody_is():
    assert of_claims() == Visitor("oidc:https://id.example|17", "Ada", "admin")
    assert of_claims(email="x@lab.example", groups=["wheel"]).role == "admin"
    assert of_claims(email="x@lab.example", sub="ben").role == "member"


@pytest.mark.parametrize(
    "changes",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": ["ada@lab.example"]},
        {"email": None, "preferred_username": "ada@lab.example"},
        {"email": "x@lab.example", "groups": {"wheel": 1}},
        {"email": "x@lab.example", "groups": [["wheel"]]},
    ],
)
def test_what_people_can_choose_themselves_gives_no_role(changes):
    assert of_claims(**changes).role == "viewer"


@pytest.mark.parametrize(
    "changes",
    [
        {"is_logged_in": False},
        {"sub": ""},
        {"sub": None},
        {"sub": 17},
        {"sub": "x" * 400},
        {"iat": NOW - 13 * 3600},  # longer ago than twelve hours
        {"iat": NOW + 3600},
        {"iat": None},
        {"iat": True},
        {"iat": float("nan")},
    ],
)
def test_who_is_not_signed_in_or_was_too_long_ago_is_nobody(changes):
    assert of_claims(**changes) == GUEST


def test_a_provider_without_verified_addresses_can_be_trusted_by_a_setting():
    trusting = settings("oidc", oidc={"trusts_unverified_email": True})
    unverified = CLAIMS | {"email_verified": None}
    assert visitor_of_claims(trusting, unverified, now=NOW).role == "admin"


def of_headers(*pairs, address="127.0.0.1"):
    return visitor_of_headers(settings("proxy"), pairs, address=address)


def test_a_proxy_says_who_somebody_is():
    assert of_headers(*HEADERS.items()) == Visitor("proxy:ben", "ben", "member")
    low = [(name.lower(), value) for name, value in HEADERS.items()]
    more = of_headers(*low, ("x-groups", "users, wheel"), ("x-name", "Ben\u202e B\n"))
    assert (more.role, more.name) == ("admin", "Ben B")


@pytest.mark.parametrize(
    ("pairs", "address"),
    [
        (HEADERS.items(), "127.0.0.2"),
        (HEADERS.items(), None),
        ((HEADERS | {"X-Musegnn-Secret": ""}).items(), "127.0.0.1"),
        ((HEADERS | {"X-Musegnn-Secret": SECRET[:-1]}).items(), "127.0.0.1"),
        ((HEADERS | {"X-Musegnn-Secret": SECRET + "é"}).items(), "127.0.0.1"),
        ([("X-Forwarded-User", "ben")], "127.0.0.1"),
        ([*HEADERS.items(), ("x-forwarded-user", "ada")], "127.0.0.1"),
        ([*HEADERS.items(), ("X-Musegnn-Secret", SECRET)], "127.0.0.1"),
        ([("X-Musegnn-Secret", SECRET)], "127.0.0.1"),
        ((HEADERS | {"X-Forwarded-User": " "}).items(), "127.0.0.1"),
        ((HEADERS | {"X-Forwarded-User": "x" * 400}).items(), "127.0.0.1"),
    ],
)
def test_a_header_that_the_proxy_did_not_send_makes_nobody(pairs, address):
    assert of_headers(*pairs, address=address) == GUEST


@pytest.mark.parametrize("user", ["group:wheel", "sub:ben"])
def test_an_account_cannot_be_named_like_a_group_or_another(user):
    assert of_headers(*(HEADERS | {"X-Forwarded-User": user}).items()).role == "viewer"


def test_a_password_lasts_some_hours_and_ends_with_the_entry():
    known = settings("password")
    assert visitor_of_password(known, "ben", signed_in=NOW, now=NOW + 60).role == "member"
    assert visitor_of_password(known, "ben", signed_in=NOW, now=NOW + 13 * 3600) == GUEST
    assert visitor_of_password(known, "ben", signed_in=NOW + 9, now=NOW) == GUEST
    assert visitor_of_password(known, "cat", signed_in=NOW, now=NOW) == GUEST


def test_a_password_is_kept_as_a_salted_hash():
    first, second = (hash_password("four words of mine") for _ in range(2))
    assert first != second
    assert "words" not in first
    assert is_password("four words of mine", first)
    assert not is_password("four words of yours", first)
    assert not is_password("x" * (LONGEST + 1), first)
    assert not is_password("any", f"scrypt${1 << 30}$8$1${'0' * 32}${'0' * 64}")  # would take 1 TB
    for wrong in ("short", "x" * 201):
        with pytest.raises(InputError, match="12 to 200 signs"):
            hash_password(wrong)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def door(monkeypatch):
    from musegnn.access import password

    monkeypatch.setattr(password, "is_password", lambda typed, kept: typed == kept)
    door = Door(Clock())
    door.people = {"ben": "right"}
    return door


def guess(door, password="wrong", *, name="ben", address="a"):
    return door.enter(door.people, name, password, address=address)


def test_wrong_passwords_cost_more_and_more_time_of_their_address(door):
    waits = []
    for _ in range(18):
        with pytest.raises(AccessError, match="do not match"):
            guess(door)
        start, step = door.clock.now, 0.5
        while True:
            try:
                guess(door, "right")
            except AccessError as error:
                assert "too early" in str(error)  # noqa: PT017 - the loop looks for the end of it
                door.clock.now += step
                continue
            break
        waits.append(door.clock.now - start)
        # the right one sets the count back: count on
        door._wrong["a"] = (len(waits), door.clock.now)
        if len(waits) == 4:
            assert waits == [0.0] * 4
        door.clock.now += 60
    assert waits[4:8] == [1.0, 2.0, 4.0, 8.0]
    assert max(waits) == 900.0


def test_one_address_does_not_stop_another_until_there_are_many(door):
    for number in range(60):
        with pytest.raises(AccessError, match="do not match"):
            guess(door, name="nobody", address=str(number))
    with pytest.raises(AccessError, match="10 s too early"):
        guess(door, "right", address="somebody")
    door.clock.now += 10
    assert guess(door, "right", address="somebody") == "ben"


def test_who_acts_is_the_local_user_until_a_dashboard_says_who():
    assert acting() == LOCAL
    ben = Visitor("b", "Ben", "member")
    with acting_as(ben):
        assert acting() == ben
        later = on_behalf(acting)
    assert acting() == LOCAL
    assert later() == ben


def test_a_lookup_is_asked_by_every_thread(monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from musegnn.access import visitor

    monkeypatch.setattr(visitor, "_LOOKUPS", [])
    look_up_with(lambda: GUEST)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(acting).result() == GUEST


def test_owners_are_read_with_distrust():
    assert owner_of(None) == Owner("local", "this machine")
    assert owner_of({"owner": "x", "name": ["y"], "made_by": "A\u202eb\n c"}) == Owner(
        "x", "x", "Ab c"
    )
    assert clean_name("x" * 500) == "x" * 100
    assert not may_see(Owner("x"), GUEST)
    assert may_see(Owner("local"), LOCAL)
