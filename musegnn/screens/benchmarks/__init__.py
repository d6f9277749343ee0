"""Benchmarks: how sure the numbers are."""
