"""Steps of stories: a page, what is chosen there, and what is seen, counted in the opened atlas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from musegnn import keys
from musegnn.analysis.modules.gene_modules import MODULES
from musegnn.analysis.modules.module_scores import score_modules
from musegnn.analysis.neighbours.pooled_company import PooledCompany, pooled_company
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.words import escaped

NAMED: Final = 5  # genes that a step names


@dataclass(frozen=True)
class Step:
    """One step: page, what is seen there, what is chosen there."""

    page: str
    text: str
    fields: dict[str, str]


def where_step(atlas: Atlas, gene: str) -> Step | None:
    """The points of a gene on the map."""
    rows = atlas.search.rows(gene)
    if not len(rows):
        return None
    genes = atlas.embedding.genes.iloc[rows]
    contexts = genes[keys.DATASET].astype(str).unique()
    tissues = sorted(genes[keys.TISSUE].astype(str).unique())
    symbols = sorted(genes[keys.GENE].astype(str).unique())
    also = f" (as {', '.join(map(escaped, symbols))})" if len(symbols) > 1 else ""
    return Step(
        "Atlas",
        f"{escaped(gene)}{also} is among the genes of **{len(contexts)} of "
        f"{len(atlas.embedding.datasets)} contexts**, in {listed(tissues)}. Each is a point of "
        "its own: they light up.",
        {"gene": gene, "colour": "tissue", "selection": "", "list": ""},
    )


def find_company(atlas: Atlas, gene: str, by: str, asked: str) -> PooledCompany | None:
    """Company of a gene, or None where the pool has not measured it."""
    if not len(atlas.search.rows(gene)):
        return None
    found = pooled_company(gene, atlas=atlas, by=by)
    if asked not in set(found.pools["pool"]):
        return None
    return pooled_company(gene, atlas=atlas, by=by, asked=asked)


def company_step(company: PooledCompany, pool: str, *, atlas: Atlas, module: str) -> Step:
    """Whose company a gene keeps in one pool."""
    nearest = company.nearest(pool)["gene"]
    members = next(own.members for own in MODULES if own.name == module)
    known = [gene for gene in nearest if gene in members]
    row = company.pools.set_index("pool").loc[pool]
    agree = (
        f" Two datasets of it agree by **{row['within']:.2f}** (1: the same neighbours, 0: "
        "anywhere)."
        if not np.isnan(row["within"])
        else ""
    )
    return Step(
        "Tissues",
        f"In {escaped(pool)} {escaped(company.gene)} stands nearest to "
        f"{listed(nearest.iloc[:NAMED].tolist())}. **{len(known)} of its {len(nearest)} "
        f"nearest** are textbook genes of the module *{module}*.{agree}",
        {
            "gene": company.gene,
            "pooled_by": company.by,
            "pool": clean("pool", pool),
            "other_pool": "",
            "pool_genes": "",
        },
    )


def beside_step(company: PooledCompany, left: str, right: str) -> Step | None:
    """Two pools beside each other."""
    table = company.pools.set_index("pool")
    if left not in table.index or right not in table.index:
        return None
    lists = {pool: company.nearest(pool)["gene"] for pool in (left, right)}
    n_shared = int(lists[left].isin(lists[right]).sum())
    agreement, within = table.loc[right, "to_asked"], table.loc[left, "within"]
    sides = "; ".join(
        f"in {escaped(pool)} to {listed(own.iloc[:NAMED].tolist())}" for pool, own in lists.items()
    )
    text = (
        f"{escaped(company.gene)} stands nearest {sides}. **{n_shared} of {company.k}** stand in "
        "both lists."
    )
    if not np.isnan(agreement):
        text += f" Agreement across: **{agreement:.2f}**"
        text += (
            f", of two datasets of {escaped(left)}: {within:.2f}." if not np.isnan(within) else "."
        )
    return Step(
        "Tissues",
        text,
        {
            "gene": company.gene,
            "pooled_by": company.by,
            "pool": clean("pool", left),
            "other_pool": clean("other_pool", right),
        },
    )


def module_step(atlas: Atlas, name: str) -> Step | None:
    """Whether a textbook module holds together where it acts."""
    module = next(own for own in MODULES if own.name == name)
    scores = score_modules((module,), atlas=atlas, draws=0).dropna(subset="auroc")
    here = scores[scores["expected"].astype(bool)]
    if here.empty:
        return None
    best = str(here.loc[here["auroc"].idxmax(), "context"])
    contexts = "context" if len(here) == 1 else "contexts"
    return Step(
        "Modules",
        f"Asked with the others, a gene of the module *{name}* is found in {len(here)} {contexts} "
        f"where it acts with a mean AUROC of **{here['auroc'].mean():.2f}** (0.5: chance). The "
        "picture has all modules and contexts.",
        {"module": clean("module", name), "module_context": best},
    )


def neighbours_step(atlas: Atlas, gene: str, tissue: str) -> Step | None:
    """The neighbours of a gene in one context, with what speaks for them."""
    genes = atlas.embedding.genes.iloc[atlas.search.rows(gene)]
    here = genes[genes[keys.TISSUE].astype(str) == tissue]
    if here.empty:
        return None
    row = here.loc[here[keys.DEGREE].idxmax()]
    return Step(
        "Gene",
        f"One context closely: {escaped(row[keys.GENE])} in "
        f"{escaped(atlas.context_names[str(row[keys.DATASET])])}, "
        f"co-expressed with **{row[keys.DEGREE]} genes** there; each neighbour says what speaks "
        "for it.",
        {"gene": str(row[keys.GENE]), "dataset": str(row[keys.DATASET]), "scope": "", "why": ""},
    )


def listed(names: list[str]) -> str:
    """Write names one after the other."""
    return ", ".join(map(escaped, names))
