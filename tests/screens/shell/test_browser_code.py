"""Code for the browser is sent without what people alone read."""

from __future__ import annotations

from importlib.resources import files

import pytest

from musegnn.screens.shell.browser_code import read_browser_code

CODE = sorted(
    (package, file.name)
    for package in ("musegnn.screens.parts", "musegnn.screens.shell")
    for file in files(package).iterdir()
    if file.name.endswith((".js", ".css"))
)


@pytest.mark.parametrize(("package", "name"), CODE, ids=[name for _, name in CODE])
def test_each_line_of_code_is_sent_and_no_comment(package, name):
    lines = files(package).joinpath(name).read_text("utf-8").splitlines()
    # a text over two lines would lose its margin
    assert not [line for line in lines if line.count("`") % 2]
    kept, in_comment = [], False
    for line in map(str.strip, lines):
        in_comment |= line.startswith("/*")
        if line and not in_comment and not line.startswith("//"):
            kept.append(line)
        if in_comment and "*/" in line:
            assert line.endswith("*/")  # code behind a comment has a line of its own
            in_comment = False
    assert read_browser_code(package, name).split("\n") == [*kept, ""]
    assert len(CODE) >= 9


def test_files_follow_each_other():
    parts = "musegnn.screens.parts"
    both = read_browser_code(parts, "point_map.js", "point_map_names.js")
    one, other = (read_browser_code(parts, name) for name in ("point_map.js", "point_map_names.js"))
    assert both == one + other
