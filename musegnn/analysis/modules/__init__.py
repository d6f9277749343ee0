"""Gene modules that everyone knows: do their members keep together, and in which contexts."""
