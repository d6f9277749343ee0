"""Columns of the Tissues page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

POOLS: Final = read_columns("""
pool: where | text 190 | Contexts that are taken together
measured: contexts | text 80 | Those that have the gene, of all there
species | text 130
within: agreement within | .2f 120 | Mean over pairs of its contexts: how near the nearest genes of
  one stand in the other, both ways | about 0: anywhere; 1: the same
to_asked: agreement with the first | .2f 150 | The same over pairs of a context here and one of the
  first row | about 0: anywhere; 1: the same
n_pairs: pairs | count 60 | Pairs of contexts behind that mean
reliability: come back | .2f 90 | Share of its nearest genes that are found again in the other half
  of the cells, mean over contexts | 0 to 1
nearest: nearest genes | text | The five nearest, over all contexts there
""")
PARTNERS: Final = read_columns("""
pool: where | text 150 | Contexts that are taken together
rank: place | .0f 60 | Place by closeness among genes that at least half of the contexts measured
  | 1 or more; 1 is the nearest
gene | text 110 | Ortholog group: the human symbol where there is one
closeness | .3f 90 | Share of other genes that lie farther, mean over contexts | 0 to 1; 0.5 by
  chance
low: least | .3f 75 | Smallest over the contexts | 0 to 1
high: most | .3f 75 | Largest over the contexts | 0 to 1
n_nearest: among the nearest in | count 120 | Contexts in which it is among the nearest
n_measured: measured in | count 95 | Contexts that have both genes
n_contexts: of | count 50 | Contexts that have the asked gene
""")
SCORES: Final = scores_of(POOLS, PARTNERS)
