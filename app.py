"""The server of the dashboard: `streamlit run app.py`.

What it shows is `dashboard.py`; here stands what all that it answers passes.
"""

import os
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from musegnn.access.answers import GuardedAnswers
from musegnn.access.left_pages import LeftPages
from musegnn.access.log import keep_log
from musegnn.access.returning import ReturningVisitors
from musegnn.access.uploads import GuardedUploads
from musegnn.screens.parts.spool import sweep
from musegnn.screens.shell.messages import tell_uncaught
from musegnn.screens.shell.panel_files import keep_files
from musegnn.screens.shell.panel_visitor import largest_upload
from musegnn.screens.shell.screen import screens
from musegnn.settings import Settings

# read when numpy is loaded, which nothing above does: visitors who compute at once would wait for
# the threads of one another. Runs have the threads that they ask for
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
settings = Settings.from_environment()
keep_log(settings.log)
sweep(settings.uploads)
keep_files()
guard = Middleware(
    GuardedAnswers,
    hosts=lambda: config.get_option("server.allowedHosts"),
    start_page=(Path(st.__file__).parent / "static" / "index.html").read_text("utf-8"),
)
returning = Middleware(
    ReturningVisitors,
    pages=lambda: [screen.name for screen in screens()],
    base=lambda: config.get_option("server.baseUrlPath"),
)
app = st.App(
    "dashboard.py",
    middleware=[
        guard,
        returning,
        Middleware(GuardedUploads, largest=largest_upload),
        # a map asks for names and cards, the box of the gene for suggestions
        Middleware(LeftPages, BackMsg.FromString, ForwardMsg.FromString, ("ask", "typed")),
    ],
    on_script_error=tell_uncaught,
)
