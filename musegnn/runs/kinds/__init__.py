"""Kinds of runs, one a file: a record `KIND` and the class of its settings."""
