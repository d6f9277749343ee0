"""Genes of several species beside each other."""
