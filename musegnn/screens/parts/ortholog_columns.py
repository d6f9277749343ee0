"""Columns of the table of orthologs in the same cluster."""

from __future__ import annotations

from musegnn.screens.shell.columns import Column, read_columns


def ortholog_columns(first: str, second: str) -> tuple[Column, ...]:
    """Return the columns for two species."""
    return read_columns(
        """
cluster | text 60
comparable: n | count 55 | Comparable genes: those whose ortholog was measured in the other species
share: inside (%) | .1f 80 | Share of the comparable genes whose ortholog lies in the cluster
  | 0 to 100
expected: expected (%) | .1f 95 | The same share by chance | 0 to 100
fold | .2f 52 | Observed over expected | 0 or more; 1 is chance
q | .2g 88 | Benjamini-Hochberg over these clusters | 0 to 1
first_genes: {first} genes | count 95 | Different {first} genes in the cluster
second_genes: {second} genes | count 95 | Different {second} genes in the cluster
one_to_one_share: one-to-one (%) | .1f 105 | The share over one-to-one orthologs only | 0 to 100
""",
        first=first,
        second=second,
    )
