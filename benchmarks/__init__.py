"""Measurements that back the numbers in the documentation; run each with `python -m`."""
