"""The box of annotation: what it counts, what it would fetch, and the run that it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from musegnn.errors import DataFileError
from musegnn.knowledge.catalogue import find_entry, read_catalogue
from musegnn.knowledge.fetching import UnreachableError, publishers
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.knowledge.topics import TOPICS, count_topics, missing_topics, to_fetch
from musegnn.screens.parts.annotation_box import build_box, say_what_comes
from musegnn.settings import REPOSITORY
from tests.page_visits import texts

SHIPPED = REPOSITORY / "data" / "annotation"


def page_of_box():
    import streamlit as st

    from musegnn.screens.parts.annotation_box_panel import fill_annotation_box

    st.title("box")
    fill_annotation_box("test")


def test_topics_name_tables_that_publishers_offer():
    assert len({topic.title for topic in TOPICS}) == len(TOPICS)
    for topic in TOPICS:
        for name in topic.tables:
            assert find_entry(name).url.startswith("https://")
    assert publishers() == {"raw.githubusercontent.com", "zenodo.org"}


def test_sizes_of_the_catalogue_are_those_of_the_files(shared):
    entry = find_entry("hi_ii_14")
    import gzip

    content = gzip.decompress((shared / "knowledge" / "HI-II-14.tsv.gz").read_bytes())
    assert entry.size == len(content)
    assert all(entry.size > 0 for entry in read_catalogue() if entry.url and entry.sha256)


def test_the_box_counts_what_ships_and_what_a_person_has(tmp_path, knowledge_folder):
    bare = KnowledgeStore(None, SHIPPED)
    assert count_topics(bare) == (6, 15)
    assert count_topics(None) == (0, 15)
    view = build_box(bare)
    assert view.label == "Annotation: 6 of 15 kinds of tables. **Get the rest**"
    assert [topic.title for topic in view.missing] == [
        *("pathways", "hallmarks", "interactions", "regulation", "other studies"),
        *("disease and dosage", "drugs and targets"),
    ]
    assert view.by_hand == ("markers of cell types", "footprints of pathways")
    rows = view.table.set_index("topic")
    assert rows.loc["processes", "here"] == "go_biological_process_2022 (ships)"
    assert rows.loc["regulation", "get"] == "1 table, size not told"
    assert "CC BY 4.0" in rows.loc["processes", "licence"]
    assert "CC-BY-NC" in rows.loc["drugs and targets", "licence"]
    own = KnowledgeStore(knowledge_folder, SHIPPED)
    assert count_topics(own) == (9, 15)
    assert "reactome_2016" in build_box(own).table.set_index("topic").loc["pathways", "here"]


def test_lists_that_are_needed_together_are_missing_until_all_are_there(tmp_path):
    topic = next(topic for topic in TOPICS if topic.takes_all)
    (tmp_path / "all_ad.tsv").write_text("A\n", encoding="utf-8")
    store = open_store(tmp_path)
    assert topic in missing_topics(store)
    names = {entry.name for entry in to_fetch([topic], store)}
    assert names == set(topic.tables) - {"disease_dominant"}


def test_the_sentence_says_how_much_comes_from_where():
    store = KnowledgeStore(None, SHIPPED)
    said = say_what_comes(missing_topics(store), store, Path("/somewhere"))
    assert "from raw.githubusercontent.com and zenodo.org, into /somewhere" in said
    assert "and collectri, whose size is not told" in said
    entries = to_fetch(missing_topics(store), store)
    assert f"{len(entries)} tables, {sum(entry.size for entry in entries) / 1e6:.1f} MB" in said


def test_a_network_that_says_no_is_told_once(fresh_machine, work_here, monkeypatch):
    def nobody(*_args, **_options):
        msg = "Expected to reach raw.githubusercontent.com, found: no route."
        raise UnreachableError(msg, "Check the network.")

    monkeypatch.setattr("musegnn.worker.fetch_annotation.fetch_table", nobody)
    use_inprocess(monkeypatch)
    page = AppTest.from_function(page_of_box, default_timeout=60).run()
    assert not page.exception
    assert not page.warning
    next(b for b in page.button if b.key == "annotation_get_test").click().run()
    assert not page.exception
    assert texts(page).count("no route") == 1
    assert "The network gave nothing" in page.warning[0].value
    # another session is not bothered with it
    other = AppTest.from_function(page_of_box, default_timeout=60).run()
    assert "no route" not in texts(other)


def test_what_was_chosen_is_fetched(fresh_machine, work_here, monkeypatch, tmp_path):
    folder = tmp_path / "own"
    monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(folder))
    asked = []

    def bring(entry, into, **_):
        asked.append(entry.name)
        if entry.name == "kegg_2016":
            msg = "Expected all of it, found half."
            raise DataFileError(msg, "Try again.")
        into.mkdir(exist_ok=True)
        (into / entry.file).write_text("pathway\t\tA\tB\n", encoding="utf-8")
        return type("Fetched", (), {"size": 13})

    monkeypatch.setattr("musegnn.worker.fetch_annotation.fetch_table", bring)
    use_inprocess(monkeypatch)
    page = AppTest.from_function(page_of_box, default_timeout=60).run()
    page.multiselect[0].set_value(["pathways"]).run()
    assert "2 tables" in texts(page)
    next(b for b in page.button if b.key == "annotation_get_test").click().run()
    assert not page.exception
    assert asked == ["reactome_2016", "kegg_2016"]
    assert "found half" in page.warning[0].value
    assert "pathways" not in page.multiselect[0].options
    assert open_store(folder).first_library(("reactome",)) == "reactome_2016"


@pytest.mark.parametrize("role", ["viewer", "member"])
def test_only_who_runs_the_server_fetches(fresh_machine, work_here, monkeypatch, role):
    from musegnn.access.visitor import Visitor
    from musegnn.screens.shell import panel_visitor

    monkeypatch.setattr(panel_visitor, "acting", lambda: Visitor("ada", "Ada", role))
    page = AppTest.from_function(page_of_box, default_timeout=60).run()
    assert not page.exception
    assert not page.multiselect
    assert "Fetching annotation: for those who may act on everybody's runs" in texts(page)


def test_the_function_under_the_button_asks_for_the_right_too(tmp_path):
    from musegnn.access.visitor import AccessError, Visitor, acting_as
    from musegnn.screens.parts.annotation_box import start_fetch

    store = KnowledgeStore(None, SHIPPED)
    with (
        acting_as(Visitor("ada", "Ada", "member")),
        pytest.raises(AccessError, match="on everybody's runs"),
    ):
        start_fetch(missing_topics(store), store, tmp_path)
    assert list(tmp_path.iterdir()) == []


def use_inprocess(monkeypatch):
    """Let the run do its work in this process, at once."""
    from functools import partial

    from musegnn.runs import submit
    from musegnn.screens.parts import annotation_box
    from musegnn.worker.perform import perform

    monkeypatch.setattr(
        annotation_box, "submit", partial(submit, executor="inprocess", perform=perform)
    )
