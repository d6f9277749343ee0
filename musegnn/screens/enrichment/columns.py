"""Columns of the Enrichment page: the same header, meaning and format on every question."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

COLUMNS: Final = read_columns("""
term | text 300 | Gene set of the library
context | context 250 | Dataset: one species, tissue and technique
source | text 110 | Regulator or pathway
hits: k | count 55 | Genes of the set in the term
size: K | count 55 | Genes of the background (or ranking) in the term
set_size: n | count 60 | Genes of the set in the background
background: N | count 70 | Genes of the background
fold | .3g 58 | k over n K / N, what chance gives | 0 or more; 1 is chance
odds_ratio: odds ratio | .3g 85 | Odds of the term inside over outside the set
  | 0 or more; 1 is chance
odds_low: from | .3g 60 | Lower end of the 95 % interval of the odds ratio | 0 or more
odds_high: to | .3g 60 | Upper end of the 95 % interval of the odds ratio | 0 or more
p | .3g 85 | Chance of as extreme a result; of a set, among sets of genes of like expression
  and degree | 0 to 1
q | .3g 85 | p after Benjamini and Hochberg over the family of tests named below | 0 to 1
matched_hits: by chance | .2f 80 | Mean k of sets of genes of like expression and degree | 0 or more
plain_p: plain p | .3g 85 | Chance of k or more where all genes are taken for alike (hypergeometric)
  | 0 to 1
plain_q: plain q | .3g 85 | Plain p after Benjamini and Hochberg over the same tests | 0 to 1
stands: + | d 45 | Terms that name nearly the same genes and stand behind this one
represented_by: stands behind | text 200 | The better term that names nearly the same genes
genes | text | Genes of the set in the term; along a ranking, its leading edge
es: ES | .3f 65 | Largest deviation of the running score | -1 to 1
nes: NES | .2f 65 | ES over its mean of the same sign by chance | any number; 1 or -1 by chance
log2_error: log2 p error | .2g 95 | Standard error of log2 p | 0 or more
leading | count 75 | Genes of the leading edge
activity: activity (t) | .2f 90 | t of the slope on its targets | any number; 0 by chance
targets | count 70 | Targets measured in the context
n_genes: genes | count 65 | Genes compared
""")
TERMS: Final = read_columns(
    "term hits matched_hits size fold odds_ratio odds_low odds_high p q stands genes", COLUMNS
)
ALL_TERMS: Final = (*TERMS[:-2], *read_columns("represented_by genes", COLUMNS))
TERMS_BEHIND: Final = (*TERMS[:10], TERMS[-1])
PLAIN: Final = read_columns("term hits size fold plain_p plain_q p q", COLUMNS)
IN_CONTEXTS: Final = read_columns(
    "term context tissue hits matched_hits size set_size background"
    " fold odds_ratio odds_low odds_high p q genes",
    COLUMNS,
)
RANKED: Final = read_columns("term size es nes p q log2_error leading genes", COLUMNS)
ACTIVITY: Final = read_columns("context source activity targets n_genes p q", COLUMNS)
SCORES: Final = scores_of(TERMS, PLAIN, RANKED, ACTIVITY)
