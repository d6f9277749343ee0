"""Causal: what regulates genes, and how much of it is known."""
