"""Fixtures for all tests: no network unless a test asks for it, and the shared public data."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

# folders that many tests read, built when first asked for
pytest_plugins = (
    "tests.ui_fixtures",
    "tests.knowledge_folder",
    "tests.module_knowledge",
    "tests.causal_knowledge",
    "tests.run_fixtures",
)

LONG_FOLDERS = frozenset({"e2e", "integration", "training", "launchers"})
REPOSITORY = Path(__file__).resolve().parents[1]
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "::", ""})


def find_shared() -> Path:
    """Return the folder of public data: `MUSEGNN_SHARED`, or `shared` beside the repository."""
    return Path(os.environ.get("MUSEGNN_SHARED", REPOSITORY.parent / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that lets tests marked `internet` run."""
    parser.addoption("--internet", action="store_true", help="run tests that use the network")


def pytest_configure() -> None:
    """Point the annotation folder at the shared tables, and links away from those of the user.

    The annotation that ships is switched off: tests hold answers against tables that they wrote.
    Those of a fresh machine take the fixture `fresh_machine`.
    """
    os.environ.setdefault("MUSEGNN_SHIPPED", str(Path(tempfile.gettempdir()) / "musegnn-no-layer"))
    os.environ.setdefault("MUSEGNN_LINKS", str(Path(tempfile.gettempdir()) / "musegnn-test-links"))
    knowledge = find_shared() / "knowledge"
    if knowledge.is_dir():
        os.environ.setdefault("MUSEGNN_KNOWLEDGE", str(knowledge))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes seconds first, so that no long file is the last and runs alone on a core."""
    items.sort(key=lambda item: LONG_FOLDERS.isdisjoint(item.path.parts))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what this machine or this command line does not allow."""
    if item.get_closest_marker("internet") and not item.config.getoption("--internet"):
        pytest.skip("uses the network: run pytest with --internet")
    if item.get_closest_marker("gpu"):
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device, found none")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Close the network around each test and its fixtures, except for marker `internet`."""
    with pytest.MonkeyPatch.context() as patch:
        if not item.get_closest_marker("internet"):
            close_network(patch)
        return (yield)


@pytest.fixture(autouse=True)
def same_threads() -> Iterator[None]:
    """Undo what a test did to the threads of torch: more than there are cores wait for each other.

    A training of milliseconds takes minutes with two threads in each of two processes.
    """
    yield
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))


@pytest.fixture(autouse=True)
def runs_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch):
    """Keep what pages start out of the folder of runs of whoever tests."""
    monkeypatch.setenv("MUSEGNN_RUNS", str(tmp_path_factory.getbasetemp() / "no-runs"))
    monkeypatch.setenv("MUSEGNN_UPLOADS", str(tmp_path_factory.getbasetemp() / "uploads"))


@pytest.fixture
def work_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pages do their long work in this process, at once; gives the folder of runs."""
    from musegnn.runs import submit
    from musegnn.screens.parts import page_work
    from musegnn.worker.perform import perform

    root = tmp_path / "runs"
    monkeypatch.setenv("MUSEGNN_RUNS", str(root))
    here = partial(submit, executor="inprocess", perform=perform)
    monkeypatch.setattr(page_work, "submit", here)
    return root


def close_network(patch: pytest.MonkeyPatch) -> None:
    """Let sockets reach this machine only: local hosts and Unix sockets."""

    def guard(reach: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(self: socket.socket, *args: Any) -> Any:
            refuse_remote(self.family, args[-1])
            return reach(self, *args)

        return guarded

    def guarded_lookup(host: str | bytes | None, *args: Any, **kwargs: Any) -> Any:
        refuse_remote(socket.AF_INET, (host or "",))
        return look_up(host, *args, **kwargs)

    look_up = socket.getaddrinfo
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, guard(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", guarded_lookup)


def refuse_remote(family: int, address: Any) -> None:
    """Raise for an address outside this machine."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = address[0]
    host = host.decode() if isinstance(host, bytes) else host
    if host not in LOCAL_HOSTS and not host.startswith("127."):
        msg = f"A test tried to reach {host}. Mark it `internet` when that is its purpose."
        raise PermissionError(msg)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of public data; tests that need it are skipped where it is absent."""
    folder = find_shared()
    if not folder.is_dir():
        pytest.skip("needs the public data: set MUSEGNN_SHARED or lay `shared` beside the clone")
    return folder
