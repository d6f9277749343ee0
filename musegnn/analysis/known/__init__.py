"""Known or new: what is known already of genes that keep company in a context."""
