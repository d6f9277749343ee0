"""What a set or a ranking of genes is about."""
