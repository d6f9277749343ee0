"""The page for notebooks: its code runs on the shipped atlas, and its table names what is there."""

import doctest
import re
import subprocess
import sys

import pytest

import musegnn
from tests.contracts.source import REPOSITORY

PAGE = REPOSITORY / "docs" / "api.md"


def test_the_code_of_the_page_gives_what_stands_there(monkeypatch, tmp_path):
    for name in ("MUSEGNN_ATLAS", "MUSEGNN_KNOWLEDGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # no annotation of whoever runs the tests
    # a fence is no output
    text = re.sub(r"^```.*$", "", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    assert len(examples.examples) > 20
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    found = runner.run(examples, out=report.append)
    assert found.failed == 0, "".join(report)


def test_every_place_of_the_table_is_there():
    text = PAGE.read_text(encoding="utf-8")
    places = re.findall(r"`(musegnn/[\w/]+\.py)`", text)
    assert len(places) > 8
    for place in places:
        assert (REPOSITORY / place).is_file(), place
    for name in set(re.findall(r"`(musegnn(?:\.\w+)+)`", text)):
        offered = musegnn
        for part in name.split(".")[1:]:
            offered = getattr(offered, part)
        assert offered is not None, name
    atlas = musegnn.AnnotatedAtlas
    for name in set(re.findall(r"`atlas\.(\w+)", text)) - {"embedding", "search", "store"}:
        assert hasattr(atlas, name), name


def test_other_pages_lead_to_it():
    for page in ("README.md", "docs/index.md"):
        assert "api.md" in (REPOSITORY / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("library", ["numpy", "pandas", "scipy", "streamlit", "torch"])
def test_importing_the_package_loads_nothing_else(library):
    code = f"import sys, musegnn; print(musegnn.__version__, {library!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith(" False\n")
