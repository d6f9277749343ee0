"""The Runs page without a browser: empty, full and failed, the form, the actions, the map."""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
from pathlib import Path

import pytest

from musegnn.embeddings.embedding_set import write_embedding_set
from musegnn.runs import files, listing, submission, trash
from musegnn.runs.archive import export_run
from musegnn.runs.graph_sources import list_graphs
from musegnn.runs.request import make_request
from tests.made_runs import write_frames, write_run
from tests.page_visits import labels, texts, visit_page
from tests.toy_runs import write_launch, write_status
from tests.ui_fixtures import make_embedding

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Empty folder of runs, of which nothing is started."""
    monkeypatch.setenv("MUSEGNN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(submission, "ensure_dispatcher", lambda root: False)
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def open_page(monkeypatch, atlas_folder, root):
    """Run a page alone on the synthetic atlas."""

    def run(name="9_Runs", query=None, session=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        page = visit_page(name, query=query, session=session)
        assert not page.exception
        return page

    return run


def open_form(page):
    page.button(key="runs_new").click().run()
    assert not page.exception
    return page


def field(page, kind, name):
    return getattr(page, kind)(key=f"_runs_form:{name}")


def choose(page, *run_ids):
    page.multiselect(key="_runs_choice").set_value(list(run_ids)).run()
    assert not page.exception
    return page


def test_empty_page_says_what_to_do(open_page):
    page = open_page()
    assert "No run yet" in texts(page)
    assert "New run" in labels(page)
    assert len(page.dataframe) == 0


def test_list_shows_every_run_with_its_state(open_page, root):
    for number, state in enumerate(("queued", "stopped", "failed", "finished", "lost")):
        write_run(root, state, name=state, number=number)
    write_run(root, "running", name="running", number=9, pid=os.getpid())
    page = open_page()
    table = page.dataframe[0].value
    assert table["name"].tolist() == ["running", "lost", "finished", "failed", "stopped", "queued"]
    states = [state.split(" (")[0] for state in table["state"]]
    assert states == table["name"].tolist()
    assert "6 runs: 1 queued, 1 running, 1 stopped, 1 failed, 1 finished, 1 lost." in texts(page)
    page.text_input(key="_runs_view:list:search").set_value("fini").run()
    assert page.dataframe[0].value["name"].tolist() == ["finished"]


def test_failed_run_says_why_and_can_be_resumed(open_page, root):
    run = write_run(root, "failed")
    page = open_page(query={"run": run.run_id})
    message = page.error[0].value
    assert "Loss became nan at epoch 13." in message
    assert "lower learning rate" in message
    assert "Resume" in labels(page)
    assert "Open as map" not in labels(page)
    assert page.query_params["run"] == run.run_id
    assert page.metric[0].value == "13 / 40"


def test_a_link_to_a_run_that_is_gone_says_so(open_page, root):
    write_run(root, "finished")
    page = open_page(query={"run": "20260101T000000Z-x-aligned-s0-000000"})
    assert "There is no run `20260101T000000Z-x-aligned-s0-000000` here" in texts(page)
    assert "run" not in page.query_params


@pytest.mark.parametrize("run_id", ["..", "../../etc", "a/b", "-", "x" * 500])
def test_a_crafted_id_reaches_no_file(open_page, root, run_id):
    page = open_page(query={"run": run_id, "map": run_id})
    assert not page.error
    assert "left out" in texts(page)


def test_damaged_files_leave_the_page_usable(open_page, root):
    runs = [write_run(root, "finished", number=number) for number in range(4)]
    (runs[0].folder / files.CONFIG).write_text("{not json")
    (runs[1].folder / files.STATUS).write_bytes(b"\xff\x00")
    (runs[2].folder / files.METRICS).write_text('{"epoch": "x"}\nrubbish\n')
    (runs[3].folder / files.RESULT / "embedding.h5ad").write_bytes(b"changed by hand")
    for run in runs:
        page = open_page(query={"run": run.run_id})
        assert len(page.dataframe[0].value) == 4
        assert "could not be drawn" not in texts(page)
    states = {r.run_id: r.state for r in listing.list_runs(root)}
    assert states[runs[3].run_id] != "finished"


def test_views_of_a_run(open_page, root):
    run = write_run(root, "finished", patience=3)
    write_frames(run.folder, (5, 10, 15))
    page = open_page(query={"run": run.run_id})
    assert "n = 40" in texts(page)
    view = "_runs_view:detail:view"
    page.segmented_control(key=view).set_value("Live map").run()
    assert "Epoch 15, frame 3 of 3" in texts(page)
    slider = page.select_slider(key=f"_runs_epoch_{run.run_id}")
    slider.set_value(10).run()
    assert "Epoch 10, frame 2 of 3" in texts(page)
    write_frames(run.folder, (5, 10, 15, 20))
    page.run()
    assert "Epoch 10, frame 2 of 4" in texts(page)  # it stays where it was put
    page.select_slider(key=f"_runs_epoch_{run.run_id}").set_value(20).run()
    write_frames(run.folder, (5, 10, 15, 20, 25))
    page.run()
    assert "Epoch 25, frame 5 of 5" in texts(page)  # at the end it follows
    page.segmented_control(key=view).set_value("Log").run()
    assert "training: 40/40" in page.code[-1].value
    page.segmented_control(key=view).set_value("Settings and origin").run()
    assert "dropout" in set(page.dataframe[1].value["setting"])
    assert not page.exception


def test_several_runs_are_compared(open_page, root):
    first = write_run(root, "finished", name="a")
    second = write_run(root, "stopped", name="b", number=1, dropout=0.2)
    page = choose(open_page(), first.run_id, second.run_id)
    assert "2 runs compared" in texts(page)
    assert page.dataframe[1].value["run"].tolist() == ["a", "b"]
    assert page.dataframe[2].value["setting"].tolist() == ["dropout"]
    assert page.query_params["compared"] == second.run_id
    again = open_page(query={"run": first.run_id, "compared": second.run_id})
    assert "2 runs compared" in texts(again)


def test_form_lists_datasets_of_the_atlas_by_tissue_and_species(open_page, atlas):
    page = open_form(open_page())
    assert "6 datasets" in texts(page)
    field(page, "multiselect", "tissues").set_value(["pancreas"]).run()
    assert "2 datasets" in texts(page)
    field(page, "multiselect", "species").set_value(["mouse"]).run()
    assert "1 dataset," in texts(page)
    assert not page.button(key="runs_start").disabled


@pytest.mark.parametrize(
    ("kind", "name", "value", "problem"),
    [
        ("text_input", "seeds", "zero", "seeds such as"),
        ("multiselect", "names", [], ""),
        ("button_group", "sources", [], "at least one dataset"),
        ("selectbox", "device", "cuda", "a GPU on this machine"),
        ("number_input", "setting:dropout", 1.0, "dropout"),
    ],
)
def test_start_is_off_with_the_reason(open_page, kind, name, value, problem):
    page = open_form(open_page())
    field(page, kind, name).set_value(value).run()
    assert not page.exception
    assert page.button(key="runs_start").disabled == bool(problem)
    assert problem in texts(page)


def test_all_settings_come_from_the_schema_and_follow_the_preset(open_page):
    page = open_form(open_page())
    assert field(page, "number_input", "setting:network.heads").value == 4
    field(page, "number_input", "setting:network.heads").set_value(2).run()
    field(page, "selectbox", "preset").set_value("paper").run()
    assert not page.exception
    assert field(page, "number_input", "setting:epochs").value == 2000
    assert field(page, "number_input", "setting:network.shared_heads").value == 2
    assert field(page, "selectbox", "setting:kernel").value == "auto"
    field(page, "selectbox", "preset").set_value("default").run()
    assert field(page, "number_input", "setting:network.heads").value == 4


def test_start_makes_the_run_that_was_asked_for_once(open_page, root):
    page = open_form(open_page())
    field(page, "multiselect", "tissues").set_value(["pancreas"]).run()
    field(page, "number_input", "setting:epochs").set_value(3).run()
    field(page, "text_input", "name").set_value("my islets").run()
    field(page, "number_input", "setting:dropout").set_value(0.25).run()
    page.button(key="runs_start").click().run()
    assert not page.exception
    (run,) = listing.list_runs(root)
    assert (run.name, run.state, run.epochs) == ("my islets", "queued", 3)
    assert run.config is not None
    assert run.config.settings.dropout == 0.25
    assert [g.name for g in run.config.graphs] == ["pancreas_human", "pancreas_mouse"]
    assert page.query_params["run"] == run.run_id
    assert page.success[0].value == "Started: my islets."
    assert "runs_start" not in [button.key for button in page.button]  # the form is closed
    # the same once more is asked about
    open_form(page)
    page.button(key="runs_start").click().run()
    assert len(listing.list_runs(root)) == 1
    assert "The same goes on already" in texts(page)
    assert page.button(key="runs_start").disabled
    page.checkbox(key="_runs_repeat").check().run()
    page.button(key="runs_start").click().run()
    assert len(listing.list_runs(root)) == 2


def test_another_tab_that_presses_start_finds_the_run_of_the_first(open_page, root):
    tabs = [open_form(open_page()) for _ in range(2)]
    for tab in tabs:
        tab.button(key="runs_start").click().run()
    assert len(listing.list_runs(root)) == 1
    assert "The same goes on already" in texts(tabs[1])


def test_a_folder_that_cannot_be_written_is_said(open_page, root, monkeypatch):
    page = open_form(open_page())
    (root.parent / "file").write_text("")
    monkeypatch.setenv("MUSEGNN_RUNS", str(root.parent / "file" / "runs"))
    page.button(key="runs_start").click().run()
    assert not page.exception
    assert "Expected to be able to" in page.error[0].value


def test_duplicate_fills_the_form(open_page, root):
    run = write_run(root, "finished", seed=7, epochs=12, dropout=0.15, patience=2)
    page = open_page(query={"run": run.run_id})
    page.button(key="runs_duplicate").click().run()
    assert not page.exception
    assert field(page, "number_input", "setting:epochs").value == 12
    assert field(page, "number_input", "setting:dropout").value == 0.15
    assert field(page, "number_input", "setting:patience").value == 2
    assert field(page, "text_input", "seeds").value == "7"
    assert "2 datasets, 180 genes in context" in texts(page)


def test_a_run_without_epochs_shows_its_steps_and_is_repeated_as_it_was(
    open_page, root, graph_folder
):
    request = make_request(
        graphs=list_graphs(graph_folder),
        name="Rival",
        settings={"method": "baseline", "baseline": "gae"},
        device="cpu",
    )
    (run,) = submission.submit(request, root=root)
    write_launch(run.folder)
    write_status(run.folder, epoch=0, epochs=0, stage="gae first", step=1, steps=4)
    page = open_page(query={"run": run.run_id})
    assert page.metric[0].value == "1 / 4"
    assert "gae first" in texts(page)
    assert "last loss" not in [metric.label for metric in page.metric]
    assert "Curves" not in page.segmented_control[0].options
    page.button(key="runs_duplicate").click().run()
    assert not page.exception
    assert len({r.config_hash for r in listing.list_runs(root)}) == 1
    assert len(listing.list_runs(root)) == 2


def test_rename_cancel_delete_and_undo(open_page, root):
    waiting = write_run(root, "queued", name="waiting", number=1, seed=1)
    done = write_run(root, "finished", name="done")
    page = open_page(query={"run": done.run_id})
    page.text_input(key="_runs_new_name").set_value("better")
    page.button(key="runs_rename_go").click().run()
    assert page.dataframe[0].value["name"].tolist() == ["waiting", "better"]
    page.button(key="runs_delete_go").click().run()
    assert not page.exception
    assert page.dataframe[0].value["name"].tolist() == ["waiting"]
    assert page.success[0].value == "Moved to the trash: better."
    page.button(key="runs_undo_0").click().run()
    assert sorted(page.dataframe[0].value["name"]) == ["better", "waiting"]
    choose(page, waiting.run_id)
    page.button(key="runs_cancel").click().run()
    assert {r.run_id: r.state for r in listing.list_runs(root)}[waiting.run_id] == "cancelled"
    choose(page, waiting.run_id, done.run_id)
    page.button(key="runs_delete_go").click().run()
    assert page.success[0].value == "Moved to the trash: waiting, better."
    page.run()
    assert len(trash.list_deleted(root)) == 2
    assert [b.label for b in page.button if str(b.key).startswith("runs_undelete")] == ["Undo"] * 2
    page.checkbox(key="_runs_sure").check().run()
    page.button(key="runs_empty").click().run()
    assert trash.list_deleted(root) == []
    assert not page.exception


def test_resume_of_a_run_whose_graphs_are_gone_says_what_is_missing(open_page, root):
    run = write_run(root, "stopped")
    page = open_page(query={"run": run.run_id})
    page.button(key="runs_resume").click().run()
    assert not page.exception
    assert "/nowhere/heart_a.h5ad" in page.error[0].value


def test_an_exported_run_can_be_imported_elsewhere(open_page, atlas_folder, root, tmp_path):
    result = tmp_path / "result"
    result.mkdir()
    shutil.copy(atlas_folder / "embedding.h5ad", result)
    run = write_run(root, "finished", name="traveller", result=result)
    content = export_run(root, run.run_id, tmp_path / "run.zip").read_bytes()
    shutil.rmtree(run.folder)
    page = open_page()
    page.file_uploader(key="_runs_zip").set_value(("run.zip", content, "application/zip"))
    page.button(key="runs_import_go").click().run()
    assert not page.exception
    assert page.success[0].value == "Imported: traveller."
    assert page.query_params["run"] == run.run_id
    page.file_uploader(key="_runs_zip").set_value(("run.zip", b"PK nonsense", ""))
    page.button(key="runs_import_go").click().run()
    assert "Expected a run exported" in page.error[0].value


@pytest.fixture
def opened(root, atlas_folder, tmp_path):
    """A finished run whose result is a map of its own: the synthetic one without two contexts."""
    embedding = make_embedding(seed=3)
    embedding.provenance["name"] = "my own map"
    folder = tmp_path / "result"
    folder.mkdir()
    write_embedding_set(embedding, folder / "embedding.h5ad")
    return write_run(root, "finished", name="mine", result=folder)


@pytest.mark.parametrize(
    "name",
    [path.stem for path in sorted((ROOT / "pages").glob("*.py"))],
)
def test_every_page_shows_the_map_of_a_run(open_page, opened, name):
    page = open_page(name, query={"map": opened.run_id})
    sidebar = "\n".join(item.value for item in page.sidebar.markdown)
    assert "my own map" in sidebar
    assert opened.run_id in sidebar
    assert "synthetic-atlas" not in sidebar
    assert page.query_params["map"] == opened.run_id
    assert "could not be drawn" not in texts(page)
    page.button(key="map_back").click().run()
    assert not page.exception
    sidebar = "\n".join(item.value for item in page.sidebar.markdown)
    assert "synthetic-atlas" in sidebar
    assert "map" not in page.query_params


def test_who_comes_back_finds_the_context_that_the_other_map_has_not(
    open_page, root, atlas_folder, tmp_path
):
    embedding = make_embedding(seed=3)
    new_names = {name: f"own_{name}" for name in embedding.datasets.index}
    genes = embedding.genes.assign(dataset=embedding.genes["dataset"].map(new_names))
    datasets = embedding.datasets.rename(index=new_names)
    folder = tmp_path / "result"
    folder.mkdir()
    write_embedding_set(
        dataclasses.replace(embedding, table=genes, datasets=datasets), folder / "embedding.h5ad"
    )
    run = write_run(root, "finished", name="mine", result=folder)

    page = open_page("3_Gene", query={"gene": "CD3E", "dataset": "spleen_mouse"})
    page.session_state["field:map"] = run.run_id
    page.run()
    assert page.session_state["field:dataset"].startswith("own_")
    own = page.session_state["field:dataset"]
    page.button(key="map_back").click().run()
    assert page.session_state["field:dataset"] == "spleen_mouse"
    assert page.session_state["field:gene"] == "Cd3e"  # of that species
    # and there again, the one that was drawn there
    page.session_state["field:map"] = run.run_id
    page.run()
    assert page.session_state["field:dataset"] == own
    assert not page.exception


def test_open_as_map_stays_for_the_session(open_page, opened):
    page = open_page(query={"run": opened.run_id})
    page.button(key="runs_open").click().run()
    assert not page.exception
    page.run()
    assert "my own map" in "\n".join(item.value for item in page.sidebar.markdown)


def test_a_result_that_was_changed_by_hand_is_not_opened(open_page, opened):
    with (opened.folder / files.RESULT / "embedding.h5ad").open("ab") as stream:
        stream.write(b"x")
    page = open_page("2_Atlas", query={"map": opened.run_id})
    assert "The map of a run was left out." in texts(page)
    assert "synthetic-atlas" in "\n".join(item.value for item in page.sidebar.markdown)


def test_a_graph_can_be_given_and_trained_on(open_page, root, tmp_path):
    from musegnn.graphs.gene_graph import write_gene_graph
    from tests.toy_graphs import planted_graph

    write_gene_graph(planted_graph("mine", tissue="skin"), tmp_path / "mine.h5ad")
    page = open_form(open_page())
    field(page, "button_group", "sources").set_value(["your own graphs"]).run()
    assert page.button(key="runs_start").disabled
    given = io.BytesIO((tmp_path / "mine.h5ad").read_bytes()).getvalue()
    page.file_uploader(key="_runs_graph_files").set_value([("mine.h5ad", given, "")]).run()
    assert not page.exception
    assert "1 dataset, 40 genes in context" in texts(page)
    assert not page.button(key="runs_start").disabled
    page.file_uploader(key="_runs_graph_files").set_value([("bad.h5ad", b"bad", "")]).run()
    assert "another format in the file given (bad.h5ad)" in page.error[0].value
