"""From one question of the Drugs page to another: what a button there asks."""

from __future__ import annotations

from musegnn.screens.drugs import AROUND, COMPOUND, NETWORK
from musegnn.screens.shell.frame import BareFrame
from musegnn.screens.shell.permalink import clean


def ask_compound(frame: BareFrame, text: str) -> None:
    """Ask what a compound hits."""
    frame.state.put("drug", clean("drug", text))
    frame.state.put("drugs_ask", COMPOUND)


def ask_network(frame: BareFrame, node: str) -> None:
    """Ask which compounds and targets are joined with a compound or target."""
    frame.state.put("drug_node", clean("drug_node", node))
    frame.state.put("drug_part", AROUND)
    frame.state.put("drugs_ask", NETWORK)
