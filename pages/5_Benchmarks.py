"""Benchmarks: how sure are the numbers."""

from musegnn.screens.shell.frame import show

show("Benchmarks")
