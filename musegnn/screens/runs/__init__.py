"""Runs: train, watch, stop, compare."""
