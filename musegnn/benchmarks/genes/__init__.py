"""Benchmarks of gene vectors: what they are asked, and what is held against them."""
