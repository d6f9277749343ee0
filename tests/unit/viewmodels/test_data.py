"""The view of an uploaded file, without a browser."""

from __future__ import annotations

import pytest

from musegnn import keys
from musegnn.errors import DataFileError
from musegnn.graphs import read_gene_graph
from musegnn.progress import Silent
from musegnn.viewmodels import data
from tests.toy_counts import gamma_poisson, write_counts
from tests.toy_graphs import planted_graph

GENES = [f"RPL{i}" for i in range(3, 43)]


def request(content: bytes, name: str = "my cells.h5ad") -> data.DataRequest:
    return data.DataRequest(name, content, "human", "blood", "scrna", 1000, "default")


def test_every_technique_has_a_name_people_know():
    assert set(data.MODALITY_NAMES) == set(keys.MODALITIES)


def test_an_upload_becomes_a_graph_a_summary_and_a_histogram(tmp_path):
    counts = gamma_poisson(150, len(GENES), seed=4, module=8)[0].astype("float32")
    path = write_counts(tmp_path / "counts.h5ad", counts, GENES)
    view = data.build(request(path.read_bytes()), progress=Silent())
    assert view.name == "my_cells"
    assert view.degrees["genes"].sum() == len(GENES)
    saved = tmp_path / "graph.h5ad"
    saved.write_bytes(view.graph_file)
    graph = read_gene_graph(saved)
    values = dict(zip(view.summary["measure"], view.summary["value"], strict=True))
    assert values["edges"] == str(graph.n_edges)
    assert values["density (%)"] == f"{100 * graph.density:,.3g}"


def test_large_counts_are_written_in_full(tmp_path):
    graph = planted_graph("large", module_size=120, within=1.0)
    summary = data.describe(graph, b"").summary.set_index("measure")["value"]
    assert summary["edges"] == f"{graph.n_edges:,}"
    assert "," in summary["edges"]
    assert "e+" not in " ".join(summary)


@pytest.mark.parametrize("name", ["../../evil.h5ad", "a/b.h5ad", "..h5ad"])
def test_a_file_name_never_leaves_the_temporary_folder(name, tmp_path):
    with pytest.raises(DataFileError, match="Expected"):
        data.build(request(b"no h5ad", name), progress=Silent())
    assert list(tmp_path.iterdir()) == []
