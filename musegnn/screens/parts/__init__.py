"""Parts that several screens have."""
