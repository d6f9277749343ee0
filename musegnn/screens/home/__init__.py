"""Home: what this is, what is loaded, where to start."""
