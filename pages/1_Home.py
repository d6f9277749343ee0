"""Home: what is this, what is loaded, where do I start."""

from musegnn.screens.shell.frame import show

show("Home")
