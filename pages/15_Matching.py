"""Matching: molecules and the profiles of cells they leave."""

from musegnn.screens.shell.frame import show

show("Matching")
