"""Server: who is here, and what the machine still has, for who runs it."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.screen import Screen

SCREEN: Final = Screen(
    name="Server",
    question="Who is here, what goes on, and what does this machine still have?",
    draw="musegnn.screens.server.panel:draw",
    order=85,
    group="Make",
    icon=":material/dns:",
    needs=(),
    file="11_Server.py",
    right="administer",
)
