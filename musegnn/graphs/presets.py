"""Presets: how a gene graph is built, in one word."""

from __future__ import annotations

from dataclasses import dataclass, replace

from musegnn.graphs.edge_rules import (
    EdgeRule,
    MutualTop,
    PositivePairs,
    SelfLoops,
    SignificantPairs,
    rules_in_words,
)


@dataclass(frozen=True)
class GraphPreset:
    """How a gene graph is built.

    Parameters
    ----------
    name
        "paper" or "default", also of a preset that was changed in its rules.
    rules
        Edge rules, applied in order.
    n_components
        Number of principal components taken as node features; None takes the residuals of all
        cells.
    limits
        What quality control goes by, in words; its thresholds are those that each technique has
        under the name of the preset.
    """

    name: str
    rules: tuple[EdgeRule, ...]
    n_components: int | None
    limits: str

    @property
    def words(self) -> str:
        """When two genes are joined by an edge."""
        return rules_in_words(self.rules)

    @property
    def summary(self) -> str:
        """One line for forms and the command line."""
        return f"{self.words}; quality control by {self.limits}"

    def with_self_loops(self) -> GraphPreset:
        """Return the same preset with each gene joined to itself for message passing."""
        return replace(self, rules=(*self.rules, SelfLoops()))


GRAPH_PRESETS: dict[str, GraphPreset] = {
    preset.name: preset
    for preset in (
        GraphPreset(
            "default", (PositivePairs(), MutualTop()), 128, "limits that fit the cells of a file"
        ),
        GraphPreset("paper", (SignificantPairs(),), None, "the fixed limits of the publication"),
    )
}
