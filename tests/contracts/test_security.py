"""SECURITY.md promises what a test or a benchmark shows."""

from __future__ import annotations

import re

import pytest

from tests.contracts.source import REPOSITORY, expect_none

TEXT = (REPOSITORY / "SECURITY.md").read_text("utf-8")
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| (?!promise|who|-)", line)]
NAMED = re.compile(r"`((?:tests|benchmarks)/[\w/.-]+)`")


def test_each_promise_names_what_shows_it():
    promises = [row for row in ROWS if not row.startswith(("| somebody", "| a lab", "| whoever"))]

    assert len(promises) > 20
    expect_none([row[:90] for row in promises if not NAMED.search(row.rpartition(" | ")[2])])


@pytest.mark.parametrize("name", sorted(set(NAMED.findall(TEXT))))
def test_what_shows_a_promise_is_there_and_can_fail(name):
    path = REPOSITORY / name
    files = sorted(path.glob("*.py")) if path.is_dir() else [path]

    assert files
    assert all(file.is_file() for file in files)
    if name.startswith("tests/"):
        assert re.search(r"^(async )?def test_", path.read_text("utf-8"), re.MULTILINE)
        assert "assert" in path.read_text("utf-8") or "raises" in path.read_text("utf-8")
