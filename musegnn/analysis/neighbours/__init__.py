"""Neighbours of a gene, and what speaks for them."""
