import os

import h5py
import numpy as np
import pytest

from musegnn.access.settings import VARIABLE
from musegnn.access.visitor import Visitor, acting_as
from musegnn.border.apart import NoReaderError
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.gene_graph import read_gene_graph, write_gene_graph
from musegnn.io.set_aside import FOLDER
from musegnn.runs.graph_sources import describe_graph
from musegnn.screens.runs import view_graphs as runs_graphs
from musegnn.screens.runs.view_graphs import GraphFilter
from tests.made_runs import GRAPHS
from tests.toy_graphs import planted_graph


def test_empty_filters_keep_all_and_names_choose_among_those_that_fit():
    everything = runs_graphs.choose(GRAPHS[::-1], GraphFilter())
    assert [graph.name for graph in everything.chosen] == ["heart_a", "liver_b"]
    assert everything.values("tissue") == ("heart", "liver")
    hearts = runs_graphs.choose(GRAPHS, GraphFilter(tissues=("heart",)))
    assert [graph.name for graph in hearts.chosen] == ["heart_a"]
    none = runs_graphs.choose(GRAPHS, GraphFilter(tissues=("heart",), names=("liver_b",)))
    assert none.chosen == ()
    assert [graph.name for graph in none.fitting] == ["heart_a"]
    mice = runs_graphs.choose(GRAPHS, GraphFilter(species=("mouse",), modalities=("spatial",)))
    assert mice.table().to_dict("records") == [
        {"dataset": "liver_b", "species": "mouse", "tissue": "liver", "technique": "spatial",
         "genes": 80}
    ]  # fmt: skip


def content(tmp_path, seed=0):
    path = tmp_path / f"made_{seed}.h5ad"
    write_gene_graph(planted_graph("mine", seed=seed), path)
    return path.read_bytes()


def test_a_given_graph_is_kept_whole_and_once(tmp_path):
    root = tmp_path / "runs"
    given = content(tmp_path)
    kept = runs_graphs.keep_graph(root, given)
    assert runs_graphs.keep_graph(root, given).path == kept.path
    assert [graph.name for graph in runs_graphs.own_graphs(root)] == ["mine"]
    assert read_gene_graph(kept.path).n_genes == kept.n_genes == 40
    assert len(list((root / ".graphs").iterdir())) == 1


def test_of_two_graphs_of_one_name_the_one_given_last_counts(tmp_path):
    first = runs_graphs.keep_graph(tmp_path, content(tmp_path, 0))
    second = runs_graphs.keep_graph(tmp_path, content(tmp_path, 1))
    assert [graph.path for graph in runs_graphs.own_graphs(tmp_path)] == [second.path]
    runs_graphs.keep_graph(tmp_path, content(tmp_path, 0))
    assert [graph.path for graph in runs_graphs.own_graphs(tmp_path)] == [first.path]


def test_something_else_is_refused_and_nothing_stays(tmp_path, monkeypatch):
    with pytest.raises(DataFileError, match="another format in the file given"):
        runs_graphs.keep_graph(tmp_path, b"gene,cell\n")
    assert list((tmp_path / ".graphs").iterdir()) == []
    monkeypatch.setattr(runs_graphs, "LARGEST_GRAPH", 3)
    with pytest.raises(DataFileError, match="found a larger file"):
        runs_graphs.keep_graph(tmp_path, b"1234")


def test_a_graph_whose_arrays_are_damaged_is_not_kept(tmp_path):
    given = tmp_path / "damaged.h5ad"
    given.write_bytes(content(tmp_path))
    with h5py.File(given, "a") as file:
        file["X"][0, 0] = np.nan  # its header says nothing of it
    assert describe_graph(given).name == "mine"
    with pytest.raises(DataFileError, match="found NaN or infinity in the file given"):
        runs_graphs.keep_graph(tmp_path, given.read_bytes())
    assert list((tmp_path / ".graphs").iterdir()) == []


def test_a_kept_file_that_cannot_be_read_is_set_aside_once(tmp_path):
    kept = runs_graphs.keep_graph(tmp_path, content(tmp_path))
    folder = tmp_path / ".graphs"
    (folder / "broken.h5ad").write_bytes(b"1234")
    assert [graph.path for graph in runs_graphs.own_graphs(tmp_path)] == [kept.path]
    assert (folder / FOLDER / "broken.h5ad").read_bytes() == b"1234"
    (told,) = runs_graphs.kept_aside(tmp_path)
    assert told.startswith("broken.h5ad was set aside: Expected a gene graph")
    (folder / "broken.h5ad").write_bytes(b"5678")  # another of that name takes nothing's place
    assert len(runs_graphs.own_graphs(tmp_path)) == 1
    assert len(runs_graphs.kept_aside(tmp_path)) == 2
    assert (folder / FOLDER / "broken.h5ad").read_bytes() == b"1234"


def test_a_graph_is_not_set_aside_because_nobody_could_read_it(tmp_path, monkeypatch):
    runs_graphs.keep_graph(tmp_path, content(tmp_path))

    def end(*_, **__):
        msg = "Expected to read it, found no process."
        raise NoReaderError(msg)

    monkeypatch.setattr("musegnn.border.apart.read_apart", end)
    assert runs_graphs.own_graphs(tmp_path) == []
    assert runs_graphs.kept_aside(tmp_path) == []
    monkeypatch.undo()
    assert len(runs_graphs.own_graphs(tmp_path)) == 1


def test_without_given_graphs_there_are_none(tmp_path):
    assert runs_graphs.own_graphs(tmp_path) == []


def test_graphs_that_were_given_count_in_the_share_of_a_member(tmp_path, monkeypatch):
    settings = tmp_path / "access.toml"
    settings.write_text(
        'mode = "public"\nsign_in = "oidc"\nhosts = ["x"]\n[shares]\ndisk_mib = 100\n'
    )
    monkeypatch.setenv(VARIABLE, str(settings))
    root = tmp_path / "runs"
    with acting_as(Visitor("oidc:ada", "Ada", "member")):
        kept = runs_graphs.keep_graph(root, content(tmp_path))
        more = runs_graphs.own_folder(root) / "more.h5ad"
        more.touch()
        os.truncate(more, 200 << 20)  # takes no room
        with pytest.raises(
            InputError, match="at most 100 MiB of runs, graphs and files of one person"
        ):
            runs_graphs.keep_graph(root, content(tmp_path, seed=1))
        # what is there already is given again for nothing
        assert runs_graphs.keep_graph(root, content(tmp_path)).path == kept.path
    for other in (Visitor("oidc:ben", "Ben", "member"), Visitor("oidc:root", "Root", "admin")):
        with acting_as(other):
            assert runs_graphs.keep_graph(root, content(tmp_path, seed=1))
