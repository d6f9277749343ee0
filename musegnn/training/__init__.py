"""Training of the network on gene graphs."""
