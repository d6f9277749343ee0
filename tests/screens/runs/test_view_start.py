import threading

import pytest

from musegnn.errors import MuseGNNError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.runs import submission
from musegnn.runs.graph_sources import describe_graph
from musegnn.runs.listing import list_runs
from musegnn.runs.request import make_request
from musegnn.screens.runs.view_start import start
from tests.toy_graphs import planted_graph


@pytest.fixture
def request_(tmp_path, monkeypatch):
    """A request whose runs are made and wait, but whose dispatcher is not started."""
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda root: False)
    path = tmp_path / "a.h5ad"
    write_gene_graph(planted_graph("a"), path)
    return make_request(graphs=[describe_graph(path)], device="cpu", epochs=2)


def test_the_same_request_starts_once_until_it_is_asked_for_again(tmp_path, request_):
    root = tmp_path / "runs"
    first = start(request_, executor="local", root=root)
    assert len(first.runs) == 1
    again = start(request_, executor="local", root=root)
    assert again.runs == ()
    assert again.same == (first.runs[0].run_id,)
    third = start(request_, executor="local", root=root, is_repeated=True)
    assert len(third.runs) == 1
    assert len(list_runs(root)) == 2


def test_another_seed_is_another_run(tmp_path, request_):
    root = tmp_path / "runs"
    start(request_, executor="local", root=root)
    other = request_.model_copy(update={"seeds": [1]})
    assert start(other, executor="local", root=root).same == ()


def test_of_many_starts_at_once_one_makes_a_run(tmp_path, request_):
    root, barrier, made, errors = tmp_path / "runs", threading.Barrier(6), [], []

    def press():
        barrier.wait()
        try:
            made.append(start(request_, executor="local", root=root))
        except MuseGNNError as error:
            errors.append(error)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(len(started.runs) for started in made) == 1
    assert len(list_runs(root)) == 1
