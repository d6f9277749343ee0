"""Building a graph from real and from odd counts, step by step."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from musegnn import __version__, keys
from musegnn.errors import GraphError, InputError
from musegnn.graphs.build import STEPS, Context, build_gene_graph
from musegnn.graphs.gene_graph import GENE_COLUMNS, GeneGraph, read_gene_graph, write_gene_graph
from musegnn.io.gene_names import GeneNames
from musegnn.io.gene_tables import source_of_tables
from musegnn.knowledge.gene_names import read_gene_names
from tests.toy_counts import gamma_poisson, read_public, write_counts

BLOOD = Context("pbmc", "human", "blood", "scrna")
PANCREAS = Context("islets", "human", "pancreas", "scrna")


class Recorder:
    """Progress that keeps what it was told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.steps: list[str] = []
        self.lines: list[str] = []
        self.finished = 0

    def start(self, label: str, total: int) -> None:
        self.started.append((label, total))

    def advance(self, detail: str = "") -> None:
        self.steps.append(detail)

    def finish(self) -> None:
        self.finished += 1

    def say(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture(scope="module")
def names(shared: Path) -> GeneNames:
    return read_gene_names(shared / "knowledge")


def build(path: Path, context: Context, names: GeneNames, **options: object) -> GeneGraph:
    return build_gene_graph(path, context, names=names, **options)


@pytest.fixture(scope="module")
def islets(shared: Path, names: GeneNames) -> tuple[GeneGraph, Recorder]:
    """Graph of real human islet cells, and what was reported on the way."""
    recorder = Recorder()
    path = shared / "data" / "scrna" / "human_pancreas_baron.h5ad"
    return build(path, PANCREAS, names, progress=recorder), recorder


def test_real_islets_give_a_thousand_genes_with_insulin_under_its_current_name(
    islets: tuple[GeneGraph, Recorder], shared: Path
) -> None:
    graph, _ = islets
    assert "INS1" in read_public(shared, "human_pancreas_baron").var_names
    assert graph.n_genes == graph.genes[keys.GENE].nunique() == 1000
    insulin = graph.genes.set_index(keys.GENE).loc["INS"]
    assert insulin[keys.SOURCE_NAME] == "INS1"
    assert insulin[keys.GENE_ID] == "ENSG00000254647"
    assert insulin[keys.COMMON_GENE] == insulin[keys.ORTHOLOG] == "INS"
    # beta cells carry insulin, so its partners are their hormones and granule proteins
    row = graph.genes.index[graph.genes[keys.GENE] == "INS"][0]
    order = np.argsort(-graph.statistic[row])
    assert "IAPP" in graph.genes[keys.GENE].iloc[order[:10]].tolist()


def test_the_graph_has_every_part_in_the_order_of_its_genes(
    islets: tuple[GeneGraph, Recorder],
) -> None:
    graph, _ = islets
    columns = [*GENE_COLUMNS, *keys.RELIABILITY_COLUMNS]
    assert list(graph.genes.columns) == columns
    assert 0.1 < graph.genes["reliability_20"].mean() < 0.6
    assert graph.features.shape == (1000, 128)
    assert graph.features.dtype == np.float32
    assert graph.statistic.shape == graph.estimate.shape == graph.significance.shape == (1000, 1000)
    significant = np.abs(graph.statistic) > 2.807  # two-sided p < 0.005
    np.fill_diagonal(significant, val=False)
    expected = np.sign(graph.statistic) * significant
    assert (graph.significance != expected).sum() <= 2  # the limit is given to three digits
    assert not graph.significance.diagonal().any()


def test_statistics_of_genes_are_those_of_the_kept_cells(
    islets: tuple[GeneGraph, Recorder], shared: Path
) -> None:
    graph, _ = islets
    data = read_public(shared, "human_pancreas_baron")
    assert graph.provenance["n_cells"] == data.n_obs  # quality control keeps all of them
    totals = np.asarray(data.X.sum(axis=1)).ravel()
    genes = graph.genes.set_index(keys.GENE)
    for symbol in ("INS", "GCG", "SST"):
        counts = data[:, genes.loc[symbol, keys.SOURCE_NAME]].X.toarray().ravel()
        assert genes.loc[symbol, keys.DETECTED] == pytest.approx((counts > 0).mean())
        assert genes.loc[symbol, keys.MEAN] == pytest.approx((1e4 * counts / totals).mean())


def test_provenance_records_every_count_and_parameter(
    islets: tuple[GeneGraph, Recorder], shared: Path
) -> None:
    graph, _ = islets
    provenance = graph.provenance
    data = read_public(shared, "human_pancreas_baron")
    assert json.loads(json.dumps(provenance, allow_nan=False)) == provenance
    assert provenance["input"] == "human_pancreas_baron.h5ad"
    assert provenance["source"]["licence"] == data.uns["licence"]
    assert provenance["source"]["publication"] == data.uns["publication"]
    assert provenance["preset"] == "default"
    assert provenance["edge_rules"] == [
        {"rule": "PositivePairs"},
        {"rule": "MutualTop", "k": 50, "always": 3},
    ]
    assert provenance["quality"] == {
        "maximum_genes": "adaptive",
        "minimum_genes": "adaptive",
        "maximum_mitochondrial": 0.2,
        "minimum_cells": 3,
        "deviations": 5.0,
    }
    assert len(provenance["steps"]) == 5
    assert any("renamed" in line for line in provenance["naming"])
    assert provenance["names_from"] == [
        "Hs2Mm_orthologs.tsv.gz",
        "nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz",
        source_of_tables(),
    ]
    assert provenance["n_cells_in_file"] == data.n_obs == 175
    assert provenance["median_depth"] == np.median(np.asarray(data.X.sum(axis=1)))
    assert 0.5 < provenance["explained_variance"] < 1
    assert 1 <= provenance["cscore_rounds"] <= 11
    assert provenance["cscore_converged"] in {True, False}
    assert provenance["version"] == __version__


def test_every_step_is_told_and_the_outcome_is_said(
    islets: tuple[GeneGraph, Recorder],
) -> None:
    graph, recorder = islets
    assert recorder.started == [("islets", len(STEPS))]
    assert recorder.steps == list(STEPS)
    assert recorder.finished == 1
    assert recorder.lines[: len(graph.provenance["naming"])] == graph.provenance["naming"]
    assert any(
        line.startswith(f"graph: 1000 genes, {graph.n_edges} edges") for line in recorder.lines
    )


def test_a_real_graph_survives_the_file(islets: tuple[GeneGraph, Recorder], tmp_path: Path) -> None:
    graph, _ = islets
    write_gene_graph(graph, tmp_path / "islets.h5ad")
    read = read_gene_graph(tmp_path / "islets.h5ad")
    assert np.array_equal(read.edge_index, graph.edge_index)
    assert read.provenance == graph.provenance
    assert read.genes[keys.SOURCE_NAME].tolist() == graph.genes[keys.SOURCE_NAME].tolist()


@pytest.mark.parametrize(
    ("dataset", "context", "density"),
    [
        # measured with the formulas in plain numpy on the genes that scanpy marks as variable
        ("human_pancreas_baron", PANCREAS, 0.139),
        ("human_pbmc4k_10x", BLOOD, 0.611),
    ],
)
def test_the_published_settings_give_the_density_that_was_measured_independently(
    shared: Path, names: GeneNames, dataset: str, context: Context, density: float
) -> None:
    graph = build(shared / "data" / "scrna" / f"{dataset}.h5ad", context, names, preset="paper")
    assert graph.density == pytest.approx(density, abs=0.002)
    assert graph.features.shape == (1000, graph.provenance["n_cells"])
    significant = graph.significance != 0
    assert np.array_equal(graph.adjacency.toarray(), significant)
    assert graph.provenance["explained_variance"] == 1


def test_fewer_wanted_genes_are_a_part_of_what_more_give(
    shared: Path, names: GeneNames, islets: tuple[GeneGraph, Recorder]
) -> None:
    path = shared / "data" / "scrna" / "human_pancreas_baron.h5ad"
    small = build(path, PANCREAS, names, n_genes=80)
    assert small.n_genes == 80
    assert set(small.genes[keys.GENE]) < set(islets[0].genes[keys.GENE])


def test_depth_is_that_of_all_genes_of_the_file(tmp_path: Path) -> None:
    counts, _ = gamma_poisson(80, 60, seed=0, module=10)
    genes = ["MT-ND1", *[f"AB{i}" for i in range(59)]]
    path = write_counts(tmp_path / "a.h5ad", counts.astype(np.float32), genes)
    graph = build(path, BLOOD, GeneNames(), n_genes=10)
    assert graph.n_genes == 10
    assert graph.provenance["n_cells"] == 80
    assert graph.provenance["median_depth"] == np.median(counts.sum(axis=1))


def test_without_tables_names_stay_and_nothing_is_claimed_comparable(tmp_path: Path) -> None:
    counts, _ = gamma_poisson(60, 20, seed=1)
    path = write_counts(
        tmp_path / "a.h5ad", counts.astype(np.float32), [f"Abc{i}" for i in range(20)]
    )
    graph = build(path, Context("m", "mouse", "lung", "scrna"), GeneNames())
    assert graph.genes[keys.GENE].tolist() == [f"Abc{i}" for i in range(20)]
    assert graph.genes[keys.COMMON_GENE].tolist() == [f"mouse:Abc{i}" for i in range(20)]
    assert graph.provenance["names_from"] == []


def test_genes_that_vary_no_more_than_noise_are_warned_of_and_stay(tmp_path: Path) -> None:
    recorder = Recorder()
    counts, _ = gamma_poisson(60, 20, seed=2, module=10)
    counts[:, 4] = 3
    path = write_counts(
        tmp_path / "a.h5ad", counts.astype(np.float32), [f"AB{i}" for i in range(20)]
    )
    graph = build(path, BLOOD, GeneNames(), progress=recorder)
    assert graph.degree[4] == 0
    assert graph.genes[keys.VARIANCE][4] < 0
    assert any("vary no more than Poisson noise" in line for line in recorder.lines)
    assert np.isfinite(graph.features).all()


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    counts, _ = gamma_poisson(60, 30, seed=3, module=8)
    path = write_counts(
        tmp_path / "a.h5ad", counts.astype(np.float32), [f"AB{i}" for i in range(30)]
    )
    one, two = (build(path, BLOOD, GeneNames(), n_genes=20) for _ in range(2))
    assert one.features.tobytes() == two.features.tobytes()
    assert one.statistic.tobytes() == two.statistic.tobytes()
    assert one.genes.equals(two.genes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("../x", "human", "blood", "scrna"), "Expected `name` of letters"),
        (
            ("x", "dog", "blood", "scrna"),
            "Expected `species` to be one of human, mouse, lemur, .*; found 'dog'",
        ),
        (("x", "humn", "blood", "scrna"), "Did you mean 'human'"),
        (("x", "human", " ", "scrna"), "Expected `tissue` to be a word such as blood"),
        (
            ("x", "human", "blood", "bulk"),
            "Expected `modality` to be one of scrna, scatac, spatial; found 'bulk'",
        ),
    ],
)
def test_a_context_of_unknown_kind_is_refused(
    values: tuple[str, str, str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Context(*values)


def test_an_unknown_preset_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="Expected `preset` to be one of default, paper; found 'x'"
    ):
        build(tmp_path / "missing.h5ad", BLOOD, GeneNames(), preset="x")


def test_counts_that_leave_nothing_after_quality_control_are_refused(tmp_path: Path) -> None:
    counts = np.zeros((10, 5), dtype=np.float32)
    counts[:2] = 1
    path = write_counts(tmp_path / "a.h5ad", counts, ["INS", "GCG", "SST", "PPY", "TTR"])
    with pytest.raises(GraphError, match="at least 3 cells after quality control, found 2"):
        build(path, BLOOD, GeneNames())


def test_genes_of_a_tissue_section_are_chosen_by_location(shared: Path, names: GeneNames) -> None:
    path = shared / "data/spatial/mouse_olfactory_bulb_rep11.h5ad"
    context = Context("bulb", "mouse", "brain", "spatial")
    graph = build_gene_graph(path, context, names=names, n_genes=300)
    chosen = set(graph.genes["gene"])
    assert {"Penk", "Camk2a", "Pcp4", "Meis2"} <= chosen
    assert graph.provenance["genes_chosen_by"] == "smallest SPARK-X p-value"
    by_variance = build_gene_graph(
        path, Context("bulb", "mouse", "brain", "scrna"), names=names, n_genes=300
    )
    assert set(by_variance.genes["gene"]) != chosen


def test_a_tissue_section_without_coordinates_is_refused(shared: Path, names: GeneNames) -> None:
    path = shared / "data/scrna/human_pancreas_baron.h5ad"
    with pytest.raises(InputError, match="Expected coordinates of the spots"):
        build_gene_graph(path, Context("x", "human", "islets", "spatial"), names=names)


def test_gene_activity_of_chromatin_becomes_a_graph(shared: Path, names: GeneNames) -> None:
    path = shared / "data/multiome/human_pbmc_atac_small_gene_activity.h5ad"
    graph = build_gene_graph(path, Context("atac", "human", "blood", "scatac"), names=names)
    assert graph.modality == "scatac"
    assert graph.n_genes == 459
    # SLC35E2 was the symbol of what is SLC35E2A now, and is not summed with SLC35E2B
    assert {"SLC35E2A", "SLC35E2B"} <= set(graph.genes["gene"])
    assert graph.n_edges > 1000


def test_beads_without_a_count_among_the_chosen_genes_do_no_harm(
    shared: Path, names: GeneNames
) -> None:
    path = shared / "data/spatial/mouse_cerebellum_slideseq.h5ad"
    context = Context("beads", "mouse", "brain", "spatial")
    graph = build_gene_graph(path, context, names=names, n_genes=200)
    assert np.isfinite(graph.features).all()


def test_resamples_are_counted_as_steps_and_kept_with_the_graph(tmp_path: Path) -> None:
    values, _ = gamma_poisson(80, 30, seed=1, module=6)
    path = tmp_path / "toy.h5ad"
    write_counts(path, values, [f"G{number:02d}" for number in range(30)])
    recorder = Recorder()
    graph = build(path, BLOOD, GeneNames(), resamples=3, progress=recorder)
    assert recorder.started == [("pbmc", len(STEPS) + 3)]
    assert len(recorder.steps) == len(STEPS) + 3
    assert recorder.steps[-1] == "resample 3 of 3"
    assert graph.provenance["resamples"] == 3
    assert graph.resampled is not None
    np.testing.assert_allclose(graph.resampled.sum(axis=1), 20, atol=1e-4)
    plain = build(path, BLOOD, GeneNames())
    assert plain.resampled is None
    assert "resamples" not in plain.provenance
    with pytest.raises(InputError, match="Expected 0 to 200 resamples"):
        build(path, BLOOD, GeneNames(), resamples=-1)
