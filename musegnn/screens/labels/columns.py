"""Columns of the Labels page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

CANDIDATES: Final = read_columns("""
gene context species tissue
score | .2f | Distance from a random set in standard deviations | any number
degree
""")
_SETS: Final = read_columns("""
modality | text | How the expression was measured
members | count | Genes of the set that the context has
genes | count | Genes that random sets are drawn from
cohesion | .3f | Mean cosine of all pairs of the set | -1 to 1
cohesion_left: cohesion, first | .3f | Mean cosine of all pairs in the first context | -1 to 1
cohesion_right: cohesion, second | .3f | Mean cosine of all pairs in the second context | -1 to 1
difference | .3f | First minus second | -2 to 2
expected | .3f | Mean of the matched random sets | -1 to 1
low: 2.5 % | .3f | Lower end of the central 95 % of the random sets | -1 to 1
high: 97.5 % | .3f | Upper end of the central 95 % of the random sets | -1 to 1
z | .2f | Distance from the random sets in their standard deviations | any number
p | .3g | Share of random sets at least as cohesive | 0 to 1
q | .3g | p after Benjamini and Hochberg over the tested contexts | 0 to 1
is_circular: circular? | flag | The genes were chosen by where they lie in this very context, so it
  is no test
""")
COHESION: Final = read_columns(
    "context species tissue modality members genes cohesion expected low high z p q is_circular",
    _SETS,
)
CONDITIONS: Final = read_columns(
    "members genes cohesion_left cohesion_right difference expected low high z p", _SETS
)
AREAS: Final = read_columns("""
method | text | What the genes are told by
auroc: AUROC | .3f | Chance that a labelled gene is ranked above another | 0 to 1; 0.5 is chance
low: from | .3f | Lower end of the 95 % interval of the AUROC | 0 to 1
high: to | .3f | Upper end of the 95 % interval of the AUROC | 0 to 1
auprc: AUPRC | .3f | Average precision | 0 to 1
""")
PROBABILITIES: Final = read_columns("""
gene
label | text | Whether the gene carries the label
probability | .3f | Mean of models that never saw the gene | 0 to 1
contexts | count | Contexts that have the gene
""")
SCORES: Final = scores_of(CANDIDATES, COHESION, CONDITIONS, AREAS, PROBABILITIES)
