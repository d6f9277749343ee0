"""Columns of the Causal page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

EDGES: Final = read_columns("""
regulator: from | text | Regulator; of an edge without direction the first gene
target: to | text | Target; of an edge without direction the second gene
kind | text | curated, inferred here, or only co-expressed here
sign_word: does | text | activates or inhibits; empty when not told
verdict | text | By the printed rules, in the folded panel below
  | one of established, supported, suggested, contradicted
confidence: grade | text | Confidence of the best source | A best to E; empty: none
here_word: here | text | Co-expression in this context: together or opposite at p < 0.005; z beside
  it is kept for edges of the graph, else the word says p
statistic
others: elsewhere | text | Other contexts that agree : oppose, of those that measured it
frequency: freq. | .2f | Share of bootstrap replicates in which the inferred edge stays | 0 to 1
score | .2f | Sum of the evidence of the data | about -3 to 5; 0 is none
""")
CURATED: Final = read_columns("""
source: table | text | Table of regulation that lists the pair
release | text | Release of the table
sign: says | text | What the regulator does to the target
confidence | text | Grade of this source, A best to E
reference | text | PubMed ids or databases behind it
""")
SIGNS: Final = read_columns("""
context tissue species
co_expressed: co-expressed | text | Sign of the CS-CORE statistic at p < 0.005
""")
_REGULATORS: Final = read_columns("""
regulator | text | Gene that regulates
steps | count | Curated steps from the regulator to the genes, 1 to 3
overlap: in set | count 70 | Genes of the set among its curated targets
targets | count | Its curated targets among all genes of this context
reached | count | Genes of this context within these steps
odds_ratio: odds ratio | .1f | Odds of its targets to be in the set over those of others
  | 0 or more; 1 is chance
p | .2g | One-sided Fisher's exact test; of distant ones divided by depth | 0 to 1
q | .2g | Benjamini-Hochberg over all regulators | 0 to 1
p_network: network p | .2g | Share of random sets that do as well | 0 to 1
z | .2f | Activation of a regulator | any number; 2 or more activated, -2 or less inhibited
z_corrected: z corrected | .2f | Activation beyond what the mean signs make likely | any number
state | text | activated or inhibited at |z| of 2 or more
genes | text | Genes of the set among its targets
through | text | Regulators in between, those of most genes first
""")
ACTIVATION: Final = read_columns("z z_corrected state", _REGULATORS)
UPSTREAM: Final = read_columns(
    "regulator overlap targets odds_ratio p q z z_corrected state genes", _REGULATORS
)
MASTERS: Final = read_columns(
    "regulator steps overlap reached p q p_network z z_corrected state through", _REGULATORS
)
METRICS: Final = read_columns("""
score_of: score | text | What the pairs are ranked by
auroc: AUROC | .3f | Chance that a hidden curated pair ranks above a non-edge
  | 0 to 1; 0.5 is chance
low | .3f | Lower end of the 95 % interval over contexts | 0 to 1
high | .3f | Upper end of the 95 % interval over contexts | 0 to 1
""")
BINS: Final = read_columns("""
score | text | Range of the score, a fifth of the pairs each
n: pairs | count 60 | Number of pairs in the range
share: curated (%) | .1f | Share of hidden curated pairs | 0 to 100; 50 is chance
""")
SCORES: Final = scores_of(EDGES, UPSTREAM, MASTERS, METRICS, BINS)
