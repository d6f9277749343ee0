"""Two contexts against each other."""
