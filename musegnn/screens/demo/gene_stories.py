"""Stories of genes: the same gene in different tissues and species."""

from __future__ import annotations

from collections.abc import Iterator

from musegnn.analysis.neighbours.pooled_company import SPECIES_AND_TISSUE, TISSUE
from musegnn.embeddings.atlas import Atlas
from musegnn.screens.demo.steps import (
    Step,
    beside_step,
    company_step,
    find_company,
    module_step,
    neighbours_step,
    where_step,
)


def t_cells(atlas: Atlas) -> Iterator[Step | None]:
    """CD3E: where it is, its company in blood, in a tumour, and the whole module."""
    yield where_step(atlas, "CD3E")
    company = find_company(atlas, "CD3E", TISSUE, "blood")
    if company is None:
        return
    yield company_step(company, "blood", atlas=atlas, module="T cell")
    tumour = next((pool for pool in company.pools["pool"] if "tumour" in pool), "")
    yield beside_step(company, "blood", tumour)
    yield module_step(atlas, "T cell")
    yield neighbours_step(atlas, "CD3E", "blood")


def islets(atlas: Atlas) -> Iterator[Step | None]:
    """INS: where it is, one list beside the other, the module of beta cells, alpha beside."""
    yield where_step(atlas, "INS")
    company = find_company(atlas, "INS", SPECIES_AND_TISSUE, "pancreas, human")
    if company is not None:
        yield company_step(company, "pancreas, human", atlas=atlas, module="beta cell")
        yield beside_step(company, "pancreas, human", "pancreas, mouse")
    yield module_step(atlas, "beta cell")
    yield neighbours_step(atlas, "INS", "pancreas")


def cortex_and_liver(atlas: Atlas) -> Iterator[Step | None]:
    """APOE and GSTM1: astrocytes in one organ, hepatocytes in the other."""
    for gene in ("APOE", "GSTM1"):
        company = find_company(atlas, gene, TISSUE, "brain")
        if company is not None:
            if gene == "APOE":
                yield where_step(atlas, gene)
            yield beside_step(company, "brain", "liver")
    yield module_step(atlas, "astrocyte")
    yield module_step(atlas, "pericentral liver")
