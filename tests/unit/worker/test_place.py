"""Placing into a made atlas: what moves, what fits, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import umap

from musegnn import keys
from musegnn.baselines.registry import fit_baseline
from musegnn.cli.main import main
from musegnn.embeddings.embedding_set import read_embedding_set, write_embedding_set
from musegnn.embeddings.map_placement import place_on_map
from musegnn.embeddings.placement_words import fit_words, nearest_words, read_fits
from musegnn.embeddings.reliability import reliability_of
from musegnn.errors import InputError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.graphs.unit_rows import unit_rows
from musegnn.training.placement import LEAST_ANCHORS, shuffled
from musegnn.worker.place import place
from tests.toy_contexts import Context, make_set
from tests.toy_graphs import planted_graph

MODULES, SIZE = 6, 20


def toy_graph(name, seed, **changes):
    """Six modules of twenty genes, the same genes in every graph; abundance differs."""
    graph = planted_graph(name, n_modules=MODULES, module_size=SIZE, seed=seed, **changes)
    abundance = np.random.default_rng(1).lognormal(size=graph.n_genes)
    return replace(graph, genes=graph.genes.assign(**{keys.MEAN: abundance}))


@pytest.fixture(scope="module")
def old_graphs():
    return [toy_graph(f"old_{i}", seed=i) for i in range(3)]


@pytest.fixture(scope="module")
def atlas(old_graphs):
    vectors = fit_baseline("procrustes_pca", old_graphs, width=8)
    contexts = [
        Context(
            graph.name,
            graph.genes[keys.COMMON_GENE].tolist(),
            rows,
            clusters=[str(i // SIZE) for i in range(graph.n_genes)],
        )
        for graph, rows in zip(old_graphs, vectors, strict=True)
    ]
    return make_set(*contexts)


@pytest.fixture(scope="module")
def placed(atlas, old_graphs):
    return place(atlas, [toy_graph("new", seed=9)], atlas_graphs=old_graphs)


def test_no_old_vector_moves(atlas, placed):
    n, found = len(atlas), placed.embedding
    assert found.vectors[:n].tobytes() == atlas.vectors.tobytes()
    assert found.layout[:n].tobytes() == atlas.layout.astype(found.layout.dtype).tobytes()
    assert (found.neighbour_graph[:n, :n] != atlas.neighbour_graph).nnz == 0
    for column in atlas.table:
        assert found.table[column].iloc[:n].tolist() == atlas.table[column].tolist()
    assert found.datasets.index.tolist() == [*atlas.datasets.index, "new"]


def test_how_firm_genes_are_goes_with_them(atlas, old_graphs, tmp_path):
    new, size = toy_graph("new", seed=9), MODULES * SIZE
    shares = np.linspace(0, 1, 2 * size, dtype=np.float32)
    known = np.concatenate([shares[:size], np.full(2 * size, np.nan, dtype=np.float32)])
    measured = dict.fromkeys(keys.RELIABILITY_COLUMNS, known)
    old = replace(atlas, table=atlas.table.assign(**measured))
    own = dict.fromkeys(keys.RELIABILITY_COLUMNS, shares[size:])
    firm = replace(new, genes=new.genes.assign(**own))
    nothing = np.full(size, np.nan)
    for into, graph, expected in (
        (old, firm, np.concatenate([known, shares[size:]])),
        (old, new, np.concatenate([known, nothing])),  # a graph of before it was measured
        (atlas, firm, np.concatenate([np.full(3 * size, np.nan), shares[size:]])),
        (atlas, new, np.full(4 * size, np.nan)),
    ):
        found = place(into, [graph], atlas_graphs=old_graphs).embedding
        path = tmp_path / keys.EMBEDDING_FILE
        write_embedding_set(found, path)
        for k in (5, 20, 100):
            np.testing.assert_array_equal(reliability_of(read_embedding_set(path), k), expected)


def test_new_genes_lie_among_their_own_module(atlas, placed):
    n = len(atlas)
    cosine = placed.embedding.unit_vectors[n:] @ atlas.unit_vectors.T
    best = cosine.argmax(axis=1) % (MODULES * SIZE) // SIZE
    truth = np.arange(MODULES * SIZE) // SIZE
    assert (best == truth).mean() > 0.9
    assert (placed.embedding.table[keys.CLUSTER].iloc[n:].astype(int) == truth).mean() > 0.9
    joined = placed.embedding.neighbour_graph[n:, :n]
    assert joined.nnz
    assert 0 < joined.data.max() <= 1


@pytest.mark.parametrize("has_graphs", [True, False])
def test_each_is_placed_as_if_it_were_alone(atlas, old_graphs, has_graphs):
    graphs = old_graphs if has_graphs else []
    one, two = toy_graph("new", seed=9), toy_graph("more", seed=10)
    alone = place(atlas, [one], atlas_graphs=graphs)
    both = place(atlas, [two, one], atlas_graphs=graphs[::-1])
    rows = both.embedding.rows_of_dataset("new")
    assert both.embedding.vectors[rows].tobytes() == alone.embedding.vectors[len(atlas) :].tobytes()
    assert both.fits[1].contexts.equals(alone.fits[0].contexts)


def test_a_dataset_of_the_same_modules_fits_and_noise_does_not(atlas, placed, old_graphs):
    (fit,) = placed.fits
    assert fit.verdict == "fits"
    assert fit.place < fit.control - 0.1
    assert nearest_words(fit).startswith("new lies nearest to old_")
    rng = np.random.default_rng(0)
    graph = toy_graph("noise", seed=3, within=0.1, between=0.1)
    noise = replace(graph, features=rng.normal(size=graph.features.shape).astype(np.float32))
    for wrong in (noise, replace(shuffled(toy_graph("mixed", seed=9), seed=5), name="mixed")):
        (fit,) = place(atlas, [wrong], atlas_graphs=old_graphs).fits
        assert fit.verdict == "does not fit"
        assert "Do not read its neighbours" in fit_words(fit)
        assert not nearest_words(fit)


def test_places_of_own_genes_are_those_of_a_loop(atlas, placed):
    (fit,) = placed.fits
    assert fit.n_anchors == MODULES * SIZE
    assert fit.contexts["shared"].tolist() == [MODULES * SIZE] * 3
    assert fit.contexts["chance"].unique().tolist() == [10 / (MODULES * SIZE)]
    # all contexts have the same genes: nothing is to be adjusted
    assert np.allclose(fit.contexts["adjusted"], fit.contexts["place"])
    assert fit.near == pytest.approx(fit.contexts["near"].mean())


def test_another_species_without_orthologs_is_refused(atlas):
    graph = toy_graph("alien", seed=9, prefix="X")
    with pytest.raises(
        InputError, match=f"at least {LEAST_ANCHORS} genes of alien.*found 0 of 120"
    ):
        place(atlas, [graph])


def test_a_name_of_the_atlas_is_refused(atlas):
    with pytest.raises(InputError, match="found 'old_1' in toy already"):
        place(atlas, [toy_graph("old_1", seed=9)])


def test_points_go_where_umap_itself_would_put_them():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 10))
    old = unit_rows(centres[rng.integers(0, 4, 200)] + 0.3 * rng.normal(size=(200, 10)))
    new = unit_rows(centres[rng.integers(0, 4, 30)] + 0.3 * rng.normal(size=(30, 10)))
    old, new = old.astype(np.float32), new.astype(np.float32)
    # the product's map is drawn with these settings; its transform draws with seed 42
    fitted = umap.UMAP(metric="cosine", min_dist=0.5, random_state=0, n_jobs=1).fit(old)
    expected = fitted.transform(new)
    found = place_on_map(
        new, old, fitted.embedding_, fitted.graph_, np.zeros(200, dtype=str), seed=42
    ).coordinates
    # draws hang on the last bit of the start: the same places, not the same numbers
    apart = np.linalg.norm(found - expected, axis=1)
    assert np.median(apart) < 0.03 * np.ptp(fitted.embedding_)
    assert np.max(apart) < 0.2 * np.ptp(fitted.embedding_)


def test_the_command_writes_a_result_that_opens_and_says_how_it_fits(
    atlas, old_graphs, tmp_path, capsys
):
    folder = tmp_path / "atlas"
    (folder / "graphs").mkdir(parents=True)
    write_embedding_set(atlas, folder / keys.EMBEDDING_FILE)
    for graph in old_graphs:
        write_gene_graph(graph, folder / "graphs" / f"{graph.name}.h5ad")
    new = tmp_path / "new.h5ad"
    write_gene_graph(toy_graph("new", seed=9), new)
    before = (folder / keys.EMBEDDING_FILE).read_bytes()
    outputs = [tmp_path / name for name in ("one", "two")]
    for output in outputs:
        asked = ["place", str(new), "--into", str(folder), "-o", str(output), "--title", "mine"]
        assert main(asked) == 0
    printed = capsys.readouterr().out
    assert "new lies nearest to old_" in printed
    assert "new fits. 120 of its 120 genes" in printed
    assert (folder / keys.EMBEDDING_FILE).read_bytes() == before
    result = outputs[0] / "result"
    for name in (keys.EMBEDDING_FILE, "fit.json"):
        assert (result / name).read_bytes() == (outputs[1] / "result" / name).read_bytes()
    found = read_embedding_set(result)
    assert found.vectors[: len(atlas)].tobytes() == atlas.vectors.tobytes()
    (record,) = found.provenance["placed"]
    assert record["into"]["id"] == atlas.id
    assert record["verdicts"] == {"new": "fits"}
    assert record["with_graphs_of_the_atlas"]
    assert sorted(p.stem for p in (result / "graphs").iterdir()) == [
        "new",
        "old_0",
        "old_1",
        "old_2",
    ]
    (fit,) = read_fits(result / "fit.json").fits
    assert fit.verdict == "fits"
    assert fit.contexts["context"].iloc[0] in set(atlas.datasets.index)


def test_counts_without_their_context_are_refused(atlas, tmp_path, capsys):
    counts = tmp_path / "counts.csv"
    counts.write_text("gene,a\nX,1\n", encoding="utf-8")
    code = main(["place", str(counts), "--into", str(tmp_path), "-o", str(tmp_path / "out")])
    assert code == 2
    assert "found no --species, --tissue, --modality" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
