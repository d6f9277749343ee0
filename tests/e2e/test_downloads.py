"""A press of a download button while its page is drawn anew, on a server that others use."""

from __future__ import annotations

import re

import pytest

from tests.e2e.browser import ROOT, dashboard, take

pytestmark = pytest.mark.e2e

PAGE = """
import time
from pathlib import Path
import streamlit as st
from musegnn.screens.shell.downloads import download_file

drawn = st.session_state["drawn"] = st.session_state.get("drawn", 0) + 1
st.button("Again", key="again")
st.write(f"drawn {drawn}")
while "wait" in st.query_params and drawn > 1 and not Path("DONE").exists():
    time.sleep(0.05)
download_file("Take", lambda: f"of {drawn}", "a.csv", key="take")
st.write(f"end {drawn}")
"""


def test_a_button_that_is_still_shown_gives_its_file_whoever_is_done_meanwhile(visit, tmp_path):
    done = tmp_path / "done"
    (tmp_path / "dashboard.py").write_text(PAGE.replace("DONE", str(done)))
    # all but the page itself as it is
    (tmp_path / "app.py").write_text((ROOT / "app.py").read_text())
    with dashboard(tmp_path, script=tmp_path / "app.py") as address:
        ada, ben = (visit(address).tab for _ in range(2))
        for tab, query in ((ada, "/?wait=1"), (ben, "/")):
            tab.goto(address + query)
            tab.get_by_text("end 1").wait_for(timeout=60_000)
        for tab in (ada, ben):
            tab.get_by_role("button", name="Again").click()
            tab.get_by_text("drawn 2").wait_for(timeout=30_000)
        ben.get_by_text("end 2").wait_for(timeout=30_000)
        # the server clears away behind a page that is done
        ben.get_by_role("button", name="Again").click()
        ben.get_by_text("end 3").wait_for(timeout=30_000)
        assert take(ada, "Take") == ("a.csv", b"of 1")
        assert not ada.get_by_text(re.compile("Failed to generate")).count()
        done.touch()
        ada.get_by_text("end 2").wait_for(timeout=30_000)
        assert take(ada, "Take") == ("a.csv", b"of 2")
