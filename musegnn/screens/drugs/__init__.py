"""Drugs: what does a compound hit, and which compounds mimic or reverse a change."""

from __future__ import annotations

from typing import Final

from musegnn.screens.shell.link_field import LinkField
from musegnn.screens.shell.screen import Screen, TourStep
from musegnn.screens.shell.shared_fields import EXPLORING, context_field

COMPOUND, SIGNATURE, NETWORK, GENE = "compound", "signature", "network", "gene"
ASKED: Final[dict[str, str]] = {
    COMPOUND: "Targets of a compound",
    SIGNATURE: "A signature of your own",
    NETWORK: "Which drugs belong together",
    GENE: "A gene: do drugs reach it, or its like",
}
ON_MAPS: Final = ("all", "first", "second")  # which genes light up on the maps
FROM: Final = "0.1"  # smallest probability of a target that does
COMMUNITY, AROUND, WHOLE = "community", "around", "whole"
SHOWN: Final[dict[str, str]] = {  # part of the network
    COMMUNITY: "A community",
    AROUND: "Around one",
    WHOLE: "All",
}
COLOURS: Final = ("community", "ATC level 1", "ATC level 2", "ATC level 3", "mechanism")
EXAMPLES: Final = ("stress",)
GENES_UP: Final = "drugs_up"  # what the session calls the box of genes that go up

SCREEN: Final = Screen(
    name="Drugs",
    question="What does a compound hit, and which compounds mimic or reverse a change?",
    draw="musegnn.screens.drugs.panel:draw",
    order=55,
    group="Ask",
    icon=":material/medication:",
    file="14_Drugs.py",
    needs=(),
    fields=(
        *EXPLORING,
        LinkField("drugs_ask", "what is asked about", COMPOUND, tuple(ASKED)),
        LinkField("drug", "a compound", longest=200),
        LinkField("drug_near", "a gene", longest=60),
        LinkField("drug_which", "which genes light up on the maps", ON_MAPS[0], ON_MAPS),
        LinkField("drug_from", "a probability", FROM, ("0.02", "0.05", FROM, "0.2", "0.5")),
        LinkField("drug_gene", "a gene on the maps", longest=35),
        context_field("drug_context"),
        LinkField("drug_part", "a part of the network", COMMUNITY, tuple(SHOWN)),
        LinkField("drug_node", "a compound or a target", longest=180),
        LinkField("drug_community", "the number of a community", least=1, most=9999),
        LinkField("drug_colour", "what colours compounds", COLOURS[0], COLOURS),
        LinkField("drug_example", "which example of a signature is filled in", choices=EXAMPLES),
    ),
    tour=(
        TourStep(
            "Ask which drugs reverse a change",
            "Genes that go up under heat and oxidative stress, against stored signatures of 1,092 "
            "compounds: which leave the same change, which the opposite one, and where its genes "
            "sit in each tissue.",
            "Drugs of a signature",
            {"drugs_ask": SIGNATURE, "drug_example": EXAMPLES[0]},
        ),
    ),
    scores="musegnn.screens.drugs.columns:SCORES",
    on_selection="Which compounds leave or reverse a change in which the selected genes go up",
    list_into=GENES_UP,
    list_fields={"drugs_ask": SIGNATURE},
)
