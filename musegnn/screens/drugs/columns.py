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
stage: reached by drugs | text 100 | How far a molecule with few targets came that lists the gene:
  approved, in trials (both tractable), ligand alone, no molecule
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
NEIGHBOURS: Final = read_columns("""
gene | text 90 | Tractable gene
sets: GO and pathways | .3f 100 | Cosine over GO, pathways and interactions of the annotation |
  -1 to 1
fused | .3f 80 | Cosine in the fused space | -1 to 1
agree | text 220 | Kinds of knowledge in which it is among the nearest twentieth of tractable genes
stage: reached by drugs | text 100 | How far the molecules came: approved, or in trials
molecules | text | Molecules with few targets that came so far, at most five
""")
ON_MAPS: Final = read_columns("""
tissue
context
measured | d 80 | How many of these genes the context has; fewer than 3 are not tested
similarity: mean cosine | .3f 92 | Mean cosine of all their pairs in the context | -1 to 1;
  as expected by chance
rivals: candidates | d 90 | Other candidate targets that the context measures; of a signature all
  other genes
expected: by chance | .3f 80 | Mean cosine of matched random sets of these, on average | -1 to 1
z | .1f 54 | Similarity over expected, in standard deviations of these sets | any number;
  0 by chance
p | .2g 60 | Share of matched random sets of candidates at least as similar | 0 to 1
q: q, contexts | .2g 82 | p after Benjamini and Hochberg over the tested contexts | 0 to 1
gene_p: p, all genes | .2g 94 | The same against matched sets of all genes of the context | 0 to 1;
  below 0.05 for 7 % of random sets of targets
members: genes | text 170 | Those of these genes that the context has, by their symbols there
company | text 200 | Other genes nearest to them
remark | text 170 | Why there is no test
""")
LIT: Final = read_columns("""
gene
weight | .3f 70 | Probability of a target, or share of the largest change;
  empty for a known target that is no candidate | 0 to 1
kind | text 80 | Known or predicted target, or up or down in a signature
contexts | d 80 | Contexts that measure it
tissues | text | Tissues of these contexts
""")
COMPANY: Final = read_columns("""
gene
contexts | d 80 | Contexts in which it is among the 20 genes nearest to the set
measured_in: measured in | d 95 | Contexts that measure it and some of the set
expected: contexts by chance | .2f 90 | In how many it would be by chance | 0 or more
where | text | These contexts
""")
COMMUNITIES: Final = read_columns("""
number | d 70 | The largest is 1
name | text 200 | Most enriched ATC group or mechanism; unnamed where none has q of 0.05 and less
hits | d 60 | Compounds of that group in the community
inside: of | d 60 | Compounds there of which something of the kind is known
q: q, name | .2g 94 | Hypergeometric, after Benjamini and Hochberg over all groups and communities
  | 0 to 1
compounds | d 86
targets | d 70
indications: enriched uses | text 220 | Indications with q of 0.05 and less
genes: its targets | text
""")
ODD: Final = read_columns("""
name | text 150 | Compound
atc: ATC | text 90 | ATC codes
indication: used for | text 180 | What it is used for, as the table says
community_name: company | text 160 | Name of its community
targets: predicted targets | text 180 | Predicted ones that join it to compounds of that use
rank | d 60 | Of the first of them among its candidates
n_companions: companions | d 96 | Compounds of that use that hit these targets
likest: likest companion | .2f 96 | Largest Tanimoto similarity of its structure to one of them
  | 0 to 1
companions: who | text
""")
AGREEMENT: Final = read_columns("""
level: ATC level | d 80
pairs | count 80 | Compounds that share a target, both with a code, structure twins left out
observed: agree | .3f 80 | Share of these pairs with a common group | 0 to 1
expected: rewired | .3f 80 | The same after rewiring, on average | 0 to 1
fold | .1f 70 | Agree over rewired | 0 or more; 1 is chance
p: p, rewired | .2g 90 | Share of rewirings that agree as much | 0 to 1
""")
SCORES: Final = scores_of(
    *(TARGETS, NEAREST, SIGNATURES, NEIGHBOURS, ON_MAPS, LIT, COMPANY),
    *(COMMUNITIES, ODD, AGREEMENT),
)
