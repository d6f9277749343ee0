"""Atlas: where the genes of a tissue lie."""

from __future__ import annotations

from typing import Final

from musegnn.screens.parts.colour_choices import COLOUR_LABELS
from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import EXPLORING, NAMES, ORTHOLOG_PANEL

_NUMBER: Final = r"-?[0-9]{1,6}(\.[0-9]{1,4})?"

SCREEN: Final = Screen(
    name="Atlas",
    question="Where do the genes of my tissue lie?",
    draw="musegnn.screens.atlas.panel:draw",
    order=10,
    group="Explore",
    icon=":material/scatter_plot:",
    file="2_Atlas.py",
    fields=(
        *EXPLORING,
        # without one each set is coloured by what tells its points apart
        LinkField("colour", "a colour of the map", choices=COLOUR_LABELS),
        LinkField(
            "zoom",
            "four numbers, the visible part of the map",
            pattern=rf"{_NUMBER}(,{_NUMBER}){{3}}",
        ),
        NAMES,
        ORTHOLOG_PANEL,
    ),
    tour=(
        TourStep(
            "Find your gene",
            "Type {gene} on *Atlas*: its points in all contexts light up, the others step back "
            "to grey.",
            "Light {gene}",
            {"gene": "{gene}", "colour": ""},
        ),
        TourStep(
            "Look where it lies",
            "Colour all by cluster. Points of one gene far apart mean other company in these "
            "contexts, or only that the datasets differ. Draw a *lasso* to list what you enclose.",
            "Colour by cluster",
            {"gene": "", "colour": "cluster"},
        ),
    ),
    scores="musegnn.screens.atlas.columns:SCORES",
)
