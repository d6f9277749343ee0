"""Compare: what changes between two contexts."""

from musegnn.screens.shell.frame import show

show("Compare")
