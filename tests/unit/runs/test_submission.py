"""What goes on already is not started twice by one who did not mean it."""

import threading

import pytest

from musegnn.errors import MuseGNNError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.runs import submission
from musegnn.runs.graph_sources import describe_graph
from musegnn.runs.listing import list_runs
from musegnn.runs.request import make_request
from tests.toy_graphs import planted_graph


@pytest.fixture
def request_(tmp_path, monkeypatch):
    """A request whose runs are made and wait, but whose dispatcher is not started."""
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda root: False)
    path = tmp_path / "a.h5ad"
    write_gene_graph(planted_graph("a"), path)
    return make_request(graphs=[describe_graph(path)], device="cpu", epochs=2)


def start(request, root, **how):
    """Ask as the page does; return the new runs and the ids of those that go on."""
    try:
        made = submission.submit(request, root=root, **{"is_repeated": False, **how})
    except submission.AlreadyAskedError as error:
        return [], error.run_ids
    return made, ()


def test_the_same_request_starts_once_until_it_is_asked_for_again(tmp_path, request_):
    root = tmp_path / "runs"
    (first,), _ = start(request_, root)
    assert start(request_, root) == ([], (first.run_id,))
    again, same = start(request_, root, is_repeated=True)
    assert (len(again), same) == (1, ())
    assert len(list_runs(root)) == 2


def test_another_seed_is_another_run(tmp_path, request_):
    root = tmp_path / "runs"
    start(request_, root)
    made, same = start(request_.model_copy(update={"seeds": [1]}), root)
    assert (len(made), same) == (1, ())


def test_each_graph_is_hashed_once_when_it_is_asked_for(tmp_path, request_, monkeypatch):
    hashed = []
    monkeypatch.setattr(
        "musegnn.runs.graph_sources.hash_regular", lambda p, **_: hashed.append(p) or "0" * 64
    )
    start(request_, tmp_path / "runs")
    assert [path.name for path in hashed] == ["a.h5ad"]


def test_of_many_starts_at_once_one_makes_a_run(tmp_path, request_):
    root, barrier, made, errors = tmp_path / "runs", threading.Barrier(6), [], []

    def press():
        barrier.wait()
        try:
            made.extend(start(request_, root)[0])
        except MuseGNNError as error:
            errors.append(error)

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(made) == len(list_runs(root)) == 1
