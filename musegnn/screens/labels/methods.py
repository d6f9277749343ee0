"""Labels methods: how the table of contexts is made, as a program."""

from __future__ import annotations

from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.analysis.labels.gene_set_cohesion import DEGREE_BINS, DRAWS
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.labels.view import LabelsView
from musegnn.screens.shell.methods import Methods, describe


def labels_methods(choice: GeneSetChoice, view: LabelsView, *, embedding: EmbeddingSet) -> Methods:
    """Say how the table of contexts was made, with the program that makes it again."""
    rows = ", ".join(map(str, view.rows_everywhere.tolist()))
    chosen = choice.chosen_by_place(embedding)
    chosen_in = f", chosen_in={list(chosen)!r}" if chosen else ""
    return describe(
        embedding.origin,
        title="Cohesion of labelled genes by context",
        sentences=(view.contexts_caption,),
        parameters={"genes": choice.label, "draws": DRAWS, "seed": 0, "degree_bins": DEGREE_BINS},
        code=(
            "from musegnn.analysis.labels.gene_set_cohesion import cohesion_by_context\n\n"
            f"rows = [{rows}]  # rows of the labelled genes in the atlas\n"
            f"table = cohesion_by_context(embedding, rows, draws={DRAWS}, seed=0"
            f"{chosen_in})\n"
        ),
    )
