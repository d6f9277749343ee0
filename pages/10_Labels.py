"""Labels: where labelled genes lie, and whether the vectors can tell them."""

from musegnn.screens.shell.frame import show

show("Labels")
