"""Baselines: simple, published and senseless ways to embed genes, all behind one call."""
