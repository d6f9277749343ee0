"""A path of a user stays inside the folder it may name."""

from __future__ import annotations

from pathlib import Path

import pytest

from musegnn.errors import InputError
from musegnn.io.paths import check_inside


@pytest.mark.parametrize("path", ["a.h5ad", "b/../a.h5ad", ".", "b/c/d.csv", ""])
def test_paths_inside_are_resolved(path: str, tmp_path: Path) -> None:
    assert check_inside(path, tmp_path) == (tmp_path / path).resolve()
    assert check_inside(tmp_path / path, tmp_path) == (tmp_path / path).resolve()


@pytest.mark.parametrize("path", ["..", "../a", "b/../../a", "/etc/passwd", "a\0b"])
def test_paths_outside_are_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Expected (a path inside|the path of a file)"):
        check_inside(path, tmp_path / "root")


def test_links_and_names_that_only_begin_alike_are_refused(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "root_of_another"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    for path in (root / "link" / "a", outside):
        with pytest.raises(InputError, match="which leads outside"):
            check_inside(path, root)
