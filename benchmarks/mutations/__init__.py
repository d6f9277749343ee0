"""Mutations: good files of counts, changed in one way each, through the command line's `graph`."""
