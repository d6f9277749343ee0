"""Benchmarks of embeddings: what was hidden before training, and how well it is found again."""
