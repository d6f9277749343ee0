"""Modalities: what each does to a gene of a fused set, and which agree on its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from musegnn import keys
from musegnn.analysis.known.modalities import FusedGenes
from musegnn.screens.gene.view import GeneView


@dataclass(frozen=True)
class ModalitiesView:
    """What the part of the Gene page on modalities shows.

    Parameters
    ----------
    contributions
        One row a modality of the gene, see `FusedGenes.contributions`; shares in percent.
    agreement
        One row a neighbour: `gene, cosine`, then see `FusedGenes.agreement`.
    modalities
        Those that know the gene.
    value, title
        Column of `contributions` that bars are drawn of, and what it is.
    caption, agreement_caption
        One line below each.
    """

    contributions: pd.DataFrame
    agreement: pd.DataFrame
    modalities: tuple[str, ...]
    value: str
    title: str
    caption: str
    agreement_caption: str


def build_modalities(view: GeneView, row: int, fused: FusedGenes) -> ModalitiesView:
    """Collect what modalities say of a gene and of its neighbours.

    Parameters
    ----------
    view
        The page of the gene.
    row
        Its row.
    fused
        The modalities of the set.
    """
    table = fused.contributions(row)
    has_change = bool(table["change"].notna().any())
    value = "change" if has_change else "gone"
    table = table.sort_values(value, ascending=False, ignore_index=True)
    near = view.neighbours[["gene", "context", "cosine"]].reset_index(drop=True)
    told = fused.agreement(row, view.neighbours["row"].to_numpy())
    facts = fused.embedding.genes.iloc[row]
    gene = str(facts[keys.GENE])
    turn = (
        "Change: 1 minus the cosine of its fused vector with and without the modality, 0 to 2. "
        if has_change
        else "How far the fused vector turns is not at hand: the table `modality_weights.parquet` "
        "does not lie beside the set. "
    )
    return ModalitiesView(
        contributions=table,
        agreement=pd.concat([near, told], axis=1),
        modalities=tuple(table["modality"]),
        value=value,
        title="change of the fused vector without it"
        if has_change
        else "neighbours that go without it (share)",
        caption=(
            f"What each modality does to {gene}. {turn}Neighbours that go: share of the 20 nearest "
            "by all modalities side by side (of the numbers in this set) that are not among the 20 "
            "nearest without it. The weight is the part of the fused vector that it brings along; "
            "it is no importance. A modality that does not know the gene is left out, not nought."
        ),
        agreement_caption=(
            f"For each neighbour of {gene} and each modality that knows both: cosine, and the "
            "percentile among all genes of that modality. A modality agrees from percentile 95 on; "
            "of a random gene one in twenty does. Empty: the modality does not know the neighbour."
        ),
    )
