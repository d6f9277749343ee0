"""Atlas: where do the genes of my tissue lie."""

from musegnn.screens.shell.frame import show

show("Atlas")
