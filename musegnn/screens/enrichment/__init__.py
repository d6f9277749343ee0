"""Enrichment: what a set is about."""
