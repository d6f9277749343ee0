"""Planted tables of drugs, read once."""

from __future__ import annotations

import pytest

from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.targets.gene_vectors import read_gene_vectors
from musegnn.targets.reference import Reference, build_reference
from musegnn.targets.tables import Pharmacology, read_pharmacology
from tests.drug_folder import write_drugs


@pytest.fixture(scope="session")
def drug_store(tmp_path_factory) -> KnowledgeStore:
    store = open_store(write_drugs(tmp_path_factory.mktemp("drugs")))
    assert store is not None
    return store


@pytest.fixture(scope="session")
def drugs(drug_store) -> Pharmacology:
    return read_pharmacology(drug_store)


@pytest.fixture(scope="session")
def reference(drugs, drug_store) -> Reference:
    return build_reference(drugs, read_gene_vectors(drug_store))
