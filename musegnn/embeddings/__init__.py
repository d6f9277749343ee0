"""Embedding sets: gene-in-context vectors, their neighbours and their map; needs no torch."""

from musegnn.exports import lazy_exports

__all__, __getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "EmbeddingSet": "musegnn.embeddings.embedding_set",
        "nearest_neighbours": "musegnn.embeddings.neighbours",
        "read_embedding_set": "musegnn.embeddings.embedding_set",
        "write_embedding_set": "musegnn.embeddings.embedding_set",
    },
)
