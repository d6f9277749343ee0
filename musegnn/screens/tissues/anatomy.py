"""Anatomy: where a tissue lies in a person and in a mouse, by the words of its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.analysis.neighbours.pooled_company import SPECIES_AND_TISSUE, TISSUE, PooledCompany
from musegnn.embeddings.embedding_set import EmbeddingSet

HUMAN, MOUSE = "human", "mouse"
ASKED, OTHER, ABSENT = "asked", "other", "absent"
COLUMNS: Final = ("pool", "body", "x", "y", "value", "role", "hover")


@dataclass(frozen=True)
class Organ:
    """A place in the two drawings.

    Parameters
    ----------
    words
        Pattern that the name of a tissue of it contains, in small letters.
    human, mouse
        x and y in the drawing of `musegnn.screens.tissues.figure_anatomy`.
    """

    words: str
    human: tuple[float, float]
    mouse: tuple[float, float]


# the first that fits: what is more special stands before what is less
ORGANS: Final = (
    Organ("cerebell|hindbrain", (0, 20), (285, 78)),
    Organ("olfactory", (0, 10), (311, 88)),
    Organ("brain|cortex|hippocamp|hypothalam|striatum|neur", (0, 13), (295, 80)),
    Organ("retina|eye|cornea", (6, 19), (303, 92)),
    Organ("tongue|saliva|oral", (0, 29), (318, 100)),
    Organ("thyroid", (0, 38), (282, 106)),
    Organ("trachea|airway|bronch", (0, 44), (272, 106)),
    Organ("thymus", (3, 52), (262, 100)),
    Organ("lung", (-9, 58), (252, 104)),
    Organ("heart|cardi", (5, 62), (255, 112)),
    Organ("breast|mammary", (13, 60), (240, 128)),
    Organ("lymph", (-16, 50), (262, 118)),
    Organ("spleen", (12, 78), (222, 98)),
    Organ("liver|hepat", (-9, 79), (236, 108)),
    Organ("stomach|gastric", (7, 80), (228, 112)),
    Organ("pancrea|islet", (3, 86), (220, 108)),
    Organ("kidney|renal", (-9, 92), (206, 96)),
    Organ("intestin|colon|gut|rectum|duoden|ileum", (0, 100), (210, 116)),
    Organ("bladder|urothel", (0, 112), (188, 118)),
    Organ("uterus|ovar|endometr|placenta", (5, 109), (192, 108)),
    Organ("testis|prostate|germ", (0, 119), (180, 116)),
    Organ("embryo|blastocyst|gastrula|fetal|preimplant|stem|ipsc", (-5, 108), (200, 122)),
    Organ("marrow|bone|hematopoie|haematopoie", (11, 140), (196, 132)),
    Organ("muscle|limb", (-11, 140), (190, 126)),
    Organ("blood|pbmc|plasma|immune|leuk", (-27, 84), (246, 118)),
    Organ("skin|melanom|epiderm|dermis", (26, 96), (226, 84)),
    Organ("fat|adipos", (-13, 112), (200, 128)),
    Organ("tail", (0, 119), (140, 118)),
)


def organ_of(tissue: str) -> Organ | None:
    """Return the organ that the name of a tissue speaks of, or None."""
    words = tissue.casefold()
    return next((organ for organ in ORGANS if re.search(organ.words, words)), None)


def place_pools(company: PooledCompany, embedding: EmbeddingSet) -> pd.DataFrame:
    """Place the pools of a gene in the two drawings.

    Parameters
    ----------
    company
        What was found of the gene, pooled by tissue, alone or with the species.
    embedding
        The atlas.

    Returns
    -------
    A row a pool that has a place, columns `COLUMNS`: the `body` it is drawn in (a tissue of both
    species stands in the human one, one of neither has no place), `x`, `y`, `value`
    (agreement with the asked pool, NaN unknown), `role` and what to say of it. Empty where
    contexts are not pooled by tissue.
    """
    if company.by not in {TISSUE, SPECIES_AND_TISSUE}:
        return pd.DataFrame(columns=list(COLUMNS))
    asked = company.pools["pool"].iloc[0]
    known = company.pools.set_index("pool")
    species = _species_of(company, embedding)
    rows = []
    for pool in (*known.index, *company.absent):
        organ = organ_of(pool)
        if organ is None or not {HUMAN, MOUSE} & species[pool]:
            continue
        body = HUMAN if HUMAN in species[pool] else MOUSE
        x, y = organ.human if body == HUMAN else organ.mouse
        role = ABSENT if pool not in known.index else ASKED if pool == asked else OTHER
        value = float("nan") if role != OTHER else float(known.loc[pool, "to_asked"])
        rows.append((pool, body, x, y, value, role, _hover(company, pool, role, value)))
    return _apart(pd.DataFrame(rows, columns=list(COLUMNS)))


def _species_of(company: PooledCompany, embedding: EmbeddingSet) -> dict[str, set[str]]:
    """Species of the contexts of each pool."""
    found: dict[str, set[str]] = {}
    columns = embedding.datasets[[keys.TISSUE, keys.SPECIES_COLUMN]].astype(str)
    for tissue, species in columns.itertuples(index=False):
        pool = tissue if company.by == TISSUE else f"{tissue}, {species}"
        found.setdefault(pool, set()).add(species)
    return found


def _hover(company: PooledCompany, pool: str, role: str, value: float) -> str:
    """What a mark says."""
    if role == ABSENT:
        return f"{company.gene} was not measured, or varies too little"
    if role == ASKED:
        return "the list on the left"
    if np.isnan(value):
        return "too few genes in common to compare"
    nearest = company.pools.set_index("pool").loc[pool, "nearest"]
    return f"agreement with the left list {value:.2f}; nearest: {nearest}"


def _apart(table: pd.DataFrame) -> pd.DataFrame:
    """Move marks of one organ beside each other."""
    order = table.groupby(["body", "x", "y"]).cumcount()
    return table.assign(x=table["x"] + 5.0 * order, y=table["y"] + 2.5 * order)
