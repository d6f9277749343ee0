"""Tests reach this machine only."""

from __future__ import annotations

import socket

import pytest


def test_a_remote_address_is_refused() -> None:
    with socket.socket() as remote, pytest.raises(PermissionError, match=r"reach 192\.0\.2\.1"):
        remote.connect(("192.0.2.1", 80))


def test_a_datagram_to_a_remote_address_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as remote,
        pytest.raises(PermissionError, match=r"reach 192\.0\.2\.1"),
    ):
        remote.sendto(b"x", ("192.0.2.1", 53))


def test_the_name_of_a_remote_host_is_not_looked_up() -> None:
    with pytest.raises(PermissionError, match=r"reach example\.invalid"):
        socket.create_connection(("example.invalid", 80))


def test_this_machine_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port)), server.accept()[0]:
            pass
