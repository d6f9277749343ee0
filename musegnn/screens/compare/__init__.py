"""Compare: what changes between two contexts."""
