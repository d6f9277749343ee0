"""Tissues: whose company does a gene keep in this tissue, and in that one."""

from musegnn.screens.shell.frame import show

show("Tissues")
