"""The view of an uploaded file, without a browser."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.graphs import read_gene_graph
from musegnn.graphs.edge_rules import EDGE_RULES, PositivePairs, describe_rules
from musegnn.graphs.estimators import ESTIMATORS
from musegnn.graphs.known_relations import ENRICHMENT_COLUMNS, read_known_relations
from musegnn.knowledge.catalogue import GENE_SETS, INTERACTIONS
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.store import open_store
from musegnn.screens.data import view as data
from musegnn.screens.data.methods import data_methods
from musegnn.screens.data.view_choices import Reading
from musegnn.screens.parts.uploads import Upload
from musegnn.settings import Settings
from tests.snippets import read_again, run_snippet
from tests.toy_counts import gamma_poisson, write_counts
from tests.toy_graphs import planted_graph

GENES = [f"RPL{i}" for i in range(3, 43)]


def request(content: bytes, name: str = "my cells.h5ad", **options) -> data.DataRequest:
    chosen = {"species": "human", "tissue": "blood", "modality": "scrna", **options}
    return data.DataRequest(Upload.of(name, content), **chosen)


@pytest.fixture
def build(work_here):
    """Let a run build the graph of a request, and describe it as the page does."""

    def act(request: data.DataRequest) -> data.DataView:
        work = data.work_of(request, root=work_here)
        work.start()
        record = work.find()
        if record.state != "finished":
            raise DataFileError(record.message, record.hint)
        build.config = record.config
        knowledge = Settings.from_environment().knowledge
        relations = read_known_relations(open_store(knowledge))
        return data.read_built(record.folder / "result", relations)

    build = act
    return act


@pytest.fixture
def counts(tmp_path):
    matrix = gamma_poisson(150, len(GENES), seed=4, module=8)[0].astype("float32")
    return write_counts(tmp_path / "counts.h5ad", matrix, GENES).read_bytes()


def test_an_upload_becomes_a_graph_a_summary_and_a_histogram(build, tmp_path, counts):
    view = build(request(counts))
    assert view.name == "my_cells"
    assert view.degrees["genes"].sum() == len(GENES)
    saved = tmp_path / "graph.h5ad"
    saved.write_bytes(view.graph_file)
    graph = read_gene_graph(saved)
    values = dict(zip(view.summary["measure"], view.summary["value"], strict=True))
    assert values["edges"] == str(graph.n_edges)
    assert values["density (%)"] == f"{100 * graph.density:,.3g}"


def test_program_under_methods_builds_the_same_graph(build, tmp_path, counts, monkeypatch):
    asked = request(counts, n_genes=30, preset="paper")
    built = build(asked)
    methods = data_methods(build.config, built)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my cells.h5ad").write_bytes(counts)
    printed = run_snippet(methods, tmp_path)
    assert (
        printed["value"].astype(str).tolist()
        == read_again(built.summary)["value"].astype(str).tolist()
    )
    assert methods.data["tissue"] == "blood"
    assert "over 150 cells" in methods.sentences[0]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_caption_names_every_estimator(name):
    graph = planted_graph("toy")
    graph = dataclasses.replace(graph, provenance={**graph.provenance, "estimator": name})
    caption = data.describe(graph, b"").caption
    assert f"estimated by {ESTIMATORS[name].words} from" in caption
    assert "estimator" not in caption
    assert len({entry.words for entry in ESTIMATORS.values()}) == len(ESTIMATORS)


def test_the_caption_names_an_estimator_of_another_program():
    graph = dataclasses.replace(planted_graph("toy"), provenance={"estimator": "own"})
    assert "estimated by the estimator own from 0 cells" in data.describe(graph, b"").caption


@pytest.mark.parametrize("name", EDGE_RULES)
def test_the_caption_says_every_edge_rule_in_words(name):
    record = describe_rules([PositivePairs(), EDGE_RULES[name]()])
    provenance = {"edge_rules": record, "preset": "own"}
    graph = dataclasses.replace(planted_graph("toy"), provenance=provenance)
    caption = data.describe(graph, b"").caption
    said = caption.partition("preset own: an edge joins two genes that rise together")[2]
    assert said
    if name == "SelfLoops":  # says nothing of two genes
        assert said == "."
    else:
        assert EDGE_RULES[name]().words in caption
    assert name not in caption


def test_large_counts_are_written_in_full(tmp_path):
    graph = planted_graph("large", module_size=120, within=1.0)
    summary = data.describe(graph, b"").summary.set_index("measure")["value"]
    assert summary["edges"] == f"{graph.n_edges:,}"
    assert "," in summary["edges"]
    assert "e+" not in " ".join(summary)


@pytest.mark.parametrize("name", ["../../evil.h5ad", "a/b.h5ad", "..h5ad"])
def test_a_file_name_never_leaves_the_folder_of_its_content(build, name, tmp_path):
    with pytest.raises(DataFileError, match="Expected"):
        build(request(b"no h5ad", name))
    kept = [path for path in tmp_path.rglob("*.h5ad") if path.is_file()]
    assert [path.parent.parent for path in kept] == [tmp_path / "runs" / ".inputs"]
    assert kept[0].read_bytes() == b"no h5ad"


def test_options_reach_the_graph(build, tmp_path, counts):
    view = build(
        request(counts, n_genes=20, preset="paper", estimator="pearson", reading=Reading("X"))
    )
    saved = tmp_path / "graph.h5ad"
    saved.write_bytes(view.graph_file)
    graph = read_gene_graph(saved)
    assert graph.n_genes == 20
    assert (graph.provenance["preset"], graph.provenance["estimator"]) == ("paper", "pearson")
    assert "correlation of Pearson residuals" in view.caption


def test_a_table_of_orthologs_is_used(build, tmp_path, counts, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    table = Upload.of("pairs.tsv", b"lemur\thuman\nRPL3\tXYZ1\n")
    view = build(request(counts, species="lemur", orthologs=table))
    saved = tmp_path / "graph.h5ad"
    saved.write_bytes(view.graph_file)
    genes = read_gene_graph(saved).genes.set_index("gene")
    assert genes.loc["RPL3", "ortholog"] == "XYZ1"


def test_a_missing_tissue_is_asked_for(build, counts):
    with pytest.raises(InputError, match="Expected a tissue"):
        build(request(counts, tissue="  "))


def test_the_report_is_json_with_the_numbers_of_the_page(build, counts):
    view = build(request(counts))
    report = json.loads(view.report_file)
    assert report["name"] == "my_cells"
    assert report["summary"]["edges"] == view.report.summary["edges"]
    assert report["warnings"] == list(view.report.warnings)


def test_without_tables_the_page_says_how_to_set_them(build, counts, monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    view = build(request(counts))
    assert view.meaning.empty
    assert "MUSEGNN_KNOWLEDGE" in view.meaning_note


def test_imported_tables_say_what_the_edges_mean(build, tmp_path, counts, monkeypatch):
    folder = tmp_path / "store"
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(folder))
    (tmp_path / "mine.gmt").write_text("module\t\t" + "\t".join(GENES[:12]), encoding="utf-8")
    (tmp_path / "mine.tsv").write_text("a\tb\nRPL3\tRPL4\n", encoding="utf-8")
    about = {"species": "human", "release": "1", "licence": "CC0"}
    import_table(tmp_path / "mine.gmt", folder, name="my_terms", kind=GENE_SETS, **about)
    import_table(tmp_path / "mine.tsv", folder, name="my_pairs", kind=INTERACTIONS, **about)
    view = build(request(counts))
    assert view.meaning["edges that"].tolist() == [
        "are known to interact",
        "share a term of my_terms",
    ]
    assert "MUSEGNN_KNOWLEDGE" not in view.meaning_note


def test_known_relations_are_put_side_by_side():
    rows = [
        ("GO process", "with", 2.5, 50, 20.0, 400),
        ("GO process", "without", float("nan"), 0, 0.0, 0),
        ("interaction", "with", 4.0, 8, 2.0, 90),
        ("interaction", "without", 1.25, 5, 4.0, 70),
    ]
    graph = planted_graph("toy")
    report = dataclasses.replace(
        data.describe(graph, b"").report,
        enrichment=pd.DataFrame(rows, columns=list(ENRICHMENT_COLUMNS)),
    )
    assert data.meaning_table(report).to_numpy().tolist() == [
        ["share a GO process", "50 of 400", "20.0", "2.50", "no pairs"],
        ["are known to interact", "8 of 90", "2.0", "4.00", "1.25"],
    ]


def test_what_depth_gives_is_one_sentence():
    report = data.describe(planted_graph("toy"), b"").report
    depth = {"share": 0.3, "chance": 0.023, "cells_in_stratum": 10}
    sentence = data.depth_sentence(dataclasses.replace(report, depth=depth))
    assert "10 cells of like depth: 30 % of the edges come back, 2.3 % by chance" in sentence
    assert data.depth_sentence(dataclasses.replace(report, depth={})) == ""


def test_two_halves_are_one_sentence():
    report = data.describe(planted_graph("toy"), b"").report
    halves = {"jaccard": 0.44, "chance": 0.036, "cells_in_half": 999}
    sentence = data.halves_sentence(dataclasses.replace(report, reproducibility=halves))
    assert "999 cells each: 44 %" in sentence
    assert "3.6 % by chance" in sentence
    assert data.halves_sentence(dataclasses.replace(report, reproducibility={})) == ""
