import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from musegnn.analysis.causal.causal_discovery import Discovery, discover_edges
from musegnn.analysis.causal.causal_network import NetworkRequest
from musegnn.analysis.causal.causal_question import genes_in_context, load_sources
from musegnn.analysis.causal.cause_correlations import (
    read_cause_correlations,
    write_cause_correlations,
)
from musegnn.analysis.causal.inference import sample_from_correlations
from musegnn.analysis.causal.master_regulators import find_downstream
from musegnn.analysis.gene_set_choice import choose_list, choose_neighbours
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.gene_search import GeneSearch
from musegnn.errors import DataFileError
from musegnn.knowledge.store import open_store
from musegnn.screens.causal import methods as causal_methods
from musegnn.screens.causal import view as causal
from musegnn.screens.causal import view_calibration as causal_calibration
from musegnn.screens.causal import view_evidence as causal_evidence
from musegnn.screens.causal import view_inference as causal_inference
from musegnn.screens.causal import view_regulators as causal_regulators
from musegnn.screens.causal.view import TABLE_COLUMNS, CausalRequest
from musegnn.screens.causal.view_inference import InferenceRequest
from musegnn.screens.parts.uploads import Upload
from tests.causal_knowledge import make_correlations
from tests.snippets import read_again, run_snippet

CONTEXT = "pancreas_human"


@pytest.fixture(scope="module")
def sources(atlas, causal_knowledge):
    return load_sources(atlas, open_store(causal_knowledge), CONTEXT, least="C")


@pytest.fixture(scope="module")
def context(atlas):
    search = GeneSearch(atlas)
    choice = choose_neighbours("INS", CONTEXT, k=22, atlas=Atlas(atlas, search))
    return genes_in_context(
        choice, CONTEXT, embedding=atlas, ortholog_groups=search.ortholog_groups
    )


def ask(label, context, query="expand"):
    network = NetworkRequest(context.genes, context.dataset, query=query)
    return CausalRequest(label, context, network)


@pytest.fixture(scope="module")
def view(context, sources):
    return causal.build(ask("INS and its 22 nearest", context), sources)


def edge_of(view, regulator, target):
    edges = view.network.edges
    return edges[(edges["regulator"] == regulator) & (edges["target"] == target)].iloc[0]


def test_the_table_reads_like_the_edges(view):
    table, edges = view.table, view.network.edges
    assert tuple(table.columns) == TABLE_COLUMNS
    assert len(table) == len(edges) > 20
    row = table[(table["regulator"] == "PAX6") & (table["target"] == "INS")].iloc[0]
    assert (row["sign_word"], row["here_word"], row["verdict"]) == (
        "activates",
        "together",
        "established",
    )
    assert row["others"] == "1 : 0 of 1"  # INS has two orthologs in the mouse: human contexts only
    assert set(table.loc[table["kind"] == "co-expressed", "sign_word"]) == {""}


def test_captions_say_what_a_point_is_n_data_and_method(view):
    for words in (
        "A point is a gene of Pancreas, human, 10x 3' v2, 2,126 cells",
        "none inferred yet",
        "3f9a2c7d",
    ):
        assert words in view.caption
    assert "Curated: dorothea_human (" in view.caption
    assert "CS-CORE statistic over the 2,126 cells" in view.table_caption
    assert "5 other contexts" in view.table_caption


def test_circles_and_missing_genes_are_told(view, atlas, sources):
    assert any("This network has circles: 1 group(s)" in line for line in view.notices)
    search = GeneSearch(atlas)
    choice = choose_list("INS CD3E Gm1234", atlas=Atlas(atlas, search))
    wide = genes_in_context(
        choice, CONTEXT, embedding=atlas, ortholog_groups=search.ortholog_groups
    )
    found = causal.build(ask("a list", wide, query="connect"), sources)
    assert any(
        "1 of the chosen genes are not in Pancreas, human, 10x 3' v2, 2,126 cells" in n
        for n in found.notices
    )
    assert any("No curated pair joins the chosen genes" in line for line in found.notices)


def test_without_tables_the_view_says_how_to_get_them(atlas, context):
    bare = load_sources(atlas, None, CONTEXT, least="C")
    found = causal.build(ask("x", context), bare)
    assert any("musegnn knowledge fetch collectri" in line for line in found.notices)
    assert "No table of regulation is loaded." in found.caption


def test_evidence_names_sources_rule_contexts_and_numbers(view, sources):
    edge = edge_of(view, "NKX2-2", "CHGA")
    found = causal_evidence.build(edge, sources, called=CONTEXT)
    assert found.title == "NKX2-2 \u2192 CHGA"
    assert found.verdict == "contradicted"
    assert found.rule.startswith("Rule 1 opposite sign: listed with a sign")
    assert found.curated.to_numpy().tolist()[0][2:] == ["inhibits", "A", "none given"]
    assert CONTEXT in set(found.contexts["context"])
    assert set(found.contexts["co_expressed"]) <= {"together", "opposite", "not significant"}
    facts = dict(found.facts)
    assert facts["co-expressed here"] == "together"
    assert facts["bootstrap frequency, 0 to 1"] == "not inferred"
    assert facts["CS-CORE statistic z"] == f"{edge['statistic']:.3g}"
    assert "" not in facts.values()


def test_evidence_of_a_pair_in_no_table_says_so(view, sources):
    edges = view.network.edges
    edge = edges[edges["kind"] == "co-expressed"].iloc[0]
    found = causal_evidence.build(edge, sources, called=CONTEXT)
    assert found.curated.empty
    assert "\u2013" in found.title
    assert len(found.facts) == 4


def test_regulators_have_test_and_background_below_the_tables(context, sources):
    downstream = find_downstream(sources.regulation, context.background)
    text = "INS +\nGCG up\nG6PC2 -1\nnobody +"
    found = causal_regulators.build(context, sources.regulation, downstream, directions_text=text)
    assert {"MAFA", "PAX6"} & set(found.upstream["regulator"])
    assert "INS" not in ", ".join(found.upstream["genes"]).split(", ")  # it was given, not found
    assert f"background: the {len(context.background):,} genes" in found.upstream_caption
    assert "Fisher's exact test" in found.upstream_caption
    assert "1/2, 1/3 and 1/6" in found.masters_caption
    assert found.notice.startswith("Directions: 2 of ")
    assert "Not in this context: nobody" in found.notice
    assert found.has_directions
    plain = causal_regulators.build(context, sources.regulation, downstream)
    assert not plain.has_directions
    assert plain.notice == ""


def request_of(context, **changes):
    return InferenceRequest(context, "scrna", frozenset({"MAFB"}), **changes)


def test_inference_says_what_it_needs(context, atlas):
    correlations = make_correlations(atlas)
    can = causal_inference.describe(request_of(context), correlations, called=CONTEXT)
    assert can.can_start
    assert "800 cells" in can.text
    cannot = causal_inference.describe(request_of(context), None, called=CONTEXT)
    assert not cannot.can_start
    assert "Give the counts" in cannot.text
    search = GeneSearch(atlas)
    everything = " ".join(atlas.genes["gene"])
    choice = choose_list(everything, atlas=Atlas(atlas, search))
    many = genes_in_context(
        choice, CONTEXT, embedding=atlas, ortholog_groups=search.ortholog_groups
    )
    refused = causal_inference.describe(request_of(many), correlations, called=CONTEXT)
    assert not refused.can_start
    assert "at most 100 genes" in refused.text


@pytest.fixture
def infer(context, atlas, tmp_path, work_here):
    """Let a run infer the edges of the context, and read what it found."""

    def act(**changes):
        path = tmp_path / "correlations.npz"
        write_cause_correlations(make_correlations(atlas), path)
        work = causal_inference.work_of(request_of(context, **changes), path, root=work_here)
        work.start()
        record = work.find()
        assert record.state == "finished", record.message
        return causal_inference.read_discovery(record.folder / "result")

    return act


def test_a_run_infers_what_was_planted_and_reads_back_the_same(infer, context, tmp_path):
    found = infer()
    assert isinstance(found, Discovery)
    pairs = {tuple(pair) for pair in found.edges[["source", "target"]].to_numpy()}
    assert ("MAFB", "IAPP") in pairs
    correlations = read_cause_correlations(tmp_path / "correlations.npz")
    direct = discover_edges(sample_from_correlations(correlations, context.genes))
    pd.testing.assert_frame_equal(found.edges, direct.edges)
    assert dataclasses.replace(found, edges=None) == dataclasses.replace(direct, edges=None)


def test_counts_and_correlations_are_different_questions(context, tmp_path, work_here):
    path = tmp_path / "correlations.npz"
    path.write_bytes(b"any")
    file = Upload.of("cells.csv", b"gene,a\nINS,1\n")
    works = [
        causal_inference.work_of(request_of(context), path, root=work_here),
        causal_inference.work_of(request_of(context, file=file), path, root=work_here),
        causal_inference.work_of(request_of(context), None, root=work_here),
    ]
    read = [{given.source.role for given in work.inputs} for work in works]
    assert read == [{"question", "correlations"}, {"question", "counts"}, {"question"}]


def test_methods_print_the_table_of_the_page(
    context, sources, causal_atlas, causal_knowledge, infer
):
    request = ask("INS", context)
    environment = {"MUSEGNN_KNOWLEDGE": str(causal_knowledge)}
    for discovery in (None, infer()):
        methods = causal_methods.describe_network(request, sources, discovery)
        printed = run_snippet(methods, causal_atlas, environment)
        edges = causal.build(request, sources, discovery=discovery).network.edges
        columns = ["regulator", "target", "kind", "verdict", "confidence", "sources"]
        pd.testing.assert_frame_equal(printed[columns], read_again(edges)[columns])
        np.testing.assert_allclose(printed["score"], edges["score"], atol=1e-6)
    assert "Rule" not in methods.code
    assert "No hidden common cause" in " ".join(methods.sentences)


def test_the_shipped_calibration_is_told_plainly():
    found = causal_calibration.build()
    assert found.metrics["auroc"].between(0.4, 1).all()
    assert (found.metrics["low"] <= found.metrics["auroc"]).all()
    assert (found.metrics["auroc"] <= found.metrics["high"]).all()
    text = " ".join(found.sentences)
    assert "AUROC" in text
    assert "weak" in text  # as measured
    assert len(found.bins) == 5
    assert "benchmarks.causal_verdicts" in found.caption


@pytest.mark.parametrize(
    ("difference", "low", "high", "words"),
    [
        (0.1, 0.05, 0.2, "better by 0.100"),
        (-0.1, -0.2, -0.05, "worse by 0.100"),
        (0.01, -0.05, 0.05, "not distinguishable"),
    ],
)
def test_a_baseline_that_wins_is_said_to_win(tmp_path, difference, low, high, words):
    found = json.loads(causal_calibration.SHIPPED.read_text(encoding="utf-8"))
    found["differences"][0] |= {"difference": difference, "low": low, "high": high}
    path = tmp_path / "verdicts.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    assert words in " ".join(causal_calibration.build(path).sentences)


def test_a_missing_calibration_is_none_and_a_damaged_one_is_explained(tmp_path):
    assert causal_calibration.build(tmp_path / "none.json") is None
    path = tmp_path / "verdicts.json"
    for text in ("{", "{}", '{"metrics": []}', "[]"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataFileError, match="Expected a calibration of causal verdicts"):
            causal_calibration.build(path)


def test_a_word_on_co_expression_has_its_number_beside_it_or_in_it(view):
    table = view.table
    told = table[table["here_word"].str.startswith(("together", "opposite"))]
    assert len(told)
    says = told["here_word"].str.endswith(", p < 0.005")
    assert (says == told["statistic"].isna()).all()
    bare = causal._table(view.network.edges.assign(statistic=float("nan")))
    assert set(bare["here_word"]) & {"together, p < 0.005", "opposite, p < 0.005"}
    assert not set(bare["here_word"]) & {"together", "opposite"}
