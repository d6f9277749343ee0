"""The first page opens nothing that it does not show."""

import os
import subprocess
import sys

import pytest

from musegnn.access.password import hash_password
from tests.page_visits import PAGES_FOLDER

MOST = 76  # modules of the product, beside the records of other screens
VISIT = """
import sys, time
from streamlit.testing.v1 import AppTest

page = AppTest.from_file(sys.argv[1], default_timeout=120)
if sys.argv[2]:
    page.session_state["visitor_signed_in"] = (sys.argv[2], time.time())
page.run()
assert not page.exception and not page.error, (page.exception, page.error)
assert page.title[0].value == "Genes in context"
print(*sorted(name for name in sys.modules if name.startswith("musegnn")))
"""
ACCESS = """
mode = "public"
sign_in = "password"
hosts = ["lab.example"]
[roles]
member = ["ada"]
[[people]]
name = "ada"
password = "{kept}"
"""


@pytest.fixture
def load(tmp_path):
    """Names of the modules of the product that a visit of Home loads, in a process of its own."""

    def visit(atlas, *, who="", is_public=False, knowledge=None):
        kept = {n: v for n, v in os.environ.items() if not n.startswith("MUSEGNN_")}
        environment = {
            **kept,
            "MUSEGNN_ATLAS": str(atlas),
            "MUSEGNN_LINKS": str(tmp_path / "links"),
            "XDG_CACHE_HOME": str(tmp_path / "no_cache"),  # where annotation may lie
        }
        if knowledge is not None:
            environment["MUSEGNN_KNOWLEDGE"] = str(knowledge)
        if is_public:
            path = tmp_path / "access.toml"
            path.write_text(ACCESS.format(kept=hash_password("four words of mine")), "utf-8")
            environment["MUSEGNN_ACCESS"] = str(path)
        done = subprocess.run(
            [sys.executable, "-c", VISIT, str(PAGES_FOLDER / "1_Home.py"), who],
            cwd=PAGES_FOLDER.parent,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return visit


def is_record(name):
    """Tell whether a module is what another screen says of itself: one for each page there is."""
    parts = name.split(".")
    is_screen = name.startswith("musegnn.screens.") and parts[2] not in {"home", "parts", "shell"}
    return is_screen and (len(parts) == 3 or parts[3:] == ["needs"])


def check_few(loaded):
    of_others = [
        name
        for name in loaded
        if name.startswith("musegnn.screens.")
        and name.split(".")[2] not in {"home", "parts", "shell"}
        and not is_record(name)
    ]
    assert of_others == []
    assert not {"musegnn.runs", "musegnn.graphs.build", "musegnn.launchers"} & set(loaded)
    own = [name for name in loaded if not is_record(name)]
    assert len(own) <= MOST, (len(own), own)


def test_home_loads_few_modules_and_of_other_screens_only_their_records(load, atlas_folder):
    loaded = load(atlas_folder)
    assert "musegnn.screens.home.panel" in loaded
    check_few(loaded)


def test_home_of_who_signed_in_loads_few_modules_with_annotation_too(
    load, atlas_folder, module_knowledge
):
    loaded = load(atlas_folder, who="ada", is_public=True, knowledge=module_knowledge)
    assert {"musegnn.screens.home.panel", "musegnn.access.sign_in"} <= set(loaded)
    check_few(loaded)


def test_home_without_an_atlas_loads_few_modules(load, tmp_path):
    loaded = load(tmp_path / "none")
    assert "musegnn.screens.home.panel" not in loaded
    check_few(loaded)


def test_the_door_loads_few_modules(load, atlas_folder):
    loaded = load(atlas_folder, is_public=True)
    assert "musegnn.embeddings.atlas" in loaded
    check_few(loaded)
