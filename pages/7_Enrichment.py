"""Enrichment: what is this set about."""

from musegnn.screens.shell.frame import show

show("Enrichment")
