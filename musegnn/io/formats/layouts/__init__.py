"""Layouts of count files, one a module: how each is told, who makes it, what becomes of it."""
