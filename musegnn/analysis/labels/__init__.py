"""Genes with a label: where they lie, whether vectors tell them."""
