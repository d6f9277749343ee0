"""Toy graphs, written once, and folders of runs on them.

PYTEST_DONT_REWRITE: imported by tests and registered as a plugin.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from musegnn.runs.files import reserve_space
from tests.toy_runs import new_run, write_graphs


@pytest.fixture(scope="session")
def graph_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with two toy graphs, written once."""
    return write_graphs(tmp_path_factory.mktemp("graphs"))


@pytest.fixture
def graphs(graph_folder: Path) -> Path:
    """Folder with two toy graphs."""
    return graph_folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Folder of all runs."""
    return tmp_path / "runs"


@pytest.fixture
def waiting(root: Path, graph_folder: Path) -> Path:
    """Folder of a run that waits."""
    return new_run(root, graph_folder)


@pytest.fixture(scope="session")
def finished_once(graph_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that came to its end in this process, undisturbed; not to be changed."""
    import torch

    from musegnn.worker.perform import perform

    before = torch.get_num_threads()
    folder = new_run(tmp_path_factory.mktemp("finished"), graph_folder)
    assert perform(folder) == 0, (folder / "error.json").read_text()
    torch.set_num_threads(before)
    return folder


@pytest.fixture
def finished(finished_once: Path, root: Path) -> Path:
    """A copy of a finished run."""
    root.mkdir(exist_ok=True)
    return Path(shutil.copytree(finished_once, root / finished_once.name))


@pytest.fixture
def fresh(finished_once: Path, root: Path) -> Path:
    """The finished run as it was before it started, under the same id."""
    folder = root / finished_once.name
    folder.mkdir(parents=True)
    for name in ("config.json", "request.json"):
        shutil.copy(finished_once / name, folder)
    (folder / "log.txt").touch()
    reserve_space(folder)
    return folder
