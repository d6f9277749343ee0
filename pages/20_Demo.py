"""Demo: stories that walk through the pages, each step with a number of the opened atlas."""

from musegnn.screens.shell.frame import show

show("Demo")
