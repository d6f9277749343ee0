"""Modules: what the page shows of the scores of all modules in all contexts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.analysis.modules.gene_modules import MODULES, GeneModule
from musegnn.analysis.modules.module_scores import (
    DRAWS,
    FEWEST_MEMBERS,
    NEAREST,
    score_members,
    score_modules,
    with_q,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.modules import VALUES

OWN_NAME: Final = "your genes"
CALLED: Final = 0.05  # q below it
_HERE, _ELSEWHERE = "here", "elsewhere"


@dataclass(frozen=True)
class ModulesView:
    """All modules in all contexts.

    Parameters
    ----------
    modules, contexts
        Rows and columns of the picture: names, those of contexts by tissue.
    cells
        A row a cell: `module, context, tissue, value` (what the colour says; NaN where too few
        members are measured), `members`, `expected` (the module acts in such a tissue), `called` (q
        below `CALLED`), `hover` (all of it in words).
    title, span
        What the values are, with range; ends of the scale.
    sentence, caption, statement
        Answer in words; how the picture is read; test and background.
    table
        Pairs that are measured, in the order of modules and contexts.
    by_module
        One row a module.
    file
        All pairs, for the CSV.
    """

    modules: tuple[str, ...]
    contexts: tuple[str, ...]
    cells: pd.DataFrame
    title: str
    span: tuple[float, float]
    sentence: str
    caption: str
    statement: str
    table: pd.DataFrame
    by_module: pd.DataFrame
    file: pd.DataFrame

    def cell(self, module: str, context: str) -> pd.Series:
        """Return the row of a cell."""
        of_it = (self.cells["module"] == module) & (self.cells["context"] == context)
        return self.cells[of_it].iloc[0]


def own_module(choice: GeneSetChoice) -> GeneModule:
    """Make one more module of chosen genes."""
    return GeneModule(OWN_NAME, choice.symbols, choice.label)


def warning_of(choice: GeneSetChoice) -> str:
    """Say why chosen genes may lie together whatever they do; "" for a list."""
    if choice.kind == "list":
        return ""
    return (
        "Genes that were chosen by where they lie (neighbours, a cluster, points of the map) are "
        "near to each other there by choice: only contexts that had no say in the choice tell "
        "whether they belong together."
    )


def score_textbook(atlas: Atlas) -> pd.DataFrame:
    """Score the textbook modules, see `score_modules`."""
    return score_modules(MODULES, atlas=atlas)


def score_own(atlas: Atlas, module: GeneModule) -> pd.DataFrame:
    """Score one more module."""
    return score_modules((module,), atlas=atlas)


def build(
    scores: pd.DataFrame, *, value: str, own: tuple[GeneModule, pd.DataFrame] | None = None
) -> ModulesView:
    """Arrange scores for the page.

    Parameters
    ----------
    scores
        Those of the textbook modules.
    value
        Key of `VALUES`: what the colour says.
    own
        One more module with its scores; its row comes first.
    """
    modules: tuple[GeneModule, ...] = MODULES
    if own is not None:
        modules = (own[0], *MODULES)
        scores = with_q(pd.concat([own[1], scores], ignore_index=True))
    table = scores.assign(
        fold=scores["near"] / scores["near_chance"].where(scores["near_chance"] > 0),
        where=np.select(
            [scores["module"] == OWN_NAME, scores["expected"].astype(bool)],
            ["", _HERE],
            default=_ELSEWHERE,
        ),
    )
    rows = table[["context", "tissue"]].drop_duplicates()
    rows = rows.sort_values(["tissue", "context"], kind="stable")
    column, title, most = VALUES[value]
    table["hover"] = [_told(row) for row in table.to_dict(orient="records")]
    largest = float(table[column].max())
    told = table[table["auroc"].notna()]
    return ModulesView(
        modules=tuple(module.name for module in modules),
        contexts=tuple(rows["context"].astype(str)),
        cells=table[["module", "context", "tissue", "members", "expected", "hover"]].assign(
            value=table[column].astype(np.float64),
            called=table["q"] < CALLED,
            expected=table["where"] == _HERE,
        ),
        title=title,
        span=(0.0, largest if largest > 0 else 1.0) if most is None else (0.5, most),
        sentence=_sentence(told, with_own=own is not None),
        caption=(
            "One row a module, one column a context, lines between tissues. Grey: fewer than "
            f"{FEWEST_MEMBERS} members are among the genes of the context. A dot: the module acts "
            "in such a tissue. A cross: its members are no nearer to each other than sets of like "
            f"expression and degree (q {CALLED:g} or more). Click a cell for its members."
        ),
        statement=_statement(len(told)),
        table=told.drop(columns=["hover", "fold"]).reset_index(drop=True),
        by_module=_by_module(told, modules),
        file=table.drop(columns=["hover", "where"]),
    )


def first_cell(view: ModulesView) -> tuple[str, str] | None:
    """Return module and context to show first: the best one of the first module that acts here."""
    if view.table.empty:
        return None
    table = view.table.assign(place=view.table["module"].map(view.modules.index))
    best = table.sort_values(
        ["expected", "place", "auroc"], ascending=[False, True, False], kind="stable"
    ).iloc[0]
    return str(best["module"]), str(best["context"])


def next_context(view: ModulesView, module: str, context: str) -> str:
    """Return the other context in which a module is measured best; "" without one."""
    own = view.table[(view.table["module"] == module) & (view.table["context"] != context)]
    return "" if own.empty else str(own.loc[own["auroc"].idxmax(), "context"])


def members_of(atlas: Atlas, module: GeneModule, context: str) -> pd.DataFrame:
    """List the members of a module in one context, see `score_members`."""
    return score_members(module, context, atlas=atlas)


def cell_sentence(view: ModulesView, module: GeneModule, context: str, called: str) -> str:
    """Say what the chosen cell shows, in words; `called` is the context for people."""
    own = view.table[(view.table["module"] == module.name) & (view.table["context"] == context)]
    n = int(view.cell(module.name, context)["members"])
    if own.empty:
        return (
            f"**{n}** of {len(module.members)} members of *{module.name}* are among the genes of "
            f"{called}: too few to say whether they find each other "
            f"({FEWEST_MEMBERS} are needed)."
        )
    row = own.iloc[0]
    verdict = "nearer to each other" if row["q"] < CALLED else "no nearer to each other"
    return (
        f"**{n}** members of *{module.name}* in {called}: AUROC {row['auroc']:.2f}, "
        f"{100 * row['near']:.0f} % of the {NEAREST} nearest genes of a member are members "
        f"({100 * row['near_chance']:.1f} % in sets of like expression and degree). They lie "
        f"{verdict} than such sets (q {row['q']:.2g})."
    )


def cell_of_points(points: Sequence[dict]) -> tuple[str, str] | None:
    """Return module and context of a click, or None."""
    for point in points:
        data = point.get("customdata")
        if data and len(data) > 2:
            return str(data[0]), str(data[1])
    return None


def _told(row: Mapping[str, Any]) -> str:
    """Text of a cell."""
    n = f"{row['members']} members"
    if np.isnan(row["auroc"]):
        return f"{n}: too few"
    return (
        f"{n}, AUROC {row['auroc']:.2f}, near {100 * row['near']:.0f} % "
        f"(chance {100 * row['near_chance']:.1f} %), q {row['q']:.2g}"
    )


def _sentence(told: pd.DataFrame, *, with_own: bool) -> str:
    """Answer the question of the page."""
    textbook = told[told["module"] != OWN_NAME]
    here, other = (textbook[textbook["where"] == where] for where in (_HERE, _ELSEWHERE))
    if textbook.empty:
        words = (
            f"No textbook module has {FEWEST_MEMBERS} members among the genes of any context. Ask "
            "with genes of your own (on the left)."
        )
    else:
        words = _part(here, "Where they act, textbook modules")
        if len(other):
            words += " " + _part(other, "Elsewhere they")
    own = told[told["module"] == OWN_NAME]
    if with_own:
        words += (
            f" {_part(own, 'Your genes')}"
            if len(own)
            else f" No context has {FEWEST_MEMBERS} of your genes."
        )
    return words


def _part(part: pd.DataFrame, who: str) -> str:
    """Say how often members find each other."""
    if part.empty:
        return f"{who} are not measured."
    called = int((part["q"] < CALLED).sum())
    return (
        f"{who} hold together in **{called:,} of {len(part):,}** pairs of module and context "
        f"(AUROC {part['auroc'].mean():.2f} on average)."
    )


def _statement(n_pairs: int) -> str:
    """Say how the numbers were made."""
    return (
        "AUROC: each member is asked with the mean vector of the other members; chance that it "
        "lies nearer to it than a gene that is none. *near*: share of members among the "
        f"{NEAREST} nearest genes of a member. Both against {DRAWS} random sets a pair, that take "
        "as many genes from each of up to 30 groups of like expression and degree; q by Benjamini "
        f"and Hochberg over {n_pairs:,} pairs of module and context with {FEWEST_MEMBERS} members "
        "or more. Members are human symbols, other species by orthologs; names that are only "
        "aliases do not count. Where a module acts is told by words of the tissue."
    )


def _by_module(told: pd.DataFrame, modules: Sequence[GeneModule]) -> pd.DataFrame:
    """One row a module: where it acts, and elsewhere."""
    rows = []
    for module in modules:
        own = told[told["module"] == module.name]
        here, other = own[own["expected"]], own[~own["expected"].astype(bool)]
        rows.append(
            {
                "module": module.name,
                "here": len(here),
                "called": int((here["q"] < CALLED).sum()),
                "auroc": here["auroc"].mean(),
                "near": here["near"].mean(),
                "elsewhere": len(other),
                "auroc_elsewhere": other["auroc"].mean(),
                "source": module.source,
            }
        )
    return pd.DataFrame(rows)
