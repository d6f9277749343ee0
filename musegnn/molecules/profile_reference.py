"""Profiles of morphology that ship, which questions of matching lean on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from musegnn.border.documents import read_json
from musegnn.border.tables import read_parquet
from musegnn.molecules import structures
from musegnn.molecules.morphology import Profiles
from musegnn.settings import REPOSITORY

FOLDER: Final = REPOSITORY / "data" / "morphology"
PROFILES, DESCRIPTORS, MANIFEST = "profiles.parquet", "descriptors.parquet", "manifest.json"
TEXTS: Final = ("key", "name", "inchikey", "structure", "target")
_ROLE: Final = "the shipped profiles of morphology"


@dataclass(frozen=True)
class ProfileReference:
    """Molecules with a measured profile each.

    Parameters
    ----------
    profiles
        Consensus profiles with `key`, `name`, `structure` and `target` of each.
    position
        What the place of a well told before and after correction, in words.
    described
        `(C, D)` descriptors of the structures.
    """

    profiles: Profiles
    position: tuple[str, str]
    described: np.ndarray

    @cached_property
    def bits(self) -> np.ndarray:
        """`(C, 2048)` fingerprints."""
        return structures.fingerprints(list(self.profiles.about["structure"]))


def read_reference(folder: Path = FOLDER) -> ProfileReference:
    """Read the profiles that ship.

    Raises
    ------
    DataFileError
        If they cannot be read.
    """
    manifest = read_json(folder / MANIFEST, role=_ROLE)
    table = read_parquet(folder / PROFILES, role=_ROLE)
    features = tuple(name for name in table.columns if name not in TEXTS)
    profiles = Profiles(
        numbers=table[list(features)].to_numpy(np.float32),
        features=features,
        about=table[list(TEXTS)].fillna(""),
        source="CPJUMP1",
        licence=str(manifest["licence"]),
    )
    position = manifest["position"]
    described = read_parquet(folder / DESCRIPTORS, role=_ROLE).to_numpy(np.float32)
    return ProfileReference(profiles, (str(position["before"]), str(position["after"])), described)
