"""Data: is my file good, and what graph does it make."""

from musegnn.screens.data import panel as panels
from musegnn.screens.shell.frame import page

with page("Data", "Is my file good, and what gene graph does it make?") as frame:
    file = panels.choose_file()
    request = panels.check(file, frame) if file is not None else None
    if request is not None:
        panels.build(request)
    panels.show(frame)
