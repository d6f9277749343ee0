"""Half a file is never seen, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from musegnn.errors import DataFileError
from musegnn.io.atomic import remove_leftovers, replacing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_and_fail(path: Path, error: BaseException, *, folder: bool = False) -> None:
    """Stop with an error when half is written."""
    with replacing(path) as temporary:
        if folder:
            temporary.mkdir()
            (temporary / "new").touch()
        else:
            temporary.write_text("half")
        raise error


def test_the_file_appears_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.h5ad"
    with replacing(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".h5ad"
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert names(path.parent) == ["a.h5ad"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ValueError, match="half way"):
        write_and_fail(path, ValueError("half way"))
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt, match="stop"):
        write_and_fail(path, KeyboardInterrupt("stop"))
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_failure_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(ValueError, match="half way"):
        write_and_fail(path, ValueError("half way"), folder=True)
    assert names(tmp_path) == ["result"]
    assert names(path) == ["old"]


def test_a_folder_replaces_a_folder_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.mkdir()
    (path / "old").touch()
    with replacing(path) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()
    assert names(path) == ["new"]
    assert names(tmp_path) == ["result"]


def test_two_writers_do_not_share_a_temporary_file(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as one, replacing(tmp_path / "a") as two:
        assert one != two
        one.write_text("one")
        two.write_text("two")
    assert (tmp_path / "a").read_text() == "one"  # the one that ended last


def test_a_path_that_cannot_be_written_gives_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with (
        pytest.raises(
            DataFileError, match=r"Expected to be able to write .*b\.txt, found: .*exists"
        ),
        replacing(tmp_path / "file" / "b.txt"),
    ):
        pass
    (tmp_path / "folder").mkdir()
    with (
        pytest.raises(DataFileError, match=r"write .*folder, found: Is a directory"),
        replacing(tmp_path / "folder") as temporary,
    ):
        temporary.write_text("x")
    with (
        pytest.raises(DataFileError, match="Expected the path of a file or folder"),
        replacing(Path()),
    ):
        pass
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "x"


def test_a_full_disc_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    error = OSError(28, "No space left on device")
    with pytest.raises(DataFileError, match=r"No space left on device\. Check .* the free space"):
        write_and_fail(tmp_path / "a", error)
    assert names(tmp_path) == []


def test_only_what_a_killed_writer_left_is_removed(tmp_path):
    kept = [".other-0a1b2c3d.json", "status.json", ".status-xyz.json", ".status-0a1b2c3d.txt"]
    for name in [*kept, ".status-0a1b2c3d.json"]:
        (tmp_path / name).touch()
    (tmp_path / ".result-0a1b2c3d" / "graphs").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".result-ffffffff").symlink_to(tmp_path / "elsewhere")
    remove_leftovers(tmp_path, ["status.json", "result"])
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*kept, "elsewhere"])
    remove_leftovers(tmp_path / "none", ["x"])
