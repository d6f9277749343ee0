"""Data: is my file good, and what graph does it make."""

from musegnn.screens.shell.frame import show

show("Data")
