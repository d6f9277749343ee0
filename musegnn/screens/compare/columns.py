"""Columns of the Compare page."""

from __future__ import annotations

from typing import Final

from musegnn.screens.parts.ortholog_columns import ortholog_columns
from musegnn.screens.shell.columns import Column, read_columns, scores_of

PAIRS: Final = read_columns("""
left: left context | context | One context of the pair
right: right context | context | The other one
n_common: common genes | count | Genes that both have one to one
above_chance: above chance | .3f | Overlap above chance | 1 or less; 0 by chance, 1 identical
overlap: Jaccard | .3f 70 | Mean Jaccard index of the neighbourhoods | 0 to 1
cka: CKA | .3f | Unbiased linear CKA | about 0 unrelated, 1 equal up to rotation
""")
FACTORS: Final = read_columns("""
n | count 60 | Factors in exactly these contexts
contexts: in exactly these contexts | text | And in none of the other chosen ones
factors | text | Common names, in the order of the alphabet
""")
# in the sentence above the maps, in no table
RESIDUAL: Final = read_columns(
    "residual | .3f | What is left between two maps laid on another | 0 or more; 0 is equal"
)


def change_columns(left: str, right: str, k: int | str) -> tuple[Column, ...]:
    """Return the columns of the table of changes.

    Parameters
    ----------
    left, right
        The two contexts.
    k
        Size of a neighbourhood.
    """
    return read_columns(
        """
gene | text | Common name; the human symbol for one-to-one orthologs
call | text 130 | changed: neighbours stand farther off than in two samples of the same cells (q
  differs < 0.05); beyond its tissue: farther than between datasets of one tissue as well; kept;
  open; cannot be told: neighbours taken by chance would not stand out
effect: lost | .2f | Share of the {k} nearest lost beyond sampling: expected minus kept | -1 to 1;
  about 0 when only other cells were drawn
effect_low: from | .2f | Lower end of the central 95 % of sampling | -1 to 1
effect_high: to | .2f | Upper end of it; an interval above 0 is a loss | -1 to 1
n_kept: kept | count | Genes that stay among the {k} nearest
expected | .1f | Genes of the {k} nearest that two samples of the same cells would share | 0 to k
nearness | .2f | Where the {k} nearest of one context stand in the order of the other, both ways
  | 1 in front, about 0 anywhere
q_differs: q differs | .2g | Neighbours stand farther off than sampling explains; Benjamini-Hochberg
  | 0 to 1; empty when it cannot be told
first_reliability: firm left | text 76 | Reliability in {left} in a word
second_reliability: firm right | text 76 | Reliability in {right} in a word
change | .3f | 1 minus the chosen overlap; high for badly measured genes too | 0 (same) to 1
jaccard: Jaccard | .3f | Shared over all of the {k} nearest genes | 0 to 1
rbo: RBO | .3f | Rank-biased overlap of the complete rankings | 0 to 1
q_kept: q kept | .2g | Keeps more than with shuffled names; Benjamini-Hochberg | 0 to 1
q_changed: q changed | .2g | Neighbours stand farther off than between two datasets of one tissue;
  Benjamini-Hochberg | 0 to 1; empty when it cannot be told, or the atlas has no such datasets
degree_percentile: percentile | .1f | Share of genes of about the same degree that changed less
  | 0 to 100
first_nearest: nearest left | text | Five nearest common genes in {left}
second_nearest: nearest right | text | Five nearest common genes in {right}
kept: kept genes | text | Among the {k} nearest in both, nearest first
lost: lost genes | text | Among the {k} nearest on the left only
gained: gained genes | text | Among the {k} nearest on the right only
first_degree: edges left | count | Edges in the whole of {left}
second_degree: edges right | count | Edges in the whole of {right}
first_edges: to common, left | count | Edges to common genes, left
second_edges: to common, right | count | Edges to common genes, right
edges_kept: edges kept | count | Edges to the same common gene in {left} (left) and {right} (right)
""",
        left=left,
        right=right,
        k=str(k),
    )


def tissue_columns(first: str, second: str, k: int | str) -> tuple[Column, ...]:
    """Return the columns of the table of two tissues.

    Parameters
    ----------
    first, second
        The two tissues.
    k
        Size of a neighbourhood.
    """
    return read_columns(
        """
gene | text | Common name; the human symbol for one-to-one orthologs
call | text 90 | differs: agrees less across the tissues than within them (q < 0.05); open
effect | .2f | Nearness of the {k} nearest within a tissue minus across | -2 to 2; above 0: other
  company in the other tissue
effect_low: from | .2f | Lower end of its 95 % interval, by leaving out each dataset
effect_high: to | .2f | Upper end of it
within_first: within left | .2f | Nearness between datasets of {first} | 1 the same, about 0
  anywhere
within_second: within right | .2f | Nearness between datasets of {second} | 1 the same, about 0
  anywhere
across | .2f | Nearness between datasets of {first} and of {second} | 1 the same, about 0 anywhere
n_first: n left | count | Datasets of {first} that have the gene
n_second: n right | count | Datasets of {second} that have it
p | .2g | Share of the ways to give the datasets to the tissues with as large an effect | 0 to 1
q | .2g | Benjamini-Hochberg over the genes | 0 to 1
""",
        first=first,
        second=second,
        k=str(k),
    )


SCORES: Final = scores_of(
    change_columns("left", "right", "k"),
    (column for column in PAIRS if column.name != "overlap"),
    RESIDUAL,
    ortholog_columns("one", "other"),
)
