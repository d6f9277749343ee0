"""Enrichment: what is this set about."""

from musegnn.ui import enrichment_panels as panels
from musegnn.ui.frame import page

with page("Enrichment", "What is this set about?") as frame:
    panels.show(frame)
