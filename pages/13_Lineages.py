"""Lineages: where cells stand on their way, and which genes rise and fall along it."""

from musegnn.screens.shell.frame import show

show("Lineages")
