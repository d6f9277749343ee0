"""Vectors from other studies: what public tables say of a gene, told apart from the cells."""
