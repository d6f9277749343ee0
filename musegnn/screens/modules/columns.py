"""Columns of the Modules page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

PAIRS: Final = read_columns("""
module | text 170 | Genes that are known to work together
context | text 240 | Dataset: one species, tissue and technique
tissue
where | text 80 | Whether the module acts in such a tissue: here, or elsewhere
members: members | count 75 | Genes of the context that are members of the module
auroc: AUROC | .3f 75 | Chance that a member lies nearer to the mean of the others than a gene that
  is none | 0 to 1; 0.5 by chance
auroc_chance: by chance | .3f 80 | Mean AUROC of sets of like expression and degree | 0 to 1
q | .2g 70 | p of AUROC after Benjamini and Hochberg over all pairs that are tested | 0 to 1
near | .3f 70 | Share of members among the 20 nearest genes of a member | 0 to 1
near_chance: near by chance | .3f 100 | The same in sets of like expression and degree | 0 to 1
near_q: q of near | .2g 80 | p of near after Benjamini and Hochberg over the same pairs | 0 to 1
""")
BY_MODULE: Final = read_columns("""
module | text 190 | Genes that are known to work together
here: acts in | count 70 | Contexts of a tissue where it acts, with five members or more
called | count 65 | Of them, those with q below 0.05
auroc: mean AUROC | .3f 90 | Mean over these contexts | 0 to 1; 0.5 by chance
near: mean near | .3f 85 | Mean over these contexts | 0 to 1
elsewhere | count 85 | Other contexts with five members or more
auroc_elsewhere: its AUROC | .3f 85 | Mean over the other contexts | 0 to 1; 0.5 by chance
source | text | Who names the members
""")
MEMBERS: Final = read_columns("""
gene
auroc: AUROC of the gene | .3f 110 | Share of genes that are no members and lie farther from the
  other members than this one does | 0 to 1; 0.5 by chance
rank | count 65 | Place among these genes, by nearness to the other members | 1 is best
near: members near | .3f 90 | Share of members among its 20 nearest genes | 0 to 1
nearest: nearest genes | text | Its five nearest genes, members in brackets
""")
SCORES: Final = scores_of(PAIRS, BY_MODULE, MEMBERS)
