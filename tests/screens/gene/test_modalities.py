"""Modalities on the Gene page of a fused set."""

from __future__ import annotations

import numpy as np
import pytest

from musegnn.analysis.known.modalities import read_fused_genes
from musegnn.analysis.neighbours.gene_neighbours import NeighbourRequest
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.screens.gene import view as gene_view
from musegnn.screens.gene.columns import CONTRIBUTIONS, agreement_columns
from musegnn.screens.gene.figure_modalities import plot_contributions
from musegnn.screens.gene.view_modalities import build_modalities
from musegnn.screens.shell.theme import LIGHT
from musegnn.settings import REPOSITORY


@pytest.mark.parametrize("context", ["fused", "dependency"])
def test_bars_and_agreement_of_a_gene(context):
    embedding = read_embedding_set(REPOSITORY / "data" / "fused")
    row = embedding.row("CD3E", context)
    page = gene_view.build(
        NeighbourRequest(row, k=10), atlas=Atlas(embedding, GeneSearch(embedding)), graph=None
    )
    view = build_modalities(page, row, read_fused_genes(embedding))
    assert view.value == "change"
    assert view.contributions["change"].dropna().is_monotonic_decreasing
    assert view.agreement["gene"].tolist() == page.neighbours["gene"].tolist()
    assert {column.name for column in CONTRIBUTIONS} <= set(view.contributions)
    assert {column.name for column in agreement_columns(view.modalities)} <= set(view.agreement)
    figure = plot_contributions(view.contributions, value=view.value, title=view.title, on=LIGHT)
    assert list(figure.data[0].customdata) == list(view.modalities)
    np.testing.assert_allclose(figure.data[0].x, view.contributions["change"])
    assert page.known_note == ""
