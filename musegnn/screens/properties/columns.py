"""Columns of the Properties page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

MOLECULES: Final = read_columns("""
molecule | text 150 | As given
nearest | .2f 80 | Tanimoto similarity to the nearest molecule that was learned from, in any table
  | 0 to 1; two drugs drawn by chance have about 0.1
domain: how near | text 250 | Whether anything like it was learned from; a stereoisomer is a twin
structure | text 300 | In the form that is read
changes | text | What was changed to bring it into this form
""")
ACTIVITY: Final = read_columns("""
table | text 90 | Table of assays that was learned from
assay | text 90 | What is measured: a human protein by its gene, or the number of an assay
probability | .3f 90 | Calibrated probability that it is active | 0 to 1
low: from | .3f 65 | Lowest of the networks | 0 to 1
high: to | .3f 65 | Highest of the networks | 0 to 1
usual | .3f 65 | Share of active ones among the molecules learned from | 0 to 1
times | .1f 65 | Probability over the usual share | 0 or more; 1 is as usual
held_out: held out | .3f 80 | AUROC on molecules of other scaffolds, which were not learned from
  | 0 to 1; 0.5 by chance; a few actives make it unsure
domain: how near | text 80 | Inside, at the edge or outside of what was learned from, in this table
learned_from: labels | count 70 | Molecules measured, that were learned from
""")
NUMBERS: Final = read_columns("""
assay | text 300 | What is measured, on the scale of the table
value | .2f 70 | What is foretold | any number
low: at least | .2f 65 | Low end of an interval that holds 9 of 10 molecules left out | any number
high: at most | .2f 65 | High end of an interval that holds 9 of 10 molecules left out | any number
usual: median | .2f 65 | Median of the molecules learned from | any number
held_out: error | .2f 70 | Mean absolute error on molecules of other scaffolds, which were not
  learned from | 0 or more; 0 is exact
domain: how near | text 80 | Inside, at the edge or outside of what was learned from, in this table
learned_from: labels | count 70 | Molecules measured, that were learned from
""")
NEAR: Final = read_columns("""
name | text 170 | What the map of molecules calls it, where it is on the map
similarity | .2f 80 | Tanimoto similarity of the structures | 0 to 1
part | text 100 | Whether the models learned from it
measured: structure | text 260 | Structure of the molecule
found | text | What was measured of it
""")
REFUSED: Final = read_columns("""
row | d 60 | Line or record
given | text 200 | What stood there
why | text | Why it is left out
""")
SCORES: Final = scores_of(MOLECULES, ACTIVITY, NUMBERS, NEAR)
