"""Colour choices: the ways to colour the map, listed once for page, link and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from musegnn import keys

MY_LIST: Final = "my gene list"
RELIABILITY: Final = "reliability"


@dataclass(frozen=True)
class ColourChoice:
    """One way to colour the map.

    Parameters
    ----------
    label
        What the user chooses.
    column
        Column of the gene table; "" for the gene list and for reliability.
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
    ColourChoice("dataset", keys.DATASET, "context"),
    ColourChoice("cluster", keys.CLUSTER, "cluster"),
    ColourChoice("degree", keys.DEGREE, "degree (edges)", is_number=True),
    ColourChoice(
        "mean expression", keys.MEAN, "mean expression (counts per 10,000)", is_number=True
    ),
    ColourChoice(RELIABILITY, "", "reliability (neighbours in two halves of the cells)"),
    ColourChoice(MY_LIST, "", MY_LIST),
)
COLOUR_LABELS: Final = tuple(choice.label for choice in COLOURS)
