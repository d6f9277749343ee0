"""Causal: what regulates these genes, and how much of it is known."""

from musegnn.ui import causal_controls as controls
from musegnn.ui import causal_panels as panels
from musegnn.ui.causal_inference_panel import show_inference
from musegnn.ui.causal_regulator_panels import show_regulators
from musegnn.ui.causal_rules_panel import show_methods_of, show_rules
from musegnn.ui.frame import page

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
        show_rules(frame)
        show_methods_of(frame, question, discovery)
