"""Properties: what assays would find of a molecule."""

from musegnn.screens.shell.frame import show

show("Properties")
