"""Molecules: which molecules are alike, by what they do to cells and by structure."""

from musegnn.screens.shell.frame import show

show("Molecules")
