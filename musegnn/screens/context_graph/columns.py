"""Columns of the Context graph page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.columns import read_columns, scores_of

SHARES: Final = read_columns("""
what: are joined with | text 330 | What molecules have a neighbour among
molecules | count 90 | Molecules that have one
share: of all molecules | bar.1f 140 | Percent of all molecules | 0 to 100
""")
RULES: Final = read_columns("""
rule | text 380 | Why nodes are joined
between | text 170 | Kinds of nodes at both ends
edges | count 80 | Edges of the rule
density | .2g 90 | Share of the pairs that the rule may join which it joins | 0 to 1
sparsity: pairs left apart (%) | .2f 120 | Percent of these pairs that stay without an edge
  | 0 to 100; 99.5 or more for likeness, by how bounds are set
above: bound | .2f 70 | Similarity from which nodes are joined, as low as keeps the pairs apart
  | 0.6 to 0.99; empty for what is known
mean_weight: mean weight | .2f 90 | Mean weight of the edges | 0 to 1
""")
BLOCKS: Final = read_columns("""
kind | text 100 | Kind of nodes
source | text 260 | Where they come from
nodes | count 80 | How many
joined: with edges (%) | .1f 110 | Percent of them that have an edge | 0 to 100
features | count 80 | Numbers that a code has to tell of a node; genes without vectors have none
""")
USED: Final = read_columns("""
gives | text 170 | What the table gives
table | text 230 | Its name
rows | count 80 | Rows or pairs taken of it
molecules | count 90 | Molecules of the graph that it says something of
licence | text | Its terms
""")
EDGES: Final = read_columns("""
one | text 230 | Node at one end
other | text 230 | Node at the other end
weight | .2f 70 | Similarity, or size of a change over the largest of its signature; 1 for what is
  known or measured | 0 to 1
rule | text | Why they are joined
""")
STEPS: Final = read_columns("""
step | d 60 | Steps from the start
what | text 300 | Node that the walk visits
weight: of the edge | .2f 90 | Weight of the edge walked | 0 to 1
product | .3f 90 | Product of the weights up to here: how much the code of the start has to tell
  of the node | 0 to 1
""")
SCORES: Final = scores_of(SHARES, RULES, BLOCKS, EDGES, STEPS)
