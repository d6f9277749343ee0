"""Columns of the Lineages page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

METHODS: Final = read_columns("""
method | text | Where cells lie: components, vectors of their genes, both, and the same with
  the vectors dealt out to other genes
ari: ARI | .3f 70 | Adjusted Rand index of clusters and labels | -0.5 to 1; 0 by chance
nmi: NMI | .3f 70 | Normalised mutual information of clusters and labels; grows with the number of
  clusters | 0 to 1
accuracy: label told | .3f 90 | Share of cells whose label their nearest cells tell | 0 to 1; the
  share of the largest label by chance
order: known order | .3f 100 | Spearman correlation of pseudotime with the steps of the known tree
  | -1 to 1; 0 by chance
tree: known tree | .3f 90 | Share of the edges of the known tree that are found | 0 to 1; 2 over the
  number of groups by chance
same_order: same order | .3f 90 | Spearman correlation with the pseudotime that is shown | -1 to 1
""")
GENES: Final = read_columns("""
gene
rho | .3f 70 | Spearman correlation of log expression with pseudotime, which is made from the same
  genes | -1 to 1
detected: seen in | .2f 76 | Share of cells that show the gene | 0 to 1
q | .2g | p of rho after Benjamini and Hochberg over the genes; it ranks them, since pseudotime is
  made from the same genes | 0 to 1
""")
CELLS: Final = read_columns("""
cell | text | Name of the cell
label | text | What the file calls it
cluster: cluster of cells | text 110 | Leiden cluster of cells, numbered by falling size
pseudotime | .3f | Diffusion distance from the root, the largest being 1; empty where no way leads
  to it | 0 to 1
detected: genes seen | count | Genes seen in the cell
""")
SCORES: Final = scores_of(METHODS, GENES, CELLS)
