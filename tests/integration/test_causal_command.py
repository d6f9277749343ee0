"""`musegnn causal`: the numbers of the page on the command line."""

import io
import json
import shutil

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.causal_discovery import discover_edges
from musegnn.analysis.causal.causal_network import NetworkRequest
from musegnn.analysis.causal.causal_question import genes_in_context, load_sources
from musegnn.analysis.causal.cause_correlations import correlations_path, read_context_correlations
from musegnn.analysis.causal.master_regulators import find_downstream
from musegnn.analysis.gene_set_choice import choose_neighbours
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.embeddings.known_names import open_search
from musegnn.knowledge.store import open_store
from musegnn.screens.causal import view as causal
from musegnn.screens.causal import view_inference as causal_inference
from musegnn.screens.causal import view_regulators as causal_regulators
from musegnn.screens.causal.view import CausalRequest
from musegnn.settings import REPOSITORY
from tests.command_line import musegnn, musegnn_process

CONTEXT = "pancreas_human"


@pytest.fixture(autouse=True)
def knowledge(monkeypatch, causal_knowledge):
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(causal_knowledge))
    return causal_knowledge


@pytest.fixture
def page(causal_atlas, knowledge):
    """What the page shows of INS."""
    embedding = read_embedding_set(causal_atlas)
    search = open_search(embedding, knowledge)
    choice = choose_neighbours("INS", CONTEXT, k=22, atlas=Atlas(embedding, search))
    context = genes_in_context(
        choice, CONTEXT, embedding=embedding, ortholog_groups=search.ortholog_groups
    )
    sources = load_sources(embedding, open_store(knowledge), CONTEXT, least="C")
    network = NetworkRequest(context.genes, CONTEXT, query="expand")
    return context, sources, CausalRequest(choice.label, context, network)


def ask(folder, *arguments):
    answer = musegnn("causal", folder, "--gene", "INS", "--context", CONTEXT, "-k", 22, *arguments)
    assert answer.code == 0, answer.err
    return answer


def test_edges_are_those_of_the_page(causal_atlas, page):
    _, sources, request = page
    printed = pd.read_csv(io.StringIO(ask(causal_atlas, "--csv").out))
    edges = causal.build(request, sources).network.edges
    expected = pd.read_csv(io.StringIO(edges.to_csv(index=False)))
    pd.testing.assert_frame_equal(printed, expected)


def test_regulators_are_those_of_the_page(causal_atlas, page):
    context, sources, _ = page
    downstream = find_downstream(sources.regulation, context.background)
    view = causal_regulators.build(context, sources.regulation, downstream)
    for name, table in (("upstream", view.upstream), ("masters", view.masters)):
        printed = pd.read_csv(io.StringIO(ask(causal_atlas, "--csv", name).out))
        expected = pd.read_csv(io.StringIO(table.to_csv(index=False)))
        pd.testing.assert_frame_equal(printed, expected)


def test_inferred_edges_are_those_of_the_page(causal_atlas, page, work_here):
    context, sources, request = page
    correlations = correlations_path(sources.embedding, CONTEXT)
    inference = causal_inference.InferenceRequest(context, "scrna", frozenset())
    work = causal_inference.work_of(inference, correlations, root=work_here)
    work.start()
    discovery = causal_inference.read_discovery(work.find().folder / "result")
    edges = causal.build(request, sources, discovery=discovery).network.edges
    document = json.loads(ask(causal_atlas, "--infer", "--json").out)
    found = pd.DataFrame(document["edges"])
    assert found["regulator"].tolist() == edges["regulator"].tolist()
    np.testing.assert_allclose(found["frequency"].astype(float), edges["frequency"], equal_nan=True)
    assert (edges["kind"] == "inferred").any()
    assert document["inference"] == discovery.sentence
    assert len(document["assumptions"]) == 6
    assert document["circles"] == [["ISL1", "MAFA"]]
    assert len(document["rules"]) == 8


def test_networks_are_written_for_other_programs(causal_atlas, tmp_path):
    files = [tmp_path / f"out.{name}" for name in ("graphml", "sif", "cx2")]
    options = [part for path in files for part in (f"--{path.suffix[1:]}", path)]
    answer = ask(causal_atlas, "--csv", *options)
    table = pd.read_csv(io.StringIO(answer.out))
    assert nx.read_graphml(files[0]).number_of_edges() == len(table)
    assert json.loads(files[2].read_text())[0]["CXVersion"] == "2.0"
    assert len(files[1].read_text().splitlines()) >= len(table)


def test_a_list_with_directions_gets_activation_scores(causal_atlas, tmp_path):
    path = tmp_path / "genes.txt"
    path.write_text("GCG +\nPCSK1 +\nINS 2.5\nG6PC2 -1\nnonsense\n", encoding="utf-8")
    answer = musegnn("causal", causal_atlas, "--genes", path, "--context", CONTEXT, "--json")
    document = json.loads(answer.out)
    pax6 = next(row for row in document["upstream"] if row["regulator"] == "PAX6")
    n = pax6["overlap"]
    assert pax6["signed"] == n
    assert pax6["z"] == pytest.approx(np.sqrt(n))
    assert document["context"] == CONTEXT


def test_text_for_reading_has_methods_and_assumptions(causal_atlas):
    answer = ask(causal_atlas, "--infer", "--replicates", 20)
    for words in ("Upstream regulators", "Master regulators", "No hidden common cause", "PAX6"):
        assert words in answer.out
    assert "share of 20 bootstrap" in " ".join(answer.out.split())


def test_counts_infer_edges_and_are_kept_for_the_page(shared, tmp_path, monkeypatch):
    """The shipped atlas without its correlations: counts bring them back."""
    shipped = REPOSITORY / "data" / "atlas"
    dataset = "human_pancreas_baron"
    folder = tmp_path / "atlas"
    (folder / "graphs").mkdir(parents=True)
    shutil.copy(shipped / "embedding.h5ad", folder)
    shutil.copy(shipped / "graphs" / f"{dataset}.h5ad", folder / "graphs")
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(shared / "knowledge"))
    counts = shared / "data" / "scrna" / f"{dataset}.h5ad"
    options = ("causal", folder, "--gene", "INS", "--context", dataset, "-k", 15)
    asked = ("--expression", counts, "--keep", "--replicates", 20, "--csv")
    answer = musegnn(*options, *asked)
    assert answer.code == 0, answer.err
    from_cells = pd.read_csv(io.StringIO(answer.out))
    cells = from_cells[from_cells["kind"] == "inferred"]
    genes = sorted({*cells["regulator"], *cells["target"]})
    kept = read_context_correlations(read_embedding_set(folder), dataset)
    again = discover_edges(kept.sample(genes), n_replicates=20).edges
    first, second = (
        {frozenset(pair) for pair in pairs.to_numpy()}
        for pairs in (cells[["regulator", "target"]], again[["source", "target"]])
    )
    assert len(first) >= 3
    assert len(first & second) >= 0.5 * len(first)  # cells drawn, and a Gaussian instead


def test_bad_questions_are_refused_in_one_sentence(causal_atlas, tmp_path):
    cases = {
        ("--gene", "INS"): "found no --context",
        ("--gene", "XYZZY", "--context", CONTEXT): "not a gene name known here",
        ("--gene", "INS", "--context", "nowhere"): "Expected `context` to be one of",
        ("--genes", tmp_path / "none.txt"): "Expected a text file of gene names",
        ("--gene", "INS", "--context", CONTEXT, "--keep"): "found no --expression",
        ("--gene", "CD3E", "--context", "blood_human", "--infer"): "Give its counts",
    }
    for arguments, message in cases.items():
        answer = musegnn("causal", causal_atlas, *arguments)
        assert answer.code == 2, arguments
        assert message in answer.err
        assert answer.err.startswith("musegnn causal: ")
        assert len(answer.err.splitlines()) == 1


def test_the_answer_does_not_depend_on_the_hash_seed(causal_atlas):
    arguments = ("causal", causal_atlas, "--gene", "INS", "--context", CONTEXT, "-k", 22)
    more = ("--query", "all", "--json")
    elsewhere = musegnn_process(*arguments, *more, hash_seed="1")
    assert elsewhere.out == musegnn(*arguments, *more).out
    assert json.loads(elsewhere.out)["edges"]
