"""Shell: what is around every screen."""
