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
PLACED_CONTEXTS: Final = read_columns("""
context | context 250 | Dataset: one species, tissue and technique
near: near (%) | .1f 84 | With names hidden: how often a gene's own one is among the 10 nearest
  of the context | 0 to 100; by chance see beside
chance: chance (%) | .1f 84 | The same by chance: 10 over the genes of the context | 0 to 100
rank: own rank | .0f 84 | Median rank of the own gene in the context
  | 1 or more; by chance half of its genes
shared | d 70 | Genes that both have, by name or one-to-one ortholog
adjusted: own place | .2f 84 | Where a gene's own one stands in the context, as if all contexts had
  the same genes | 0 (first) to 1 (last); 0.5 by chance
tissue technique
""")
PLACED_GROUPS: Final = read_columns(
    """
of: of | text 84 | What the contexts have in common
group | text | Its name
contexts | d 76 | Contexts of the atlas
near chance adjusted
""",
    known=PLACED_CONTEXTS,
)
SCORES: Final = scores_of(HUBS, SUMMARY, PLACED_CONTEXTS)
