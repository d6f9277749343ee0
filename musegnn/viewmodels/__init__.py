"""View models: what a page shows, as tables and short texts, built by pure functions."""
