"""Columns of the Drugs page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

TARGETS: Final = read_columns("""
rank | d 60 | Place among all candidates
gene | text 90 | Candidate target
probability | .3f 90 | Calibrated probability that a table lists it as a target | 0 to 1; about
  0.004 for a gene drawn by chance
low: from | .3f 70 | Lower end of the 95 % interval over refits | 0 to 1
high: to | .3f 70 | Upper end of the 95 % interval over refits | 0 to 1
known | text 190 | Tables that list it as a target of this compound
action | text 110 | What the compound does to it, as the table says
like_compounds: hit by like compounds | text | Nearest labelled compounds that hit it
""")
NEAREST: Final = read_columns("""
name | text 190 | Labelled compound
similarity | .2f 90 | Tanimoto similarity of structures, or cosine of signatures | 0 to 1, or
  -1 to 1
targets | text | Its known targets
""")
SIGNATURES: Final = read_columns("""
name | text 170 | Compound that left the stored signature
cosine | .3f 75 | Likeness of the signatures over the genes given; below 0 it reverses | -1 to 1;
  0 by chance
q | .2g 70 | p by laying the values on other genes, after Benjamini and Hochberg | 0 to 1
strength | .1f 80 | Largest absolute z-score; below 10 a signature says little | 0 or more
targets | text 200 | Its known targets
mechanism | text 190 | Its mechanism
phase | text 90 | Clinical phase
atc: ATC | text 90 | ATC codes
""")
SCORES: Final = scores_of(TARGETS, NEAREST, SIGNATURES)
