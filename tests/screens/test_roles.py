"""What each role sees and can do on every page, and who is not signed in at all."""

from __future__ import annotations

import re
import shutil
import time
from itertools import product

import pytest

from musegnn.access.password import hash_password
from musegnn.access.settings import VARIABLE
from musegnn.access.visitor import ROLES, AccessError, Visitor, acting_as
from musegnn.errors import RunError
from musegnn.runs import export_run, list_deleted, list_runs
from musegnn.screens.parts.uploads import Upload
from musegnn.screens.runs import view_graphs
from musegnn.screens.shell import panel_visitor
from musegnn.screens.shell.screen import find_screen, screens
from musegnn.screens.shell.words import prose
from tests.made_runs import write_run
from tests.page_visits import PAGES_FOLDER, labels, texts, visit_page

PEOPLE = {"vic": "viewer", "ben": "member", "ada": "member", "root": "admin"}
PASSWORD = "four words of mine"


@pytest.fixture(scope="module")
def kept():
    return hash_password(PASSWORD)


@pytest.fixture
def opened(tmp_path, monkeypatch, kept):
    """Open a public server; gives a function of whether others' runs are read or hidden."""

    def open_for(others="hidden"):
        path = tmp_path / f"{others}.toml"
        lists = {"member": [], "viewer": [], "admin": []}
        for name, role in PEOPLE.items():
            lists[role].append(name)
        path.write_text(
            'mode = "public"\nsign_in = "password"\nhosts = ["x"]\n'
            f'others_runs = "{others}"\n[roles]\n'
            + "".join(f"{role} = {names}\n" for role, names in lists.items())
            + "".join(f'[[people]]\nname = "{n}"\npassword = "{kept}"\n' for n in PEOPLE)
        )
        monkeypatch.setenv(VARIABLE, str(path))
        monkeypatch.setenv("MUSEGNN_RUNS", str(tmp_path / "runs"))
        (tmp_path / "runs").mkdir(exist_ok=True)
        return tmp_path / "runs"

    return open_for


def visit(name, who, **more):
    """Open a page as somebody who has signed in."""
    stem = find_screen(name).file.removesuffix(".py")
    signed_in = {"visitor_signed_in": (who, time.time())} if who else {}
    return visit_page(stem, session=signed_in | more.pop("session", {}), **more)


@pytest.mark.parametrize("screen", [s for s in screens() if s.file], ids=lambda s: s.name)
def test_who_is_not_signed_in_sees_the_door_of_every_page_and_nothing_else(
    screen, opened, atlas_folder, monkeypatch
):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    opened("read")
    page = visit(screen.name, "", query={"gene": "G1"})
    assert not page.exception
    assert [field.label for field in page.text_input] == ["Name", "Password"]
    assert labels(page) == ["Sign in"]
    assert not page.sidebar.markdown
    assert not page.get("plotly_chart")


@pytest.mark.parametrize(
    ("name", "who"), [*product(["Home", "Data", "Runs", "Server"], PEOPLE)], ids=str
)
def test_a_page_opens_for_who_has_its_right_and_tells_others_why_not(name, who, opened):
    opened()
    page, screen = visit(name, who), find_screen(name)
    assert not page.exception
    assert not page.error
    may = screen.right in ROLES[PEOPLE[who]].rights
    assert ("An administrator of this server can change that" in texts(page)) is not may
    assert any(f"Signed in: **{who}**" in item.value for item in page.sidebar.markdown)


def test_a_password_lets_in_and_signing_out_forgets_everything(opened):
    opened()
    page = visit("Runs", "")
    page.text_input[0].set_value("ben")
    page.text_input[1].set_value("wrong words of mine")
    page.button(key="sign_in").click().run()
    assert "do not match" in page.error[0].value
    page.text_input[0].set_value("ben")
    page.text_input[1].set_value(PASSWORD)
    page.button(key="sign_in").click().run()
    assert not page.error
    assert any("**ben**, a member" in item.value for item in page.sidebar.markdown)
    typed = "_sign_in_password"
    assert typed not in page.session_state or not page.session_state[typed]
    page.session_state["list_text"] = "secret genes of ben"
    page.button(key="sign_out").click().run()
    assert labels(page) == ["Sign in"]
    assert "list_text" not in page.session_state


def test_a_link_leads_where_it_points_once_a_password_is_given(opened, atlas_folder, monkeypatch):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    root = opened()
    with acting_as(Visitor("password:ben", "Ben", "member")):
        run = write_run(root, "stopped", name="cohort of ben").run_id
    for name, query, shown in (
        ("Runs", {"run": run}, "cohort of ben"),
        ("Gene", {"gene": "Cd3e"}, "Cd3e in Pancreas, mouse"),
    ):
        page = visit(name, "", query=query)
        assert shown not in texts(page)
        page.text_input[0].set_value("ben")
        page.text_input[1].set_value(PASSWORD)
        page.button(key="sign_in").click().run()
        assert not page.exception
        assert shown in texts(page)
        assert {key: page.query_params[key] for key in query} == query


def test_what_a_session_holds_is_not_for_the_next_who_signs_in(opened):
    opened()
    page = visit("Runs", "ben", session={"visitor_last": "password:ada", "list_text": "of ada"})
    assert any("**ben**" in item.value for item in page.sidebar.markdown)
    assert "list_text" not in page.session_state or not page.session_state["list_text"]


def test_a_sign_in_ends_after_some_hours(opened):
    opened()
    page = visit("Runs", "", session={"visitor_signed_in": ("ben", time.time() - 13 * 3600)})
    assert labels(page) == ["Sign in"]


@pytest.mark.parametrize(
    ("who", "others", "sees", "acts"),
    [
        ("ada", "hidden", True, True),
        ("ben", "hidden", False, False),
        ("ben", "read", True, False),
        ("vic", "hidden", False, False),
        ("vic", "read", True, False),
        ("root", "hidden", True, True),
    ],
)
def test_runs_of_ada_as_others_see_them(who, others, sees, acts, opened):
    root = opened(others)
    with acting_as(Visitor("password:ada", "Ada", "member")):
        run = write_run(root, "stopped", name="confidential cohort 17").run_id
    page = visit("Runs", who, query={"run": run})
    assert not page.exception
    assert ("confidential cohort" in texts(page)) is sees
    assert ("There is no run" in texts(page)) is not sees
    buttons = set(labels(page))
    assert ({"Resume", "Rename", "Yes, delete"} <= buttons) is acts
    assert bool({"Resume", "Rename", "Yes, delete"} & buttons) is acts
    assert ("New run" in buttons) is (who != "vic")
    assert ("Import run" in buttons) is (who != "vic")
    if acts:
        page.button(key="runs_delete_go").click().run()
        assert not page.exception
        with acting_as(Visitor("password:ada", "Ada", "member")):
            assert list_runs(root) == []


ADA = Visitor("password:ada", "Ada", "member")


@pytest.mark.parametrize(("who", "others"), [("ben", "hidden"), ("ben", "read"), ("vic", "read")])
def test_a_page_that_was_drawn_for_ada_does_nothing_for_who_comes_after_her(who, others, opened):
    root = opened(others)
    with acting_as(ADA):
        run = write_run(root, "stopped", name="confidential cohort 17").run_id
    for act in ("runs_resume", "runs_rename_go", "runs_delete_go", "runs_duplicate"):
        page = visit("Runs", "ada", query={"run": run})
        assert page.button(key=act).label
        if act == "runs_rename_go":
            page.text_input(key="_runs_new_name").set_value("stolen")
        page.session_state["visitor_signed_in"] = (who, time.time())
        page.button(key=act).click().run()
        assert not page.exception
        assert str(root) not in texts(page)
        if others == "hidden":  # its id stands in the address that ben followed
            assert "confidential cohort" not in texts(page)
    with acting_as(ADA):
        (record,) = [record for record in list_runs(root) if record.run_id == run]
        assert (record.name, record.state) == ("confidential cohort 17", "stopped")
        assert list_deleted(root) == []
        copies = [record for record in list_runs(root) if record.run_id != run]
    assert not copies or others == "read"


def test_an_export_of_ada_is_packed_for_nobody_who_may_not_see_it(opened, tmp_path):
    root = opened("hidden")
    with acting_as(ADA):
        run = write_run(root, "stopped", name="confidential cohort 17").run_id
    page = visit("Runs", "ben", query={"run": run})
    assert not [b for b in page.get("download_button") if "Export" in b.label]
    for who, role in (("ben", "member"), ("vic", "viewer")):
        with acting_as(Visitor(f"password:{who}", who, role)):
            with pytest.raises(RunError, match="found none") as refused:
                export_run(root, run, tmp_path / "out.zip")
            assert "confidential cohort" not in str(refused.value)
    assert not (tmp_path / "out.zip").exists()


def test_queue_files_and_builds_of_ada_are_in_no_list_of_bens(opened):
    root = opened("hidden")
    with acting_as(ADA):
        write_run(root, "queued", name="confidential cohort 17", number=1)
        held = Upload.of("patients_of_ada.csv", b"gene,cell\nA,1\n")
    with acting_as(Visitor("password:ben", "Ben", "member")):
        own = write_run(root, "queued", name="mine", number=2).run_id
    for name in ("Runs", "Data", "Home"):
        page = visit(name, "ben", query={"run": own} if name == "Runs" else {})
        assert not page.exception
        told = texts(page) + "".join(str(frame.value) for frame in page.dataframe)
        assert "confidential" not in told
        assert "patients" not in told
        assert "Ada" not in told
    assert held.path.is_file()


def test_what_goes_wrong_on_a_page_is_a_number_that_the_log_knows(opened, monkeypatch, caplog):
    root = opened()

    def fail(frame):
        raise ValueError(f"no such file: {root}/x")  # noqa: EM102

    monkeypatch.setattr("musegnn.screens.runs.panel.draw", fail)
    page = visit("Runs", "ben")
    assert not page.exception
    said = page.error[-1].value
    number = re.search(r"error ([0-9A-F]{8})", said)[1]
    assert str(root) not in texts(page)
    assert "ValueError" not in texts(page)
    assert f"Error {number}" in caplog.text
    assert f"no such file: {root}/x" in caplog.text


def test_where_runs_lie_is_told_to_who_runs_the_server_alone(opened, tmp_path):
    root = opened("read")
    shown = {}
    for who in ("root", "ben"):
        page = visit("Runs", who, query={"run": "20260101T000000Z-none-aligned-s0-abcdef"})
        shown[who] = texts(page)
        with acting_as(Visitor(f"password:{who}", who, PEOPLE[who])):
            shown[who] += prose(f"Expected a run in {root}/x, found none.")
    assert str(tmp_path) not in shown["ben"]
    assert f"{root}/x" in shown["root"]


@pytest.mark.parametrize(("who", "is_there"), [("ada", True), ("ben", False), ("vic", False)])
def test_the_map_and_the_graphs_of_ada_are_hers(
    who, is_there, opened, atlas_folder, monkeypatch, tmp_path
):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    root = opened("hidden")
    result = shutil.copytree(atlas_folder, tmp_path / "result")
    visitor = Visitor(f"password:{who}", who.title(), PEOPLE[who])
    with acting_as(Visitor("password:ada", "Ada", "member")):
        run = write_run(root, "finished", name="hers", result=result).run_id
        folder = view_graphs.own_folder(root)
    page = visit("Home", who, query={"map": run})
    assert not page.exception
    assert any("Result of the run" in item.value for item in page.sidebar.markdown) is is_there
    assert ("The map of a run was left out" in texts(page)) is not is_there
    with acting_as(visitor):
        assert (view_graphs.own_folder(root) == folder) is is_there


def test_what_a_viewer_may_not_give_is_refused_behind_the_page_too(tmp_path):
    with acting_as(Visitor("password:vic", "Vic", "viewer")):
        with pytest.raises(AccessError, match="give files of one's own"):
            Upload.of("counts.csv", b"")
        with pytest.raises(AccessError, match="give files of one's own"):
            view_graphs.keep_graph(tmp_path, b"")


def test_settings_that_are_wrong_let_nobody_in_and_say_nothing_of_it(tmp_path, monkeypatch, caplog):
    path = tmp_path / "wrong.toml"
    path.write_text('mode = "public"\n')
    monkeypatch.setenv(VARIABLE, str(path))
    page = visit("Runs", "ben")
    assert "This server cannot be used now" in page.error[0].value
    assert str(path) not in texts(page)
    assert "a way to sign in for a public server" in caplog.text


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        *((None, True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True)),
        *(("::ffff:127.0.0.1", True), ("10.0.0.7", False), ("::ffff:10.0.0.7", False)),
        *(("fe80::1", False), ("localhost", False), ("", False)),
    ],
)
def test_connections_from_this_machine_are_known(address, is_here):
    assert panel_visitor._is_from_here(address) is is_here


def test_a_local_server_lets_no_other_machine_in(monkeypatch):
    monkeypatch.setattr(panel_visitor, "_is_from_here", lambda _: False)
    page = visit("Runs", "")
    assert "for the machine that it runs on" in texts(page)
    assert "musegnn app --public" in texts(page)
    assert not labels(page)


def test_the_files_of_pages_and_the_records_agree():
    assert {screen.file for screen in screens() if screen.file} == {
        path.name for path in PAGES_FOLDER.glob("*.py")
    }
