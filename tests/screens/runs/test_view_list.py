import os

import pytest

from musegnn.access.visitor import Visitor, acting_as
from musegnn.runs.listing import list_runs
from musegnn.screens.runs import view_list as runs_list
from musegnn.screens.runs.columns import RUNS
from musegnn.screens.runs.view_list import ORDERS, ListRequest
from tests.made_runs import GRAPHS, loss_at, write_run


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two hundred finished runs and three active ones."""
    folder = tmp_path_factory.mktemp("runs")
    for number in range(200):
        write_run(folder, "finished", name=f"my {number}th", number=number, seed=number, epochs=10)
    write_run(folder, "queued", name="next", number=300)
    write_run(folder, "queued", name="later", number=301, seed=1)
    write_run(folder, "running", name="Now", number=302, pid=os.getpid(), graphs=GRAPHS[:1])
    return folder


def test_two_hundred_finished_and_three_active_runs_are_listed(root):
    view = runs_list.build(list_runs(root), ListRequest())
    assert (view.n_all, view.n_active) == (203, 3)
    assert view.caption == "203 runs: 2 queued, 1 running, 200 finished."
    assert list(view.table.columns) == [c.name for c in RUNS if c.name != "owner"]
    first = view.table.iloc[0]
    assert (first["name"], first["state"], first["epoch"]) == ("Now", "running", "13 / 40")
    assert first["progress"] == pytest.approx(100 * 13 / 40)
    assert (first["best"], first["best_of"]) == (f"{loss_at(13):.3g}", "loss")
    assert first["left"] == "14 s"
    assert sorted(view.table["state"][1:3]) == ["queued (1.)", "queued (2.)"]
    assert (view.table["progress"][3:] == 100).all()
    assert view.table["run_id"].tolist() == list(view.ids)
    assert view.table["name"].iloc[-1] == "my 0th"


@pytest.mark.parametrize(
    ("request_", "names"),
    [
        (ListRequest(search="MY 199th"), ["my 199th"]),
        (ListRequest(search="now heart"), ["Now"]),
        (ListRequest(search="now liver"), []),
        (ListRequest(states=("queued",)), ["later", "next"]),
        (ListRequest(states=("queued",), order="oldest"), ["next", "later"]),
        (ListRequest(states=("queued", "running"), order="name"), ["later", "next", "Now"]),
        (ListRequest(states=("queued", "running"), order="time left"), ["Now", "later", "next"]),
        (ListRequest(states=("queued", "running"), order="state"), ["later", "next", "Now"]),
    ],
)
def test_runs_are_found_filtered_and_sorted(root, request_, names):
    view = runs_list.build(list_runs(root), request_)
    assert view.table["name"].tolist() == names
    assert len(view.records) == len(names)


def test_every_order_keeps_all_runs(root):
    records = list_runs(root)
    for order in ORDERS:
        view = runs_list.build(records, ListRequest(order=order))
        assert sorted(view.ids) == sorted(record.run_id for record in records)


def test_best_values_put_validated_runs_before_losses_and_these_before_none(tmp_path):
    worse = write_run(tmp_path, "stopped", name="short", epochs=9)
    better = write_run(tmp_path, "stopped", name="long", number=1, epochs=90)
    none = write_run(tmp_path, "queued", name="none", number=2)
    view = runs_list.build([none, better, worse], ListRequest(order="best value"))
    assert view.table["name"].tolist() == ["long", "short", "none"]
    assert view.table["best"].tolist()[-1] == "\u2013"


def test_the_list_is_taken_away_in_full_precision(root):
    records = list_runs(root)
    table = runs_list.full_table(records)
    assert table["run_id"].tolist() == [record.run_id for record in records]
    assert table["best"].iloc[0] == loss_at(13)
    assert table["datasets"].iloc[0] == "heart_a"
    assert (table["config_hash"].str.len() == 64).all()


def test_an_empty_folder_has_no_runs(tmp_path):
    view = runs_list.build(list_runs(tmp_path), ListRequest())
    assert view.caption == "No runs."
    assert view.table.empty
    assert list(view.table.columns) == [c.name for c in RUNS if c.name != "owner"]


def test_whose_a_run_is_stands_there_where_there_is_more_than_one_person(tmp_path):
    mine, ada = (Visitor(name, name.title(), "member") for name in ("me", "ada"))
    for who in (mine, ada):
        with acting_as(who):
            write_run(tmp_path, "stopped", name=f"of {who.id}")
    view = runs_list.build(list_runs(tmp_path), ListRequest(search="ada"))
    assert list(view.table.columns) == [column.name for column in RUNS]
    assert view.table[["name", "owner"]].to_numpy().tolist() == [["of ada", "Ada"]]
