"""Server: who is here, and what does this machine still have."""

from musegnn.screens.shell.frame import show

show("Server")
