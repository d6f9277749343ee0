"""Headers of gene graphs: read without the arrays, refused in one sentence, named where listed."""

import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from musegnn import keys
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.runs.graph_sources import describe_graph, list_graphs, scan_graphs
from tests.toy_graphs import planted_graph

HEADER = f"uns/{keys.UNS_GRAPH}"
ADJACENCY = f"obsp/{keys.ADJACENCY}"


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A graph in a folder of its own."""
    path = tmp_path / "folder" / "mine.h5ad"
    write_gene_graph(planted_graph("mine", seed=0), path)
    return path


def replace_text(name: str, value: object):
    def change(file: h5py.File) -> None:
        del file[HEADER][name]
        file[HEADER][name] = value

    return change


def many_names(file: h5py.File) -> None:
    del file[HEADER]["name"]
    file[HEADER].create_dataset("name", (10**9,), h5py.string_dtype(), chunks=(1000,))


def shape(*values: object):
    def change(file: h5py.File) -> None:
        file[ADJACENCY].attrs["shape"] = np.array(values)

    return change


def far_away(file: h5py.File) -> None:
    del file[HEADER]["tissue"]
    file[HEADER]["tissue"] = h5py.ExternalLink("/etc/hostname", "/")


def many_groups(file: h5py.File) -> None:
    for number in range(20_001):
        file.create_group(f"flat/{number}")


def nested_groups(file: h5py.File) -> None:
    group = file
    for _ in range(2000):
        group = group.create_group("a")


WRONG = {
    "name_of_a_path": (replace_text("name", "../../etc"), "whose name cannot be used"),
    "name_of_a_number": (replace_text("name", 5), "missing or damaged part"),
    "long_tissue": (replace_text("tissue", "x" * 200), "whose tissue cannot be used"),
    "endless_tissue": (replace_text("tissue", "x" * 10**6), "missing or damaged part"),
    "many_names": (many_names, "larger than the file can hold"),
    "negative": (shape(-5, -5), "other genes"),
    "huge": (shape(10**15, 10**15), "other genes"),
    "flat": (shape(24), "missing or damaged part"),
    "of_texts": (lambda file: file[ADJACENCY].attrs.create("shape", ["a", "b"]), "damaged part"),
    "far_away": (far_away, "lies in another file"),
    "many_groups": (many_groups, "20,000 parts"),
    "nested_groups": (nested_groups, "64 levels"),
    "no_header": (lambda file: file.__delitem__(HEADER), "another kind of file"),
    "dataset_as_header": (
        lambda file: (file.__delitem__(HEADER), file.__setitem__(HEADER, 1)),
        "another kind of file",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_header_is_one_sentence_and_the_others_are_listed(graph, name):
    change, words = WRONG[name]
    wrong = graph.with_name("wrong.h5ad")
    wrong.write_bytes(graph.read_bytes())
    with h5py.File(wrong, "a") as file:
        change(file)
    describe_graph(graph)  # the process that reads stands
    started = time.monotonic()
    with pytest.raises(DataFileError, match=words) as caught:
        describe_graph(wrong)
    listing = scan_graphs(graph.parent)
    assert time.monotonic() - started < 4  # two times, on a busy machine
    assert len(str(caught.value)) < 1000
    assert [found.name for found in listing.graphs] == ["mine"]
    assert [item.path for item in listing.left_out] == [wrong]
    assert str(listing.left_out[0].error) == str(caught.value)
    assert [found.name for found in list_graphs(graph.parent)] == ["mine"]


def test_where_all_are_left_out_the_first_is_named(tmp_path):
    (tmp_path / "wrong.h5ad").write_bytes(b"text")
    with pytest.raises(InputError, match="found none") as caught:
        list_graphs(tmp_path)
    assert "wrong.h5ad was left out: Expected a gene graph" in caught.value.hint


def test_a_file_that_ends_its_reader_leaves_the_others_listed(graph, monkeypatch):
    graph.with_name("other.h5ad").write_bytes(graph.read_bytes())

    def fall(_path):
        msg = "Expected gene graphs, found a file that its reader cannot bear."
        raise DataFileError(msg)

    monkeypatch.setattr("musegnn.graphs.graph_header.read_graph_headers", fall)
    assert len(scan_graphs(graph.parent).graphs) == 2


def test_half_written_files_are_not_listed(graph):
    graph.with_name(".mine-12345678.h5ad").write_bytes(b"half")
    assert scan_graphs(graph.parent).left_out == ()
