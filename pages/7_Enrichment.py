"""Enrichment: what is this set about."""

from musegnn.screens.enrichment import panel as panels
from musegnn.screens.shell.frame import page

with page("Enrichment", "What is this set about?") as frame:
    panels.show(frame)
