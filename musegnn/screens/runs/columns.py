"""Columns of the Runs page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

RUNS: Final = read_columns("""
name: run | text 190 | Name for people
state | text 90 | What it does now; the line under the table says what each word means
progress: progress (%) | bar.0f 110 | Share of the epochs done; 100 only with a whole result
  | 0 to 100
epoch | right 112 | Epochs done, and of all
best | right 66 | Best value so far, three significant digits | validation: 0 to 1; loss: 0 or more
best_of: of | text 110 | validation: AUROC of hidden edges, larger is better; loss: smaller is
left: time left | right 96 | Estimate up to the last epoch
device | text 76 | Where it computes
owner | text 110 | Who asked for it, or brought it in
started | text 150 | When its last attempt began, in the time zone of the server
preset | text 90 | Where its settings come from
datasets | d 74 | Number of gene graphs
seed | d 56 | Of initial weights and of every draw
run_id: id | text | Name of its folder
""")
SCORES: Final = scores_of(RUNS)
