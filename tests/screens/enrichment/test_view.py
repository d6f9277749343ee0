import gzip

import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.choices import SET_MODES
from musegnn.analysis.enrichment.enrichment import EnrichmentSettings
from musegnn.analysis.enrichment.gene_set_library import load_library
from musegnn.analysis.gene_set_choice import (
    choose_cluster,
    choose_list,
    choose_neighbours,
    choose_rows,
)
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search
from musegnn.embeddings.study_block import StudyBlock
from musegnn.errors import DataFileError, InputError
from musegnn.knowledge.store import open_store
from musegnn.knowledge.studies.sources import read_study_vectors
from musegnn.screens.enrichment import view as enrichment
from musegnn.screens.enrichment.methods import contexts_methods, terms_methods
from musegnn.screens.shell.export import csv_bytes
from tests.module_knowledge import LIBRARY
from tests.snippets import read_again, run_snippet


@pytest.fixture(scope="module")
def search(atlas, module_knowledge):
    return open_search(atlas, module_knowledge)


@pytest.fixture(scope="module")
def library(atlas, search, module_knowledge):
    return load_library(open_store(module_knowledge), LIBRARY, atlas=Atlas(atlas, search))


@pytest.fixture
def ask(atlas, search, library):
    def run(choice, **settings):
        return enrichment.build(
            choice,
            library=library,
            settings=EnrichmentSettings(**settings),
            atlas=Atlas(atlas, search),
        )

    return run


@pytest.fixture
def neighbours(atlas, search):
    return choose_neighbours("GCG", "pancreas_human", k=25, atlas=Atlas(atlas, search))


def test_best_term_is_first_and_what_repeats_stands_behind_it(ask, neighbours):
    view = ask(neighbours)
    assert view.shown["term"][0] in {"islet", "islet again"}
    behind = view.behind(view.shown["term"][0])
    assert len(behind) == view.shown["stands"][0]
    assert set(behind["term"]) | {view.shown["term"][0]} >= {"islet", "islet again"}
    assert "terms** are enriched" in view.sentence
    assert dict(view.facts)["genes in the set"] == "25"


def test_statement_prints_test_background_sizes_correction_and_release(ask, neighbours):
    view = ask(neighbours)
    n_background = view.found.result.background
    for words in (
        "hypergeometric",
        f"N = {n_background}",
        "set n = 25",
        "GCG itself is not counted",
        "Terms with 5 to 500 genes",
        "Benjamini-Hochberg over all terms tested",
        "release 2016 (another file)",
        "sha256",
        "Licence:",
    ):
        assert words in view.statement


def test_file_explains_itself(ask, neighbours, library, atlas, search):
    view = ask(neighbours)
    assert len(view.file) == len(view.found.table)
    for column in ("p", "q", "odds_low", "set_size", "background", "represented_by", "genes"):
        assert column in view.file
    assert set(view.file["library_sha256"]) == {library.sha256}
    assert set(view.file["background_genes"]) == {"genes of this model in pancreas_human"}
    called = Atlas(atlas, search).context_names["pancreas_human"]
    assert f"Background: genes of this model in {called}, N = " in view.statement
    assert "pancreas_human" not in view.statement
    text = csv_bytes(view.file, atlas.origin).decode()
    again = pd.read_csv(pd.io.common.StringIO(text))
    assert again["p"].to_numpy() == pytest.approx(view.found.table["p"].to_numpy(), rel=1e-15)


def test_nothing_enriched_is_said(ask, atlas, search):
    rows = np.random.default_rng(0).choice(atlas.rows_of_dataset("blood_human"), 12, replace=False)
    view = ask(choose_rows(rows, "random", atlas=Atlas(atlas, search)))
    assert "None of" in view.sentence
    assert "what comes nearest" in view.sentence
    empty = ask(choose_rows(rows, "random", atlas=Atlas(atlas, search)), minimum_size=490)
    assert "No term has a suitable size" in empty.sentence
    assert len(empty.drawn) == 0


@pytest.mark.parametrize("kind", ["neighbours", "by studies", "cluster", "list", "selection"])
def test_program_prints_the_table_of_the_page(
    ask, atlas, search, atlas_folder, module_knowledge, neighbours, kind
):
    choice = {
        "neighbours": neighbours,
        "by studies": choose_neighbours(
            "CD3E",
            "blood_human",
            k=12,
            atlas=Atlas(atlas, search),
            blocks="studies",
            studies=StudyBlock(
                atlas, search.ortholog_groups, read_study_vectors(open_store(module_knowledge))
            ),
        ),
        "cluster": choose_cluster("3", dataset="blood_human", atlas=Atlas(atlas, search)),
        "list": choose_list("ins, ENSG00000000002 Gm1234 LCK", atlas=Atlas(atlas, search)),
        "selection": choose_rows(range(5, 90, 3), "drawn", atlas=Atlas(atlas, search)),
    }[kind]
    view = ask(choice, background="atlas", overlap=0.3)
    assert view.caution.startswith("**Circular.**" if kind == "by studies" else "")
    methods = terms_methods(view, embedding=atlas)
    printed = run_snippet(methods, atlas_folder, {"MUSEGNN_KNOWLEDGE": str(module_knowledge)})
    pd.testing.assert_frame_equal(printed, read_again(view.found.table))


@pytest.mark.parametrize("mode", SET_MODES)
def test_contexts_are_ordered_by_tissue_and_have_a_program(
    atlas, search, library, atlas_folder, module_knowledge, neighbours, mode
):
    view = enrichment.build_contexts(
        neighbours,
        library=library,
        settings=EnrichmentSettings(),
        mode=mode,
        atlas=Atlas(atlas, search),
    )
    tissues = [atlas.datasets.loc[name, "tissue"] for name in view.contexts]
    assert tissues == sorted(tissues)
    assert set(view.drawn["context"]) <= set(view.contexts)
    assert "pairs of term and context" in view.sentence
    methods = contexts_methods(view, embedding=atlas)
    printed = run_snippet(methods, atlas_folder, {"MUSEGNN_KNOWLEDGE": str(module_knowledge)})
    pd.testing.assert_frame_equal(printed, read_again(view.found.table))


def test_usual_libraries_come_first(shared):
    names = enrichment.library_names(open_store(shared / "knowledge"))
    assert names[:2] == ["go_biological_process_2021", "reactome_2016"]
    assert enrichment.library_names(None) == []


def test_library_without_a_store_is_explained(atlas, search):
    with pytest.raises(InputError, match="folder of annotation with the library x"):
        load_library(None, "x", atlas=Atlas(atlas, search))


GOOD = b"mine\tdescription\tINS\tGCG\nyours\t\tIns2\tCd3e\n"


@pytest.mark.parametrize("content", [GOOD, gzip.compress(GOOD, mtime=0), b"\xef\xbb\xbf" + GOOD])
def test_own_gene_sets_are_read_plain_or_packed(atlas, search, content):
    found = enrichment.open_upload(content, "my sets.gmt", atlas=Atlas(atlas, search))
    assert found.index.terms == ("mine", "yours")
    assert set(found.index.genes) == {"INS", "GCG", "CD3E"}
    assert found.name == "my-sets.gmt"
    assert "own file" in found.statement


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("=cmd|calc.gmt", "cmd-calc.gmt"),
        ("<script>.gmt", "script-.gmt"),
        ("\x00", "upload"),
        ("x" * 500 + ".gmt", "x" * 76 + ".gmt"),
    ],
)
def test_names_of_uploads_are_made_harmless(atlas, search, name, kept):
    assert enrichment.open_upload(GOOD, name, atlas=Atlas(atlas, search)).name == kept


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no tabs at all",
        b"\x00\x01\x02\xff" * 50,
        b"\x1f\x8bnot really gzip",
        gzip.compress(GOOD, mtime=0)[:-9],
        b"=HYPERLINK(1)\tx\tINS\n",
        b"@SUM(1)\tx\tINS\n",
        b"term\tx\t=cmd|' /C calc'!A0\n",
        b"<b>term\tx\t<script>alert(1)</script>\n",
        b"\tx\tINS\n",
        b"a" * 2000 + b"\tx\tINS\n",
        "t\u202eerm".encode("utf-16"),
        b"PK\x03\x04" + bytes(200),
    ],
    ids=range(13),
)
def test_hostile_gene_sets_are_refused_in_one_sentence(atlas, search, content):
    with pytest.raises(DataFileError, match=r"sets\.gmt") as caught:
        enrichment.open_upload(content, "sets.gmt", atlas=Atlas(atlas, search))
    assert "/tmp" not in str(caught.value)
    assert "Expected" in caught.value.message


def test_too_large_and_bombs_are_refused_before_they_unfold(atlas, search, monkeypatch):
    bomb = gzip.compress(b"t\tx\t" + b"A" * 3_000_000)
    monkeypatch.setattr(enrichment, "_LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(DataFileError, match="1 MB unpacked"):
        enrichment.open_upload(bomb, "bomb.gmt", atlas=Atlas(atlas, search))
    monkeypatch.setattr(enrichment, "LARGEST_UPLOAD", 10)
    with pytest.raises(DataFileError, match="gene-set library of at most"):
        enrichment.open_upload(GOOD, "big.gmt", atlas=Atlas(atlas, search))
