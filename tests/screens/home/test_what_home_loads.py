"""The first page opens nothing that it does not show."""

import os
import subprocess
import sys

from tests.page_visits import PAGES_FOLDER

MOST = 99  # modules of the product; those of the server, of names, JSON and sizes are among them
VISIT = """
import sys
from streamlit.testing.v1 import AppTest

page = AppTest.from_file(sys.argv[1], default_timeout=120).run()
assert not page.exception and not page.error, (page.exception, page.error)
assert page.title[0].value == "Genes in context"
print(*sorted(name for name in sys.modules if name.startswith("musegnn")))
"""


def test_home_loads_few_modules_and_of_other_screens_only_their_records(atlas_folder):
    environment = {**os.environ, "MUSEGNN_ATLAS": str(atlas_folder)}
    environment.pop("MUSEGNN_KNOWLEDGE", None)
    environment["XDG_CACHE_HOME"] = str(atlas_folder / "no_cache")  # where annotation may lie
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(PAGES_FOLDER / "1_Home.py")],
        cwd=PAGES_FOLDER.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert "musegnn.screens.home.panel" in loaded
    of_others = [
        name
        for name in loaded
        if name.count(".") > 2
        and name.startswith("musegnn.screens.")
        and name.split(".")[2] not in {"home", "parts", "shell"}
        and not name.endswith(".screen")
    ]
    assert of_others == []
    assert not {"musegnn.runs", "musegnn.graphs.build", "musegnn.launchers"} & set(loaded)
    assert len(loaded) <= MOST
