"""Embedding sets: gene-in-context vectors, their neighbours and their map; needs no torch."""

from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set, write_embedding_set
from musegnn.embeddings.neighbours import nearest_neighbours

__all__ = ["EmbeddingSet", "nearest_neighbours", "read_embedding_set", "write_embedding_set"]
