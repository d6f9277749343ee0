"""Drugs: what a compound hits, and what mimics or reverses a change."""

from musegnn.screens.shell.frame import show

show("Drugs")
