"""Public knowledge about genes: gene sets, interactions, regulation, with source and release."""
