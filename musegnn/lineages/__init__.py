"""Lineages: where cells stand on their way, from counts and from vectors of genes."""
