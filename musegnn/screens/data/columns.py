"""Columns of the Data page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

HUBS: Final = read_columns("gene degree mean_expression")
# rows of the summary, in no column
SUMMARY: Final = read_columns("""
density: density (%) | .2f | Part of all pairs of genes that are edges | 0 to 100
times_chance: times chance | .1f | Known pairs among edges over random pairs
  | 0 or more; 1 is chance
""")
SCORES: Final = scores_of(HUBS, SUMMARY)
