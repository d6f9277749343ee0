"""Causal: what regulates these genes, and how much of it is known."""

from musegnn.screens.shell.frame import show

show("Causal")
