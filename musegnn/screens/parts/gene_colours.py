"""Atlas colours: the ways to colour the map, listed once for page, link and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.shell.colour_layer import (
    ColourLayer,
    category_layer,
    membership_layer,
    number_layer,
)
from musegnn.validation import check_choice

MY_LIST: Final = "my gene list"


@dataclass(frozen=True)
class ColourChoice:
    """One way to colour the map.

    Parameters
    ----------
    label
        What the user chooses.
    column
        Column of the gene table; "" for the gene list.
    title
        Title of the legend, with unit.
    is_number
        True for a number scale.
    """

    label: str
    column: str
    title: str
    is_number: bool = False


COLOURS: Final = (
    ColourChoice("tissue", keys.TISSUE, "tissue"),
    ColourChoice("species", keys.SPECIES_COLUMN, "species"),
    ColourChoice("modality", keys.MODALITY, "modality"),
    ColourChoice("dataset", keys.DATASET, "dataset"),
    ColourChoice("cluster", keys.CLUSTER, "cluster"),
    ColourChoice("degree", keys.DEGREE, "degree (edges)", is_number=True),
    ColourChoice(
        "mean expression", keys.MEAN, "mean expression (counts per 10,000)", is_number=True
    ),
    ColourChoice(MY_LIST, "", MY_LIST),
)
COLOUR_LABELS: Final = tuple(choice.label for choice in COLOURS)


def colour_layer(label: str, *, embedding: EmbeddingSet, list_rows: np.ndarray) -> ColourLayer:
    """Group all points of the atlas by what the user chose to see.

    Parameters
    ----------
    label
        One of `COLOUR_LABELS`.
    embedding
        The atlas.
    list_rows
        Rows of the genes in the pasted list.

    Raises
    ------
    InputError
        If the label is not one of `COLOUR_LABELS`.
    """
    check_choice(label, COLOUR_LABELS, name="colour")
    choice = COLOURS[COLOUR_LABELS.index(label)]
    if choice.label == MY_LIST:
        is_member = np.zeros(len(embedding.genes), dtype=bool)
        is_member[list_rows] = True
        return membership_layer(is_member, title=MY_LIST)
    values = embedding.genes[choice.column].to_numpy()
    if choice.is_number:
        # degree and expression span orders of magnitude: a linear scale shows one colour
        return number_layer(values, title=choice.title, logarithmic=True)
    return category_layer(values, title=choice.title)
