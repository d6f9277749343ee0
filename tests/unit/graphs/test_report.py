"""Quality report of graphs whose properties are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
from scipy import sparse

from musegnn.graphs.build import Context, build_gene_graph
from musegnn.graphs.known_relations import KnownRelations
from musegnn.graphs.report import quality_report, report_lines
from musegnn.io.gene_names import GeneNames
from tests.toy_counts import gamma_poisson, write_counts
from tests.toy_graphs import planted_graph


def test_numbers_of_two_modules_without_an_edge_between_them():
    graph = planted_graph("two", between=0.0, within=1.0, module_size=10)
    summary = quality_report(graph).summary
    assert summary["genes"] == 20
    assert summary["edges"] == 2 * 45
    assert summary["density"] == 90 / 190
    assert (summary["components"], summary["largest_component"]) == (2, 10)
    assert (summary["median_degree"], summary["largest_degree"]) == (9, 9)


def test_hubs_are_the_genes_with_the_most_edges_first():
    star = np.zeros((6, 6), dtype=bool)
    star[3, :] = star[:, 3] = True
    star[3, 3] = False
    graph = replace(planted_graph("s", module_size=3), adjacency=sparse.csr_matrix(star))
    hubs = quality_report(graph).hubs
    assert hubs.gene.iloc[0] == "G3"
    assert hubs.degree.tolist() == [5, 1, 1, 1, 1, 1]


def test_warnings_name_what_is_doubtful_and_only_that():
    graph = planted_graph("g", between=0.0, within=0.1)
    quiet = replace(graph, provenance={"n_cells": 900, "n_genes_in_file": 20_000})
    assert quality_report(quiet).warnings == ()
    genes = graph.genes.assign(variance_estimate=[-1.0, 0.0] + [1.0] * 38)
    provenance = {"n_cells": 50, "n_genes_in_file": 900, "cscore_converged": False}
    loud = replace(planted_graph("g", within=1.0), genes=genes, provenance=provenance)
    text = " ".join(quality_report(loud).warnings)
    for part in ("Only 50 cells", "only 900 genes", "2 genes vary no more", "did not settle"):
        assert part in text
    assert "of all pairs are edges" in text


def test_the_report_is_ready_for_json():
    text = json.dumps(quality_report(planted_graph("g")).to_dict())
    assert json.loads(text)["summary"]["genes"] == 40


def test_what_building_recorded_is_told_in_tables_and_lines():
    provenance = {
        "n_cells": 900,
        "n_genes_in_file": 20_000,
        "filters": [
            {"unit": "cells", "rule": "no counts", "before": 910, "removed": 10, "left": 900}
        ],
        "reproducibility": {"jaccard": 0.05, "chance": 0.01, "cells_in_half": 450},
        "depth_share": {"share": 0.31, "chance": 0.02, "cells_in_stratum": 10},
        "shares_cells_with": {"other": 65},
    }
    graph = replace(planted_graph("g", between=0.0, within=0.1), provenance=provenance)
    report = quality_report(graph, KnownRelations({}, [("G0", "G1")]))
    assert report.filters.loc[0, "before"] == 910
    assert report.enrichment["relation"].tolist() == ["interaction", "interaction"]
    lines = "\n".join(report_lines(report))
    for part in (
        "Jaccard 0.05",
        "10 cells of like depth: 31 %, by chance 2.0 %",
        "31 % of the edges are there when depth is all",
        "by chance 0.01",
        "known to interact",
        "65 cells are also in other",
    ):
        assert part in lines
    assert "Only 5 % of the edges" in lines
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["filters"][0]["left"] == 900


def test_correlations_at_one_are_counted_and_told(tmp_path):
    counts = gamma_poisson(60, 12, seed=2)[0].astype("float32")
    counts[:, 1] = counts[:, 0]  # the same gene twice: its estimate lies above 1
    path = write_counts(tmp_path / "a.h5ad", counts, [f"RPL{i}" for i in range(3, 15)])
    context = Context("a", "human", "blood", "scrna")
    graph = build_gene_graph(path, context, names=GeneNames(), estimator="pearson")
    upper = np.abs(graph.estimate[np.triu_indices(graph.n_genes, 1)])
    pairs = int((upper >= 1).sum())
    assert graph.provenance["correlations_at_one"]["pairs"] == pairs
    told = [line for line in report_lines(quality_report(graph)) if "exactly 1" in line]
    assert len(told) == (pairs > 0)
    provenance = {"correlations_at_one": {"pairs": 7, "edges": 3}}
    planted = replace(planted_graph("g", between=0.0, within=0.1), provenance=provenance)
    assert quality_report(planted).warnings[0].startswith("7 pairs of genes, 3 of them edges")
    quiet = replace(planted, provenance={"correlations_at_one": {"pairs": 0, "edges": 0}})
    assert not any("exactly 1" in warning for warning in quality_report(quiet).warnings)
