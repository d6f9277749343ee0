"""Modules: do genes that are known to work together find each other here."""
