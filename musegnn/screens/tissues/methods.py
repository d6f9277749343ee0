"""Tissues methods: how the company of a gene is found, as a program."""

from __future__ import annotations

from typing import Final

from musegnn.analysis.neighbours.pooled_company import FEWEST_COMMON, PooledCompany
from musegnn.embeddings.origin import Origin
from musegnn.screens.shell.methods import Methods, describe
from musegnn.screens.tissues.view import TissuesView

_CODE: Final = """\
from musegnn.analysis.neighbours.pooled_company import pooled_company
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search

atlas = Atlas(embedding, open_search(embedding, Settings.from_environment().knowledge))
company = pooled_company({gene!r}, atlas=atlas, by={by!r}, k={k}, asked={asked!r})
table = company.partners
"""


def company_methods(view: TissuesView, company: PooledCompany, origin: Origin) -> Methods:
    """Say how the table of genes was made, with the program that makes it again."""
    n_contexts = len(company.agreement)
    return describe(
        origin,
        title=f"Company of {company.gene} by {company.by}",
        sentences=(
            f"In each of the {n_contexts} contexts that have {company.gene}, closeness of a gene "
            "is the share of other genes whose cosine with it is smaller; genes are ortholog "
            "groups, and the nearest pair of two groups counts. Means are over the contexts that "
            "have both genes; a gene has a place where at least half of the contexts measured it.",
            "Agreement of two contexts is the mean normal score of the places that the nearest "
            "genes of one have in the other, both ways, over that of the first places: 1 the same, "
            f"about 0 anywhere. It takes {FEWEST_COMMON} common genes.",
        ),
        parameters={"gene": company.gene, "by": company.by, "k": company.k, "asked": view.left},
        code=_CODE.format(gene=company.gene, by=company.by, k=company.k, asked=view.left),
    )
