"""Columns of the Matching page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

MATCHES: Final = read_columns("""
rank | d 60 | Place among all molecules
name | text 170 | Molecule
score | .2f 80 | Cosine of the profiles along the main directions of measured ones | -1 to 1
percentile | .1f 90 | Percent of pairs of a profile and another molecule that are less alike | 0
  to 100; 50 by chance
profile | text 100 | Whether its profile was measured, or predicted from its structure
similarity | .2f 90 | Tanimoto similarity of structures, to the molecule asked or to the nearest
  measured one | 0 to 1
target | text 110 | Its known target, as the source of the profiles lists it
structure | text | SMILES
""")
BY_GENES: Final = read_columns("""
name | text 170 | Compound that left the stored signature
cosine | .3f 75 | Likeness of the signatures over the genes given; below 0 it reverses | -1 to 1;
  0 by chance
percentile: of compounds | .1f 90 | Percent of all compounds that are less alike | 0 to 100
q | .2g 70 | p by laying the values on other genes, after Benjamini and Hochberg | 0 to 1
strength | .1f 80 | Largest absolute z-score; below 10 a signature says little | 0 or more
targets | text 200 | Its known targets
mechanism | text 190 | Its mechanism
""")
SCORES: Final = scores_of(MATCHES, BY_GENES)
