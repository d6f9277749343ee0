"""Vectors of other studies: against a plain decomposition, and what they may be made of."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.manifest import TableRecord
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies import gene_sets
from musegnn.knowledge.studies.gene_sets import ENOUGH, FEWEST, OF_A_GENE, decompose
from musegnn.knowledge.studies.sources import STUDY_SOURCES, USUAL, read_study_vectors
from musegnn.knowledge.studies.study_vectors import StudyVectors

GENES = [f"FAKE{i}" for i in range(60)]  # no gene of any table


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is made apart from what other tests made."""
    monkeypatch.setenv("MUSEGNN_OPENED", str(tmp_path / "opened"))
    return tmp_path / "opened"


def draw_terms(n: int, *, seed: int = 0, size: int = 12) -> dict[str, frozenset[str]]:
    rng = np.random.default_rng(seed)
    return {f"T{i}": frozenset(rng.choice(GENES, size, replace=False)) for i in range(n)}


def write_library(path: Path, terms: dict[str, frozenset[str]]) -> None:
    lines = ["\t".join([term, "na", *sorted(genes)]) for term, genes in terms.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def plain_cosines(terms: dict[str, frozenset[str]], width: int) -> tuple[list[str], np.ndarray]:
    """Cosines by loops and the eigenvectors of genes x genes, which is another way there."""
    genes = sorted({gene for own in terms.values() for gene in own})
    table = np.array(
        [
            [
                math.log((1 + len(genes)) / len(terms[term])) if gene in terms[term] else 0.0
                for term in sorted(terms)
            ]
            for gene in genes
        ]
    )
    table /= np.sqrt((table**2).sum(axis=1))[:, None]
    squares, vectors = np.linalg.eigh(table @ table.T)
    leading = vectors[:, -width:] * squares[-width:] ** 0.25
    leading /= np.sqrt((leading**2).sum(axis=1))[:, None]
    return genes, leading @ leading.T


@pytest.mark.parametrize("n_sets", [40, 300])  # all directions at once, and the leading ones only
def test_cosines_are_those_of_a_plain_decomposition(n_sets, monkeypatch):
    monkeypatch.setattr(gene_sets, "_DENSE", 50)  # as many genes as there are here, and fewer
    terms = draw_terms(n_sets)
    genes, vectors = decompose(terms, width=8)
    expected_genes, expected = plain_cosines(terms, 8)
    assert list(genes) == expected_genes
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-4)


def test_the_order_of_the_sets_does_not_matter():
    terms = draw_terms(40)
    first, second = decompose(terms), decompose(dict(reversed(terms.items())))
    assert first[0] == second[0]
    assert first[1].tobytes() == second[1].tobytes()


def test_the_seed_of_hashes_does_not_matter():
    program = (
        "import hashlib\nfrom tests.unit.knowledge.test_studies import decompose, draw_terms\n"
        "genes, vectors = decompose(draw_terms(300, size=30))\n"
        "print(hashlib.sha256(repr(genes).encode() + vectors.tobytes()).hexdigest())"
    )
    root = Path(__file__).resolve().parents[3]
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root), "PATH": "", "HOME": "/tmp"},
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_a_gene_of_one_set_among_many_is_not_known_rather_than_nought():
    terms = draw_terms(ENOUGH)
    terms["T0"] |= {"LONELY"}
    for i in range(OF_A_GENE):
        terms[f"T{i}"] |= {"LISTED"}
    genes, vectors = decompose(terms)
    assert "LONELY" not in genes
    assert "LISTED" in genes
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_names_are_brought_up_to_date_and_asked_by_old_ones():
    terms = {f"T{i}": frozenset({"SEPT2", "INS", "GCG", f"FAKE{i}", "CD3E"}) for i in range(5)}
    genes, vectors = decompose(terms)
    assert "SEPTIN2" in genes
    assert "SEPT2" not in genes
    studies = StudyVectors("s", "t", genes, vectors, (), {})
    asked = studies.rows_of(["SEPT2", "SEPTIN2", "FAKE-NONE", "ENSG00000254647"])
    place = genes.index("SEPTIN2")
    assert asked.tolist() == [place, place, -1, genes.index("INS")]


def test_too_few_sets_are_told():
    with pytest.raises(InputError, match=f"at least {FEWEST} gene sets .* found 2"):
        decompose(draw_terms(2))


@pytest.mark.parametrize("vectors", [np.ones((2, 2)), np.eye(3), np.full((2, 2), np.nan)])
def test_vectors_that_are_not_one_of_length_1_a_gene_are_refused(vectors):
    with pytest.raises(DataFileError, match="Expected a vector of length 1 for each of 2 genes"):
        StudyVectors("s", "t", ("A", "B"), vectors.astype(np.float32), (), {})


def test_without_annotation_it_says_what_to_do(tmp_path):
    for read in (STUDY_SOURCES[USUAL].check, read_study_vectors):
        with pytest.raises(InputError, match=r"found no annotation.*musegnn knowledge fetch msig"):
            read(None)
    (tmp_path / "tf_hgnc.txt").write_text("", encoding="utf-8")
    (tmp_path / "HI-II-14.tsv").write_text(
        "Entrez Gene IDA\tSymbol A\tEntrez Gene IDB\tSymbol B\n1\tA\t2\tB\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="found no library of human genes in the annotation"):
        STUDY_SOURCES[USUAL].check(open_store(tmp_path))


def test_an_unknown_source_is_told():
    with pytest.raises(InputError, match=r"source of studies.*gene sets"):
        read_study_vectors(None, "gene set")


def test_pathways_and_processes_are_left_out_where_other_sets_are_enough(tmp_path):
    signatures = draw_terms(ENOUGH)
    curated = {"REACTOME_ONE": frozenset(GENES[:9]), "GOBP_TWO": frozenset(GENES[:9])}
    write_library(tmp_path / "MSigDB_c2_all_v6.0.gmt", signatures | curated)
    write_library(tmp_path / "Reactome_2016.gmt", draw_terms(9, seed=1))
    write_library(tmp_path / "GO_Biological_Process_2021.gmt", draw_terms(9, seed=2))
    studies = read_study_vectors(open_store(tmp_path))
    assert dict(studies.taken) == {"msigdb_c2_6.0": ENOUGH}
    assert [table.name for table in studies.tables] == ["msigdb_c2_6.0"]
    assert "are left out" in studies.note
    assert studies.n_terms == studies.facts["studies_terms"] == ENOUGH
    assert all(word in studies.statement for word in ("v6.0 (another file)", "licence", studies.id))
    only = read_study_vectors(open_store(tmp_path)).vectors
    np.testing.assert_array_equal(only, decompose(signatures)[1])


def test_where_other_sets_are_few_all_are_taken_and_it_is_told(tmp_path):
    write_library(tmp_path / "MSigDB_hallmark_v7.0.gmt", draw_terms(20))
    write_library(tmp_path / "Reactome_2016.gmt", draw_terms(9, seed=1))
    studies = read_study_vectors(open_store(tmp_path))
    assert dict(studies.taken) == {"msigdb_hallmark_7.0": 20, "reactome_2016": 9}
    assert "no independent evidence" in studies.note


def test_sets_of_mouse_genes_are_no_human_ones(tmp_path):
    write_library(tmp_path / "MSigDB_hallmark_v7.0.gmt", draw_terms(20))
    (tmp_path / "go_mouse_unprop_symbol_all.tsv").write_text("Ins2\tGO:1\n", encoding="utf-8")
    store = open_store(tmp_path)
    assert "go_mouse_symbols" in store.gene_set_libraries()
    assert list(read_study_vectors(store).taken) == ["msigdb_hallmark_7.0"]


def test_they_are_computed_once_and_anew_for_another_file(tmp_path, monkeypatch):
    path = tmp_path / "MSigDB_hallmark_v7.0.gmt"
    write_library(path, draw_terms(20))
    first = read_study_vectors(open_store(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(gene_sets, "decompose", None)  # who asked again would fail
        again = read_study_vectors(open_store(tmp_path))
    assert again.id == first.id
    assert again.genes == first.genes
    assert again.vectors.tobytes() == first.vectors.tobytes()
    write_library(path, draw_terms(21))
    other = read_study_vectors(open_store(tmp_path))
    assert other.id != first.id
    assert other.n_terms == 21


def test_the_id_is_that_of_all_it_was_made_of():
    table = TableRecord("n", "gene sets", "human", "s", "r", "l", "0" * 64, 3, "f")
    vectors = np.eye(2, dtype=np.float32)
    ids = {
        StudyVectors(source, "t", genes, vectors, (kept,), {"n": count}).id
        for source in ("a", "b")
        for genes in (("A", "B"), ("A", "C"))
        for kept in (table, TableRecord(*[*vars(table).values()][:6], "1" * 64, 3, "f"))
        for count in (2, 3)
    }
    assert len(ids) == 16
