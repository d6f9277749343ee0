"""Expression: how a gene is expressed over tissues, cells of the blood and cell lines."""

from __future__ import annotations

from typing import Final

import numpy as np

from musegnn.fusion.feature_table import FeatureTable, from_profiles
from musegnn.fusion.modality import Sources
from musegnn.knowledge.catalogue import EXPRESSION_PROFILES

KEY: Final = "expression"
_USUAL: Final = ("hpa_tissue_cell_line", "hpa_tissue_consensus")  # the first holds the second
HIGH: Final = 2.0  # standard deviations above the mean of the gene


def read(sources: Sources) -> FeatureTable | None:
    """Read the largest table of expression that is there, on a scale of logarithms."""
    known = sources.store.names(EXPRESSION_PROFILES, "human")
    names = sources.chosen(KEY, known, (*_USUAL, *known))
    if not names:
        return None
    table = sources.store.table(names[0])
    samples = [str(column) for column in table.columns if column != "gene"]
    values = np.log1p(np.maximum(table[samples].to_numpy(dtype=np.float64), 0.0))
    return from_profiles(
        table["gene"].astype(str).tolist(),
        values,
        samples,
        sources.names,
        sources=[sources.record(names[0])],
        high=HIGH,
    )
