"""Context graph: what is known of molecules, joined."""

from musegnn.screens.shell.frame import show

show("Context")
