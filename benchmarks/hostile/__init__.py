"""Hostile: give everything that can be given as a file made to do harm, and watch what happens.

`honest` writes one good file of each kind, `evil_*` change it for the worse, `corpus` pairs them,
`doors` are the functions that pages and commands call on a file, `worker` is the process that calls
them, `watch` the one that measures it, `fuzz` goes on by chance.
"""
