"""What became of the names of a pasted list: which were used, and which were not, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from musegnn.embeddings.gene_search import GeneMatch
from musegnn.validation import format_list

USED: Final = "used"
NOT_HERE: Final = "known, not in this model"
UNKNOWN: Final = "unknown"
AMBIGUOUS: Final = "ambiguous"


@dataclass(frozen=True)
class ListReport:
    """What became of each name of a pasted list, in the order typed, each name once.

    Parameters
    ----------
    used
        Names whose gene is in the atlas, and in the chosen context when there is one.
    not_here
        Names of known genes that are not in the atlas, or not in the chosen context.
    unknown
        Names that no table at hand knows.
    ambiguous
        Names that several genes carry; none of them is taken.
    dataset
        The chosen context, or "" for the whole atlas.
    species
        Species, none of the atlas, that most names without a gene here are of, where they are half
        of the list or more.
    """

    used: tuple[GeneMatch, ...]
    not_here: tuple[GeneMatch, ...]
    unknown: tuple[GeneMatch, ...]
    ambiguous: tuple[GeneMatch, ...] = ()
    dataset: str = ""
    species: str = ""

    @property
    def sentence(self) -> str:
        """Sizes of the classes and the first names of those left out, one sentence each."""
        return self.told({})

    def told(self, names: Mapping[str, str]) -> str:
        """Return the sentence with the context called as people call it, by its name."""
        left_out = self._left_out(names.get(self.dataset, self.dataset))
        n_names = sum(len(part) for part in (self.used, *left_out.values()))
        lines = [f"List: {len(self.used):,} of {n_names:,} names used."]
        for label, matches in left_out.items():
            if matches:
                first = format_list([match.query for match in matches], limit=10)
                lines.append(f"{label[0].upper()}{label[1:]} ({len(matches):,}): {first}.")
        if self.species:
            lines.append(
                f"Most names without a gene here are of {self.species}, of which this set has no "
                "gene: give their human orthologs."
            )
        return " ".join(lines)

    def table(self) -> pd.DataFrame:
        """List every name: `name, class, gene` ("" where no single gene is meant)."""
        return pd.DataFrame(
            [
                {"name": match.query, "class": label, "gene": match.gene}
                for label, matches in {USED: self.used, **self._left_out(self.dataset)}.items()
                for match in matches
            ],
            columns=["name", "class", "gene"],
        )

    def _left_out(self, context: str) -> dict[str, tuple[GeneMatch, ...]]:
        """Names by the class they are of, where the context is called so."""
        not_here = f"known, not in {context}" if context else NOT_HERE
        return {not_here: self.not_here, UNKNOWN: self.unknown, AMBIGUOUS: self.ambiguous}
