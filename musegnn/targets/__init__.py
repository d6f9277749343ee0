"""What a compound hits, told from the signature it leaves and from its structure."""
