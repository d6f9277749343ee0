"""Small graphs of real cells and an embedding of them, made once by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from musegnn import keys
from musegnn.embeddings.embedding_set import EmbeddingSet, read_embedding_set
from tests.command_line import DATASETS, musegnn
from tests.toy_counts import most_expressed, read_public


@pytest.fixture(scope="session")
def graphs(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three small graphs of real cells, built by the command."""
    folder = tmp_path_factory.mktemp("graphs")
    paths = {}
    for name, file, species, tissue, n_genes in DATASETS:
        paths[name] = folder / f"{name}.h5ad"
        answer = musegnn(
            *("graph", shared / "data" / "scrna" / f"{file}.h5ad", "--name", name),
            *("--species", species, "--tissue", tissue, "--modality", "scrna"),
            *("--genes", n_genes, "--knowledge", shared / "knowledge", "-o", paths[name]),
        )
        assert answer.code == 0, answer.err
    return paths


@pytest.fixture(scope="session")
def run_folder(graphs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Result of three epochs on the three graphs."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    answer = musegnn("train", *graphs.values(), "-o", folder, "--epochs", 3, "--device", "cpu")
    assert answer.code == 0, answer.err
    return folder


@pytest.fixture(scope="session")
def embedding_path(run_folder: Path) -> Path:
    return run_folder / "result" / keys.EMBEDDING_FILE


@pytest.fixture(scope="session")
def embedding(embedding_path: Path) -> EmbeddingSet:
    return read_embedding_set(embedding_path)


@pytest.fixture(scope="session")
def good(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real counts of the 120 most expressed genes of human islets."""
    data = read_public(shared, "human_pancreas_baron")
    data = data[:, most_expressed(data, 120)].copy()
    path = tmp_path_factory.mktemp("counts") / "good.h5ad"
    data.write_h5ad(path)
    return path
