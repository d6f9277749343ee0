"""Fusing: what is missing is masked, what is hidden is predicted, a stopped run goes on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set, write_embedding_set
from musegnn.errors import DataFileError, InputError, Stopped
from musegnn.fusion.fused_set import FUSED, fused_set, stacked
from musegnn.fusion.joining import join_by_svd
from musegnn.model.fusion_network import FusionNetwork
from musegnn.runs.kinds.fusion import ATTENTION_FILE, FusionSettings
from musegnn.training.fusion import FusionObjective
from musegnn.training.loop import Checkpointing, train_objective
from musegnn.worker.fuse import fuse_here, leave_one_out

CPU = torch.device("cpu")
N, M, D = 60, 3, 6


def made(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of three modalities that are turns of one hidden vector, some of them missing."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(N, D))
    turns = [np.linalg.qr(rng.normal(size=(D, D)))[0] for _ in range(M)]
    vectors = np.stack([hidden @ turn for turn in turns], axis=1)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    present = rng.random((N, M)) < 0.8
    present[:, 0] |= ~present.any(axis=1)
    return (vectors * present[:, :, None]).astype(np.float32), present


def settings(**values) -> FusionSettings:
    return FusionSettings(**{"hidden_width": 16, "fused_width": 8, "batch": 20, **values})


def written(tmp_path):
    """A file with a context for each modality."""
    vectors, present = made()
    rows, contexts = np.nonzero(present)
    order = np.lexsort((rows, contexts))
    rows, contexts = rows[order], contexts[order]
    names = np.array([f"GENE{i:02d}" for i in range(N)])
    table = pd.DataFrame(dict.fromkeys((keys.GENE, keys.COMMON_GENE, keys.ORTHOLOG), names[rows]))
    table[keys.GENE_ID] = ""
    table[keys.DATASET] = np.array(["GO", "pathways", "regulons"])[contexts]
    for column in (keys.SPECIES_COLUMN, keys.TISSUE, keys.MODALITY):
        table[column] = "human" if column == keys.SPECIES_COLUMN else "knowledge"
    table[keys.DEGREE], table[keys.MEAN], table[keys.CLUSTER] = 0, 0.0, "0"
    facts = pd.DataFrame(
        dict.fromkeys(("species", "tissue", "modality", "technique", "source", "licence"), ""),
        index=pd.Index(["GO", "pathways", "regulons"], name="dataset"),
    ).assign(n_cells=0, n_genes=0, n_edges=0, density=0.0, publication="")
    found = EmbeddingSet(
        vectors=vectors[rows, contexts],
        table=table,
        layout=np.zeros((len(rows), 2), dtype=np.float32),
        neighbour_graph=sparse.csr_matrix((len(rows), len(rows)), dtype=np.float32),
        datasets=facts,
    )
    path = tmp_path / "modalities.h5ad"
    write_embedding_set(found, path)
    return path, found


def test_the_network_does_what_is_published_but_masks_what_is_missing():
    vectors, present = made()
    network = FusionNetwork(M, D, 5, 4, torch.Generator().manual_seed(1))
    fused, weights = network(torch.from_numpy(vectors), torch.from_numpy(present))
    part = {name: value.detach().numpy() for name, value in network.named_parameters()}
    for gene in range(5):
        here = np.flatnonzero(present[gene])
        projected = [
            np.maximum(vectors[gene, m] @ part["projection"][m] + part["projection_bias"][m], 0)
            for m in here
        ]
        logits = np.array([p @ part["logit"] for p in projected])
        shares = np.exp(logits) / np.exp(logits).sum()
        mixed = sum(share * p for share, p in zip(shares, projected, strict=True))
        expected = mixed @ part["dense"] + part["dense_bias"]
        np.testing.assert_allclose(fused[gene].detach().numpy(), expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(weights[gene].detach().numpy()[here], shares, rtol=1e-4)


def test_what_stands_where_a_modality_is_missing_changes_nothing():
    vectors, present = made()
    other = np.where(present[:, :, None], vectors, 7.0).astype(np.float32)
    network = FusionNetwork(M, D, 5, 4, torch.Generator().manual_seed(1))
    mask = torch.from_numpy(present)
    first, weights = network(torch.from_numpy(vectors), mask)
    second, _ = network(torch.from_numpy(other), mask)
    torch.testing.assert_close(first, second)
    assert not weights[~mask].any()
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(N))


def test_hidden_modalities_are_predicted_better_than_at_the_start():
    vectors, present = made()
    objective = FusionObjective(vectors, present, settings(epochs=60, learning_rate=0.01), CPU)
    losses = [float(objective.run_epoch()["hidden"]) for _ in range(60)]
    assert np.mean(losses[-5:]) < 0.6 * np.mean(losses[:2])


def test_a_run_that_was_stopped_ends_with_the_bytes_of_one_that_was_not(tmp_path):
    vectors, present = made()
    straight = FusionObjective(vectors, present, settings(epochs=6), CPU)
    train_objective(straight, settings(epochs=6), digest="x", device=CPU)
    kept = Checkpointing(tmp_path / "checkpoint.safetensors", every_seconds=0)

    def stop(record):
        if record.epoch == 4:
            msg = "asked"
            raise Stopped(msg, "")

    first = FusionObjective(vectors, present, settings(epochs=6), CPU)
    with pytest.raises(Stopped, match="asked"):
        train_objective(
            first, settings(epochs=6), digest="x", device=CPU, checkpointing=kept, on_epoch=stop
        )
    second = FusionObjective(vectors, present, settings(epochs=6), CPU)
    history = train_objective(
        second, settings(epochs=6), digest="x", device=CPU, checkpointing=kept
    )
    assert [record.epoch for record in history] == [4, 5, 6]
    np.testing.assert_array_equal(second.fuse()[0], straight.fuse()[0])
    with pytest.raises(InputError, match="Expected a checkpoint of the same settings"):
        train_objective(second, settings(epochs=6), digest="other", device=CPU, checkpointing=kept)


def test_change_without_a_modality_is_nothing_only_where_it_is_alone_or_missing():
    vectors, present = made()
    objective = FusionObjective(vectors, present, settings(epochs=1), CPU)
    changes = leave_one_out(objective, present)
    asked = present & (present.sum(axis=1) > 1)[:, None]
    assert np.isnan(changes[~asked]).all()
    assert (changes[asked] >= -1e-6).all()
    assert (changes[asked] > 1e-3).any()


def test_one_modality_is_no_fusion():
    vectors, present = made()
    with pytest.raises(
        InputError, match="Expected at least 4 genes in 2 modalities, found 60 in 1"
    ):
        FusionObjective(vectors[:, :1], present[:, :1], settings(), CPU)


def test_the_set_keeps_angles_within_each_modality_and_names_its_contexts(tmp_path):
    _, modalities = written(tmp_path)
    genes, vectors, present, contexts = stacked(modalities)
    fused = np.random.default_rng(2).normal(size=(len(genes), 8)).astype(np.float32)
    found = fused_set(modalities, fused, genes, seed=0, provenance={"name": "x"}, width=D)
    assert list(found.datasets.index) == [FUSED, *contexts]
    own = found.vectors[found.rows_of_dataset(FUSED)]
    expected = fused / np.linalg.norm(fused, axis=1, keepdims=True)
    np.testing.assert_allclose(own @ own.T, expected @ expected.T, atol=1e-4)
    for number, context in enumerate(contexts):
        rows = found.rows_of_dataset(context)
        before = vectors[present[:, number], number]
        np.testing.assert_allclose(
            found.vectors[rows] @ found.vectors[rows].T, before @ before.T, atol=1e-4
        )
    assert list(found.table[keys.GENE].iloc[found.rows_of_dataset(FUSED)]) == genes


@pytest.mark.parametrize(("joining", "epochs"), [("svd", 0), ("attention", 2)])
def test_a_run_leaves_a_set_that_opens_shares_and_curves(tmp_path, joining, epochs):
    path, _ = written(tmp_path)
    asked = settings(epochs=2, context_width=4, joining=joining)
    fuse_here(tmp_path / "run", path, asked, device="cpu")
    found = read_embedding_set(tmp_path / "run")
    assert list(found.datasets.index) == [FUSED, "GO", "pathways", "regulons"]
    shares = pd.read_parquet(tmp_path / "run" / "result" / ATTENTION_FILE)
    weights = shares[[name for name in shares if name.startswith("weight of ")]]
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-3)
    curves = tmp_path / "run" / "metrics.jsonl"
    assert epochs == (len(curves.read_text().splitlines()) if curves.is_file() else 0)
    assert (tmp_path / "run" / "result" / keys.WEIGHTS_FILE).is_file() == (epochs > 0)


def test_leading_directions_are_those_of_numpy_and_leaving_out_is_what_it_says():
    vectors, present = made()
    found = join_by_svd(vectors, present, 5)
    rows = np.where(present[:, :, None], vectors, 0).reshape(N, -1)
    _, _, axes = np.linalg.svd(rows, full_matrices=False)
    expected = rows @ axes[:5].T
    np.testing.assert_allclose(found.fused @ found.fused.T, expected @ expected.T, atol=1e-4)
    np.testing.assert_allclose(found.shares.sum(axis=1), 1, atol=1e-5)
    without = np.where(np.arange(M)[:, None] == 1, 0, rows.reshape(N, M, D)).reshape(N, -1)
    rest = without @ axes[:5].T
    cosine = (rest * expected).sum(axis=1) / np.maximum(
        np.linalg.norm(rest, axis=1) * np.linalg.norm(expected, axis=1), 1e-12
    )
    asked = present[:, 1] & (present.sum(axis=1) > 1)
    np.testing.assert_allclose(found.changes[asked, 1], 1 - cosine[asked], atol=1e-4)
    assert np.isnan(found.changes[~asked, 1]).all()


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "odd.h5ad"
    path.write_bytes(b"no set")
    with pytest.raises(DataFileError, match="Expected an embedding set"):
        fuse_here(tmp_path / "run", path, settings(epochs=1), device="cpu")
    assert not (tmp_path / "run" / "result").exists()
