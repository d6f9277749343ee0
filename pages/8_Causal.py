"""Causal: what regulates these genes, and how much of it is known."""

from musegnn.screens.causal import controls
from musegnn.screens.causal import panel as panels
from musegnn.screens.causal.panel_inference import show_inference
from musegnn.screens.causal.panel_regulators import show_regulators
from musegnn.screens.causal.panel_rules import show_methods_of, show_rules
from musegnn.screens.shell.frame import page

with page("Causal", "What regulates these genes, and how much of it is known?") as frame:
    question = controls.choose(frame)
    if question is None:
        panels.say_what_for()
    else:
        picture, below = panels.two_places()
        with below:
            discovery = show_inference(frame, question)
        with picture:
            panels.show_network(frame, question, discovery)
        show_regulators(frame, question)
        show_rules()
        show_methods_of(frame, question, discovery)
