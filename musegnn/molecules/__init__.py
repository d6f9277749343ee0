"""Molecules: their structures, what assays say of them, and how well that is foretold."""
