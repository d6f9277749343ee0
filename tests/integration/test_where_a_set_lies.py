"""Every command that takes an atlas takes a run, its result, or the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from musegnn.embeddings.origin import find_set_file
from musegnn.errors import DataFileError
from musegnn.screens.shell.cached_build import open_atlas
from tests.command_line import musegnn

CONTEXT = "blood_human"
COMMANDS = {
    "compare": ("pancreas_human", "pancreas_mouse", "--top", "3"),
    "neighbours": ("CD3E", "--dataset", CONTEXT, "--json"),
    "orthologs": (),
    "causal": ("--gene", "CD3E", "--context", CONTEXT, "--json"),
}


@pytest.fixture
def run_folder(atlas_folder: Path, tmp_path: Path) -> Path:
    """Make the folder of a run with the atlas as its result."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "result").symlink_to(atlas_folder, target_is_directory=True)
    return tmp_path / "run"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_run_its_result_and_the_file_give_one_answer(command, run_folder, monkeypatch) -> None:
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    ways = (run_folder, run_folder / "result", run_folder / "result" / "embedding.h5ad")
    answers = [musegnn(command, way, *COMMANDS[command]) for way in ways]
    assert [answer.code for answer in answers] == [0, 0, 0], answers[0].err
    assert len({answer.out for answer in answers}) == 1


@pytest.mark.parametrize("command", ["benchmark", "enrich", *COMMANDS])
def test_a_folder_without_a_set_is_told_what_was_looked_for(command, tmp_path) -> None:
    options = {
        **COMMANDS,
        "benchmark": (),
        "enrich": ("--neighbours", "CD3E", "--gmt", "sets.gmt"),
    }[command]
    answer = musegnn(command, tmp_path, *options)
    assert answer.code == 2
    looked = f"in the folder {tmp_path}, found neither embedding.h5ad nor result/embedding.h5ad."
    assert looked in " ".join(answer.err.split())
    assert "Name the folder of a run that is done" in " ".join(answer.err.split())


def test_the_dashboard_opens_a_run_and_is_empty_for_a_folder_without(run_folder, tmp_path) -> None:
    opened = open_atlas(run_folder)
    assert opened is not None
    assert opened.embedding.path == (run_folder / "result").resolve() / "embedding.h5ad"
    (tmp_path / "empty").mkdir()
    assert open_atlas(tmp_path / "empty") is None
    assert open_atlas(tmp_path / "nowhere") is None


def test_the_result_itself_goes_before_a_result_within_it(tmp_path) -> None:
    for place in ("embedding.h5ad", "result/embedding.h5ad"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).touch()
    assert find_set_file(tmp_path, role="a set") == tmp_path / "embedding.h5ad"
    assert find_set_file(tmp_path / "x.h5ad", role="a set") == tmp_path / "x.h5ad"
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataFileError, match=r"Expected a set in the folder .*, found neither"):
        find_set_file(tmp_path / "empty", role="a set")
