"""Runs: train, watch, stop, compare."""

from musegnn.screens.shell.frame import show

show("Runs")
