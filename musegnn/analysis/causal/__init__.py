"""Causal: what regulates a set of genes, told apart into what is known and what is guessed."""
