"""Python loads this before anything else: it refuses and writes down every way off this machine."""

import os
import socket
from pathlib import Path

_LOG = Path(os.environ["NETWORK_GUARD_LOG"])
_LOCAL = {"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}


def _note(kind, text):
    with _LOG.with_suffix(f".{kind}").open("a", encoding="utf-8") as stream:
        stream.write(f"{text}\n")


def _check(host, what):
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in _LOCAL:
        _note("attempts", f"{what} {name}")
        message = f"This process may not reach {name}."
        raise OSError(message)


def _guard_socket(name):
    original = getattr(socket.socket, name)

    def guarded(self, *arguments):
        address = arguments[-1]
        if self.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            _check(address[0], name)
        return original(self, *arguments)

    setattr(socket.socket, name, guarded)


def _guard_lookup(name):
    original = getattr(socket, name)

    def guarded(host, *arguments, **options):
        _check(host, name)
        return original(host, *arguments, **options)

    setattr(socket, name, guarded)


for _name in ("connect", "connect_ex", "sendto"):
    _guard_socket(_name)
for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    _guard_lookup(_name)
_note("guarded", os.getpid())
