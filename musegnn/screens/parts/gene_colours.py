"""Colours of genes on the map: what each of the ways to colour it shows."""

from __future__ import annotations

from typing import Final

import numpy as np

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.embeddings.reliability import NOT_MEASURED, WORDS, reliability_words
from musegnn.screens.parts.colour_choices import COLOUR_LABELS, COLOURS, MY_LIST, RELIABILITY
from musegnn.screens.shell.colour_layer import (
    ColourLayer,
    LegendEntry,
    category_layer,
    membership_layer,
    number_layer,
)
from musegnn.validation import check_choice

_BY_CONTEXT: Final = [choice.column for choice in COLOURS].index(keys.DATASET)


def colour_layer(label: str, *, embedding: EmbeddingSet, list_rows: np.ndarray) -> ColourLayer:
    """Group all points of the atlas by what the user chose to see.

    Parameters
    ----------
    label
        One of `musegnn.screens.parts.colour_choices.COLOUR_LABELS`.
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
    if choice.label == RELIABILITY:
        return _reliability_layer(embedding, choice.title)
    values = embedding.genes[choice.column]
    if choice.column == keys.DATASET:
        names = embedding.context_names
        values = values.astype("category").cat.rename_categories(lambda name: names[str(name)])
    if choice.is_number:
        # degree and expression span orders of magnitude: a linear scale shows one colour
        return number_layer(values.to_numpy(), title=choice.title, logarithmic=True)
    return category_layer(values, title=choice.title)


def usual_colour(embedding: EmbeddingSet) -> str:
    """Return how a set is coloured until somebody chooses: the first way that tells points apart.

    A set of one tissue is coloured by species, one of knowledge, which has one of everything, by
    its contexts.
    """
    for choice in COLOURS[:_BY_CONTEXT]:
        if embedding.datasets[choice.column].nunique() > 1:
            return choice.label
    return COLOURS[_BY_CONTEXT + (len(embedding.datasets) <= 1)].label


def _reliability_layer(embedding: EmbeddingSet, title: str) -> ColourLayer:
    """Group all points by how firm their neighbours are, least firm first."""
    words = reliability_words(embedding)
    names = [name for name in (*WORDS, NOT_MEASURED) if (words == name).any()]
    codes = np.zeros(len(words), dtype=np.uint8)
    legend = []
    for code, name in enumerate(names):
        is_own = words == name
        codes[is_own] = code
        legend.append(LegendEntry(code, name, int(is_own.sum())))
    return ColourLayer(title, "category", codes, tuple(legend))
