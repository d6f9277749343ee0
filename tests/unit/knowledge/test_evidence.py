"""Evidence for pairs of genes against plain loops over the same tables."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from musegnn import keys
from musegnn.knowledge.evidence import LARGEST_TERM, EvidenceIndex
from musegnn.knowledge.store import open_store
from tests.knowledge_folder import PAIRS, PATHWAYS, PROCESSES, REGULONS


@pytest.fixture(scope="module")
def index(knowledge_folder) -> EvidenceIndex:
    return EvidenceIndex(open_store(knowledge_folder))


def related_by_loop(gene, kind):
    """Partners of a gene, found by looking at every row."""
    if kind == keys.INTERACTION:
        found = {b for a, b in PAIRS if a == gene} | {a for a, b in PAIRS if b == gene}
    elif kind == keys.REGULATION:
        rows = [(tf, target) for tf, grade, target, _ in REGULONS if grade in "ABC"]
        found = {b for a, b in rows if a == gene} | {a for a, b in rows if b == gene}
    else:
        library = {keys.PATHWAY: PATHWAYS, keys.PROCESS: PROCESSES}[kind]
        sets = [set(genes.split()) for genes in library.values()]
        found = set().union(*(s for s in sets if gene in s and 2 <= len(s) <= LARGEST_TERM))
    return found - {gene}


@pytest.mark.parametrize("kind", keys.KNOWLEDGE_CLASSES)
def test_related_genes_are_those_of_a_plain_loop(index, kind):
    for gene in ("INS", "PAX6", "CD3E", "ALB", "X1", "no such gene"):
        related = index.related(gene, kind)
        found = {name for name, is_related in zip(index.genes, related, strict=False) if is_related}
        assert found == related_by_loop(gene, kind)
        assert not related[-1]  # a position of -1 stands for a gene that no table has


def test_facts_are_there_exactly_where_genes_are_related(index):
    genes = ["INS", "PAX6", "CPE", "GCG", "MAFA", "ISL1", "ALB", "CD3E"]
    for gene, other in itertools.permutations(genes, 2):
        kinds = {fact.kind for fact in index.facts(gene, other)}
        expected = {kind for kind in keys.KNOWLEDGE_CLASSES if other in related_by_loop(gene, kind)}
        assert kinds == expected


def test_facts_name_direction_sign_term_and_source(index):
    facts = index.facts("INS", "PAX6")
    assert [fact.text for fact in facts] == [
        "INS represses PAX6",
        "PAX6 activates INS",
        "Regulation of gene expression in beta cells_Homo sapiens_R-HSA-210745",
    ]
    assert [fact.detail for fact in facts] == ["confidence B", "confidence A", "3 genes"]
    assert {fact.source for fact in facts} == {"dorothea_human", "reactome_2016"}
    assert all(fact.release for fact in facts)
    assert index.facts("INS", "INS") == ()
    assert index.facts("nothing", "INS") == ()


def test_sources_are_named_with_release(index):
    assert index.sources[keys.PATHWAY] == (
        "Reactome pathways (reactome_2016, release 2016 (another file))",
    )
    assert all(index.sources.values())


def test_a_store_with_one_table_gives_what_it_has(tmp_path):
    (tmp_path / "TF_human_lambert2018.txt").write_text("A\n", encoding="utf-8")
    bare = EvidenceIndex(open_store(tmp_path))
    assert bare.genes == ()
    assert not any(bare.sources.values())
    assert not bare.related("A", keys.PATHWAY).any()
    assert bare.facts("A", "B") == ()


def test_public_tables_know_what_everybody_knows(shared):
    index = EvidenceIndex(open_store(shared / "knowledge"))
    facts = index.facts("TP53", "MDM2")
    assert {keys.INTERACTION, keys.REGULATION, keys.PATHWAY} <= {fact.kind for fact in facts}
    assert "TP53 activates MDM2" in {fact.text for fact in facts}
    sizes = [int(fact.detail.split()[0]) for fact in facts if fact.kind == keys.PATHWAY]
    assert sizes == sorted(sizes)
    assert max(sizes) <= LARGEST_TERM
    assert np.isin(["CD3E", "CD3D"], index.genes).all()
