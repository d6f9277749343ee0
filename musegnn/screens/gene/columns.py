"""Columns of the Gene page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from musegnn.screens.shell.columns import Column, read_columns, scores_of

STABILITY: Final = read_columns("""
stability: stable | .2f | Share of models of other training seeds in which the gene is among the
  nearest | 0 to 1
ranks: ranks there | text | Best and worst rank in the models of other seeds
""")
STUDIES: Final = read_columns("""
brought_by: brought by | text 106 | The block in which the gene is among the nearest: your cells,
  other studies, or both; both, too, where only the two together bring it
cosine_cells: cells | .3f 62 | Cosine by your cells | -1 to 1; 1 is the same direction
rank_cells: cells (rank) | count 88 | Place among the neighbours by your cells alone
  | 1 or more; 1 is the nearest
cosine_studies: studies | .3f 66 | Cosine by gene sets of other studies, the same in every
  context; empty where they know nothing of the gene | -1 to 1; 1 is the same direction
rank_studies: studies (rank) | count 98 | Place among the neighbours by other studies alone
  | 1 or more; 1 is the nearest
""")
KNOWN: Final = read_columns("""
known: known? | text 96 | Do the tables of knowledge tell of the pair already: known, open or new;
  hardly studied is no discovery
knowledge_percentile: known (%) | .1f 80 | Knowledge percentile: share of genes with as many
  annotations and partners that are less like the gene by knowledge | 0 to 100; by chance 50
knowledge | .2f 84 | Mean cosine over the kinds of knowledge that know both genes | -1 to 1
""")
NEIGHBOURS: Final = read_columns(
    """
rank | count 52 | Place among the neighbours | 1 or more; 1 is the nearest
gene context
cosine | .3f 66 | Similarity of two genes in the embedding | -1 to 1; 1 is the same direction
brought_by cosine_cells rank_cells cosine_studies rank_studies
known knowledge_percentile
why | text | What speaks for the pair: interaction, regulation, smallest shared pathway and GO
  process (+ n more), co-expression here; or embedding only. Mark the row for all of it
evidence: co-expressed? | text | In this context. co-expressed: an edge of its graph; significant,
  no edge: p < 0.005 but not kept; not significant: p at or above 0.005
statistic
mutual | flag 66 | The gene is also among the nearest of its neighbour | yes or no
reliability reliability_word
resampled: resamples | .2f 76 | Share of resamples of the cells here in which it is among the 20
  nearest genes, by the data of this dataset alone | 0 to 1; by chance 20 over the other genes
stability ranks
knowledge
percentile: percentile | .1f 80 | Share of random gene pairs of the searched contexts with
  a lower cosine | 0 to 100
""",
    known=(*STABILITY, *STUDIES, *KNOWN),
)
EVIDENCE: Final = read_columns("""
kind: evidence | text | Kind of evidence
what: what is known | text
source | text | Table of the annotation, or this dataset
release | text | Release of the source
detail | text | Confidence, references, size of the term, or statistic
""")
BACKGROUND: Final = read_columns("""
kind: evidence | text | Kind of evidence
found: n | count | Number of the nearest genes that have it
share_percent: nearest (%) | .1f | Share of the nearest genes that have it | 0 to 100
background_percent: all candidates (%) | .1f | Share of all candidates that have it: what a random
  gene would have | 0 to 100
fold | .1f | Share of the nearest over share of all candidates | 0 or more; 1 is chance
p | .2g | Chance of as many or more among random candidates, hypergeometric | 0 to 1
""")
CONTEXTS: Final = read_columns("""
gene context tissue species
overlap | .3f 70 | Jaccard: shared neighbours divided by all neighbours of both contexts | 0 to 1
cosine: cosine to here | .3f 66 | Similarity of two genes in the embedding
  | -1 to 1; 1 is the same direction
degree
reliability reliability_word
nearest: nearest there | text | Its five nearest genes in that context
shared_genes: genes compared | count | Genes that both contexts have
cells
""")
COMPANY: Final = read_columns("""
gene
neighbour_in: neighbour in | count | Contexts in which it is among the nearest
measured_in: of contexts | count | Contexts of the gene that have it
expected | .2f | Contexts in which a random gene would be a neighbour | 0 or more
best_rank: best rank | count | Its best rank in these contexts
contexts: where | text | Contexts in which it is a neighbour, best rank first
""")
CONTRIBUTIONS: Final = read_columns("""
modality | text | Kind of knowledge
facts: entries | count | Entries of the gene in it, such as terms or partners
change | .3f | 1 minus the cosine of the fused vector with and without the modality
  | 0 to 2; 0 changes nothing
gone: neighbours that go | .2f | Share of the 20 nearest by all modalities side by side that are not
  among the 20 nearest without this one | 0 to 1
weight | .2f | Part of the fused vector that the modality brings along; no importance
  | 0 to 1
""")
EXPRESSION: Final = read_columns("""
gene
label: context | text | What was measured: tissue, species, technique, cells
mean_expression
share: cells (%) | .0f 76 | Share of the cells of the dataset with at least one count of the gene
  | 0 to 100; empty where the graphs are not at hand
context: dataset | text | Name of the dataset
""")
RELATIVES: Final = read_columns(
    """
gene
knowledge
contexts: in contexts | count 96 | Contexts of this atlas that have it
""",
    known=KNOWN,
)
SURPRISING: Final = read_columns("""
gene
other: keeps company with | text 150 | The other gene of the pair
cosine | .3f 66 | Similarity of two genes in the embedding | -1 to 1; 1 is the same direction
p: p, permuted | .2g 90 | Share of pairs of permuted genes of like edges and annotation that are
  as near | 0 to 1
q | .2g 70 | p after Benjamini and Hochberg over all pairs of the context | 0 to 1
knowledge_percentile: known, higher (%) | .1f 110 | Knowledge percentile, of the two ways the
  higher one:
  share of genes with as many annotations and partners that are less like the gene by knowledge
  | 0 to 100; by chance above 50 in most
kind | text 170 | surprising: less alike by knowledge than half of all; open: neither known nor new;
  ribosomal, mitochondrial and same family by name are often technical; hardly studied, in no table
  and no human ortholog are no discovery
""")
_AGREE: Final = read_columns("""
gene context
cosine | .3f 66 | Similarity of two genes in the embedding | -1 to 1; 1 is the same direction
n_agree: agree | count | Modalities in which the neighbour is nearer than 95 % of the genes
n_both: of | count | Modalities that know both genes
agree: which | text | Their names
""")


def agreement_columns(modalities: Sequence[str]) -> tuple[Column, ...]:
    """Columns of the agreement of modalities: percentile and cosine in each."""
    percentiles = [
        Column(
            f"percentile in {name}",
            f"Share of the genes of {name} that are less near to the gene there, 0 to 100",
            ".1f",
            label=f"{name} (%)",
        )
        for name in modalities
    ]
    cosines = [
        Column(f"cosine in {name}", f"Cosine in {name}, -1 to 1", ".3f", label=f"{name} (cosine)")
        for name in modalities
    ]
    return (*_AGREE, *percentiles, *cosines)


SCORES: Final = scores_of(
    *(NEIGHBOURS, BACKGROUND, CONTEXTS, COMPANY, CONTRIBUTIONS, EXPRESSION, SURPRISING)
)
