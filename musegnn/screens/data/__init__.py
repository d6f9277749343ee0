"""Data: is a file good, and what graph does it make."""
