"""What a file is taken for: the record that page and command line show."""

from __future__ import annotations

import json

import anndata
import numpy as np
import pandas as pd
import pytest

from musegnn.errors import GraphError, InputError
from musegnn.graphs.look import foresee, look_at
from musegnn.graphs.look_report import look_document, look_lines
from musegnn.graphs.modalities import find_modality
from musegnn.graphs.quality import judge, mitochondrial_words
from musegnn.io.choices import Choices
from musegnn.io.gene_names import GeneNames
from tests.command_line import musegnn
from tests.toy_counts import gamma_poisson

SYMBOLS = [*(f"RPL{i}" for i in range(3, 61)), "MT-CO1", "MT-ND1"]
IDS = [f"ENSG{i:011d}" for i in range(60)]


@pytest.fixture
def counts():
    return gamma_poisson(150, 60, seed=4, mean=0.6)[0].astype("float32")


@pytest.fixture
def h5ad(tmp_path, counts):
    def write(matrix=None, *, index=SYMBOLS, var=None, **parts):
        data = anndata.AnnData(
            counts if matrix is None else matrix, var=pd.DataFrame(var or {}, index=list(index))
        )
        for name, value in parts.items():
            getattr(data, name).update(value)
        data.write_h5ad(tmp_path / "my cells.h5ad")
        return tmp_path / "my cells.h5ad"

    return write


def look(path, **asked):
    return look_at(path, known=GeneNames(), **asked)


def facts(found):
    return {fact.key: fact for fact in found.facts}


def test_columns_species_and_name_are_told(h5ad):
    told = facts(look(h5ad(index=IDS, var={"feature_name": SYMBOLS})))
    assert told["symbols"].found.startswith("column feature_name: RPL3, RPL4, RPL5, RPL6, RPL7")
    assert told["ids"].found.startswith(f"the index: {IDS[0]}, {IDS[1]}")
    assert told["ids"].why == "60 of 60 have one"
    assert told["cells"].found == "150 cells, nuclei or spots, in the rows"
    assert told["species"].found == "probably human"
    assert told["dataset"].found == "my_cells"


def test_kinds_left_out_are_counted_in_words(h5ad):
    kinds = ["Gene Expression"] * 50 + ["Antibody Capture"] * 10
    told = facts(look(h5ad(var={"feature_types": kinds})))
    assert told["kinds"].found == "Gene Expression, left out: 10 Antibody Capture"
    assert told["kinds"].option == "--features"


def test_what_was_said_goes_before_what_was_found(h5ad):
    other = [f"RPS{i}" for i in range(60)]
    path = h5ad(var={"gene_name": other})
    assert facts(look(path))["symbols"].found.startswith("the index: RPL3")
    assert facts(look(path))["symbols"].option == "--symbols"
    chosen = facts(look(path, choices=Choices(symbols="gene_name")))["symbols"].found
    assert chosen.startswith("column gene_name: RPS0, RPS1")


def test_spots_without_a_place_are_counted(h5ad):
    places = np.random.default_rng(0).uniform(0, 9, (150, 2))
    places[3:7] = np.nan
    found = facts(look(h5ad(obsm={"spatial": places})))["places"]
    assert found.found == "4 of 150 cells lack one"
    assert "obsm['spatial']" in found.why
    assert facts(look(h5ad()))["places"].found == "none"


def test_an_unfiltered_matrix_is_described_whole_and_says_why_it_is_refused(h5ad, counts):
    empty = np.zeros((850, 60), dtype="float32")
    empty[np.arange(850), np.arange(850) % 60] = 1
    path = h5ad(np.vstack([20 * counts, empty]))
    found = look(path)
    assert found.expression.n_cells == 1000
    assert "unfiltered matrix" in found.refused.message
    assert facts(found)["droplets"].found == "unfiltered, to be decided"
    kept = look(path, droplets="filter")
    assert kept.refused is None
    assert kept.expression.n_cells == found.ranks.n_cells < 200
    assert "left out as empty" in facts(kept)["droplets"].why


def test_every_sentence_of_reading_is_told_once(h5ad, counts):
    found = look(h5ad(counts + np.where(counts > 0, 1e-5, 0).astype("float32")))
    told = [fact.why for fact in found.facts] + list(found.notes)
    for note in found.expression.notes:
        sentence = note.partition(": ")[2]
        assert sum(sentence in text for text in told) == 1


def test_mitochondrial_genes_are_named_or_said_to_be_unknown(h5ad):
    ask = {"species": "human", "modality": "scrna", "preset": "default", "known": GeneNames()}
    (named,) = foresee(look(h5ad()).expression, **ask).facts
    assert named.found == "2: MT-CO1, MT-ND1"
    assert named.why == "by the prefix MT-"
    path = h5ad(index=[f"RPL{i}" for i in range(3, 63)])
    (unknown,) = foresee(look(path).expression, **ask).facts
    assert unknown.found == "not known"
    assert mitochondrial_words(["ND1", "COX1"]) == "by their names in RefSeq"
    with pytest.raises(InputError, match="Expected coordinates"):
        foresee(look(path).expression, **{**ask, "modality": "spatial"})


def test_shares_are_those_of_numpy(h5ad, counts):
    path = h5ad()
    found = foresee(
        look(path).expression,
        species="human",
        modality="scrna",
        preset="default",
        known=GeneNames(),
    ).judgement
    depth = counts.sum(axis=1)
    assert np.allclose(found.share, counts[:, -2:].sum(axis=1) / np.where(depth > 0, depth, 1))
    scrna = find_modality("scrna").quality("default")
    with pytest.raises(GraphError, match="at least 3 genes"):
        judge(look(path).expression.take_genes(np.arange(60) >= 57), scrna)


def test_text_and_json_tell_the_same_facts(h5ad, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    path = h5ad()
    text = musegnn("graph", "--look", path).out
    document = json.loads(musegnn("graph", path, "--look", "--json").out)
    for fact in document["facts"]:
        assert fact["what"] in text
        assert fact["found"] in text
    assert document["quality"]["mitochondrial_genes"] == ["MT-CO1", "MT-ND1"]
    assert document["problem"] is None
    assert document["cells"] == 150
    for step in document["quality"]["steps"]:
        assert f"{step['unit']}: {step['removed']} removed ({step['rule']})" in text


def test_a_look_says_what_stands_against_a_build(h5ad):
    answer = musegnn("graph", "--look", h5ad(), "--species", "human", "--modality", "spatial")
    assert answer.code == 0
    assert "cannot be built so: Expected coordinates" in answer.out


def test_lines_and_document_come_from_one_record(h5ad):
    found = look(h5ad())
    assert [fact["found"] for fact in look_document(found, None, None)["facts"]] == [
        fact.found for fact in found.facts
    ]
    assert len(look_lines(found, None, None)) == 1 + len(found.facts) + len(found.notes)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--look"], "required: INPUT"),
        (["x.h5ad", "--look", "-o", "y.h5ad"], "-o: not with --look"),
        (["x.h5ad", "--json", "-o", "y.h5ad"], "--json: only with --look"),
        (["x.h5ad", "--look", "--report", "r.json"], "--report: not with --look"),
        (["x.h5ad", "--species", "human"], "required: -o/--output"),
    ],
)
def test_options_that_do_not_fit_a_look_are_told(arguments, sentence):
    answer = musegnn("graph", *arguments)
    assert answer.code == 2
    assert sentence in answer.err
