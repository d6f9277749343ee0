"""What the dashboard shows: its pages and their groups. `streamlit run app.py` starts it."""

from functools import partial

import streamlit as st

from musegnn.screens.shell.frame import show
from musegnn.screens.shell.screen import screens

groups: dict[str, list[st.Page]] = {}
for place, screen in enumerate(screens()):
    # a screen of another package has no file here
    run = f"pages/{screen.file}" if screen.file else partial(show, screen.name)
    page = st.Page(run, title=screen.name, url_path=screen.name, default=place == 0)
    groups.setdefault(screen.group, []).append(page)
st.navigation(groups).run()
