"""Edge kinds: what a pair of genes is known, guessed or seen by."""

from __future__ import annotations

from typing import Final

CURATED: Final = "curated"  # listed in a table of regulation
INFERRED: Final = "inferred"  # from the cells of the context, by causal discovery
CO_EXPRESSED: Final = "co-expressed"  # an edge of the gene graph, nothing more
KINDS: Final = (CURATED, INFERRED, CO_EXPRESSED)
