"""Gene vectors from what is known: one modality a source of knowledge, and what joins them."""
