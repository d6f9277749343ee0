"""Readers of count files, one format a module; `registry` lists them."""
