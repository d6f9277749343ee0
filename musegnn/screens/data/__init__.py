"""Data: whether a file is good, and what graph it makes."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.screen import Screen

SCREEN: Final = Screen(
    name="Data",
    question="Is my file good, and what gene graph does it make?",
    draw="musegnn.screens.data.panel:draw",
    order=70,
    group="Make",
    icon=":material/upload_file:",
    needs=(),
    file="4_Data.py",
    scores="musegnn.screens.data.columns:SCORES",
    right="upload",
)
