"""Modalities, one a file: how the table of each is read."""
