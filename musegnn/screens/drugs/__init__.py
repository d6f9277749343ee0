"""Drugs: what a compound or a signature hits, and what mimics or reverses it."""
