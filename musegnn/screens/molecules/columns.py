"""Columns of the Molecules page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

CALLED: Final = "called"  # column of what a person can read; a name may be an InChIKey
SIMILAR: Final = read_columns("""
called: molecule | text 170 | Name; a molecule without one is told by its formula
near by | text 90 | Among the nearest by vector, by structure, or by both
cosine | .2f 75 | Cosine of the vectors | -1 to 1
vector rank: rank by vector | d 90 | Place by the cosine of the vectors
tanimoto: Tanimoto | .2f 85 | Likeness of the structures (Morgan fingerprints of radius 2) | 0 to
  1; below 0.2 for most pairs
structure rank: rank by structure | d 100 | Place by the likeness of the structures
targets | text 200 | Known targets, where the annotation has them
tables | text 130 | Tables of assays and profiles that name it
smiles: structure | text | SMILES in one form
""")
TERMS: Final = read_columns("""
term | text 200 | Target or mechanism
chosen | d 75 | Chosen molecules that have it
of chosen | d 90 | Chosen molecules of which any is known
background | d 95 | Molecules of the map that have it
of background | d 110 | Molecules of the map of which any is known
fold | .1f 65 | Share among the chosen over share in the background | 0 or more; 1 is chance
p | .2g 70 | Hypergeometric: as many or more of so many drawn | 0 to 1
q | .2g 70 | p after Benjamini and Hochberg over all terms of the chosen molecules | 0 to 1
""")
SCAFFOLDS: Final = read_columns("""
scaffold | text 300 | Rings and what joins them, as SMILES
chosen | d 90 | Chosen molecules that have it
everywhere | d 100 | Molecules of the map that have it
""")
CHOSEN: Final = read_columns("""
called: molecule | text 170 | Name; of a molecule without one the first block of the InChIKey
tables | text 150 | Tables of assays and profiles that name it
phase | text 90 | Clinical phase, where the annotation has it
targets | text 200 | Known targets, where the annotation has them
mechanism | text 170 | Mechanism, where the annotation has it
alike structures: alike | d 70 | Molecules of the map with a Tanimoto similarity of 0.5 or more
scaffold | text 200 | Rings and what joins them, as SMILES
smiles: structure | text | SMILES in one form
""")
SCORES: Final = scores_of(SIMILAR, TERMS)
