"""The records of screens: what each must be, and what becomes of a screen of another package."""

import dataclasses
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from musegnn.errors import InputError
from musegnn.screens.shell import permalink
from musegnn.screens.shell import screen as records
from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.needs import needs
from musegnn.screens.shell.screen import Screen, find_screen, screens

ROOT = Path(__file__).parents[3]
OWN = screens()


def test_every_page_file_opens_the_screen_that_names_it():
    files = {screen.file: screen for screen in OWN}
    assert set(files) == {path.name for path in (ROOT / "pages").glob("*.py")}
    for file, screen in files.items():
        lines = (ROOT / "pages" / file).read_text(encoding="utf-8").splitlines()
        assert file.partition("_")[2] == f"{screen.name}.py"  # the address that old links have
        assert [line for line in lines if line][1:] == [
            "from musegnn.screens.shell.frame import show",
            f'show("{screen.name}")',
        ]


@pytest.mark.parametrize("screen", OWN, ids=lambda screen: screen.name)
def test_a_record_names_what_draws_it_and_what_opens_what_it_needs(screen):
    module, _, function = screen.draw.partition(":")
    draw = getattr(importlib.import_module(module), function)
    assert list(inspect.signature(draw).parameters) == ["frame"]
    assert set(screen.needs) <= set(needs())
    assert screen.question.endswith("?")
    links = [step.fields for step in screen.tour]
    assert {name for link in links for name in link} <= {field.name for field in screen.fields}


def test_menu_and_home_come_in_order():
    assert OWN[0].name == "Home"
    assert len({screen.order for screen in OWN}) == len(OWN)
    groups = [screen.group for screen in OWN]
    assert sorted(groups, key=groups.index) == groups  # each heading stands once


def test_listing_all_screens_loads_neither_streamlit_nor_what_computes():
    code = """
import sys
from musegnn.screens.shell.permalink import fields
assert len(fields()) > 40
heavy = {"streamlit", "numpy", "pandas", "scipy", "plotly"} & set(sys.modules)
other = [name for name in sys.modules if name.startswith("musegnn.screens.") and
         name.rpartition(".")[2].startswith(("view", "panel", "figure", "controls", "cache"))]
print("loaded:", heavy, other)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "loaded: set() []", done.stderr


def test_an_unknown_page_is_named_with_the_nearest():
    with pytest.raises(InputError, match="page"):
        find_screen("Genes")


ORGANS = Screen(
    name="Organs",
    question="Which organs are there?",
    draw="organs.panel:draw",
    order=25,
    group="Explore",
    fields=(LinkField("organ", "the name of a tissue"),),
)


@pytest.fixture
def offer(monkeypatch):
    """Let another package offer screens beside those of the product."""

    def add(*others):
        monkeypatch.setattr(records, "find_records", lambda *_args, **_kinds: (*OWN, *others))
        screens.cache_clear()
        permalink.fields.cache_clear()

    yield add
    screens.cache_clear()
    permalink.fields.cache_clear()


def test_a_screen_of_another_package_takes_its_place(offer):
    offer(ORGANS)
    names = [screen.name for screen in screens()]
    assert names[names.index("Gene") + 1] == "Organs"
    assert permalink.encode({"organ": "heart", "gene": "INS"}, page="Organs") == {"organ": "heart"}
    assert permalink.decode({"organ": "heart"}).values == {"organ": "heart"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Gene"},
        {"fields": (LinkField("gene", "the number of a gene", pattern="[0-9]+"),)},
    ],
)
def test_a_screen_that_changes_what_old_links_mean_is_left_out(offer, caplog, change):
    offer(dataclasses.replace(ORGANS, **change))
    assert screens() == OWN
    assert "clashes with another one" in caplog.text
    assert permalink.field("gene").problem("INS") == ""
