"""Every picture that a page shows has words for who does not see it."""

import ast

from tests.contracts.source import REPOSITORY, expect_none, list_python_files


def list_mute_pictures(source: str) -> list[int]:
    """Lines that show a picture without `alt`."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "image"
        and "alt" not in {keyword.arg for keyword in node.keywords}
    ]


def test_no_picture_is_mute():
    problems = [
        f"{path.relative_to(REPOSITORY)}:{line}"
        for path in list_python_files("musegnn/screens", "pages")
        for line in list_mute_pictures(path.read_text("utf-8"))
    ]
    expect_none(problems, "`st.image` says in `alt` what the picture shows:")


def test_a_mute_picture_is_found():
    assert list_mute_pictures("st.image(a, alt='x')\nleft.image(a, width=3)") == [2]
