"""Columns of the Atlas page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.parts.ortholog_columns import ortholog_columns
from musegnn.screens.shell.columns import read_columns, scores_of

SELECTION: Final = read_columns(
    "gene context species tissue cluster degree mean_expression\nreliability reliability_word"
)
COUNTS: Final = read_columns("""
n | count 60 | Number of genes in context
share: share (%) | bar.1f | Share of the table | 0 to 100
""")
SCORES: Final = scores_of(SELECTION, COUNTS, ortholog_columns("one", "other"))
