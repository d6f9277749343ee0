"""Modules: do genes that are known to work together find each other here."""

from musegnn.screens.shell.frame import show

show("Modules")
