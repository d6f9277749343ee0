"""Gene dependency: which cancer cell lines die without a gene."""

from __future__ import annotations

from typing import Final

import numpy as np

from musegnn.fusion.feature_table import FeatureTable, from_profiles
from musegnn.fusion.modality import Sources
from musegnn.knowledge.catalogue import DEPENDENCY_PROFILES

KEY: Final = "dependency"
HIGH: Final = 2.0  # standard deviations above the mean of the gene


def read(sources: Sources) -> FeatureTable | None:
    """Read the first table of dependency that is there."""
    known = sources.store.names(DEPENDENCY_PROFILES, "human")
    names = sources.chosen(KEY, known, known)
    if not names:
        return None
    table = sources.store.table(names[0])
    lines = [str(column) for column in table.columns if column != "gene"]
    return from_profiles(
        table["gene"].astype(str).tolist(),
        table[lines].to_numpy(dtype=np.float64),
        lines,
        sources.names,
        sources=[sources.record(names[0])],
        high=HIGH,
    )
