"""What a button offers, as long as somebody may still see that button."""

import pytest
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from musegnn.screens.shell import panel_files
from musegnn.screens.shell.panel_files import PATIENCE, PatientFiles


class Server:
    """People whose pages are drawn; a page that is done clears away for all."""

    def __init__(self, monkeypatch, files):
        self.files, self.who, self.now = files(MemoryMediaFileStorage("/media")), "", 100.0
        monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: self.who)
        monkeypatch.setattr(panel_files.time, "monotonic", lambda: self.now)

    def begin(self, who):
        self.who = who
        self.files.clear_session_refs()

    def offer(self, text):
        return self.files.add_deferred(
            lambda: text, "text/csv", "0.1", "a.csv", element_id=f"button of {self.who}"
        )

    def draw(self, who, text=""):
        self.begin(who)
        name = self.offer(text) if text else ""
        self.files.remove_orphaned_files()
        return name

    def take(self, name):
        url = self.files.execute_deferred(name)
        return url, self.files._storage.get_file(url.rpartition("/")[2]).content


@pytest.fixture
def server(monkeypatch):
    return Server(monkeypatch, PatientFiles)


def test_a_press_while_the_page_is_drawn_anew_and_another_is_done_gives_the_file(
    server, monkeypatch
):
    usual = Server(monkeypatch, media_file_manager.MediaFileManager)
    for one, is_kept in ((usual, False), (server, True)):
        monkeypatch.setattr(media_file_manager, "_get_session_id", lambda one=one: one.who)
        shown = one.draw("ada", "old")
        one.begin("ada")
        one.draw("ben", "other")
        if is_kept:
            assert one.take(shown)[1] == b"old"
        else:  # else this class could go
            with pytest.raises(MediaFileStorageError, match="not found"):
                one.take(shown)


def test_a_button_that_the_browser_has_not_got_yet_is_no_reason_to_lose_a_press(server):
    first, second, third = (server.draw("ada", text) for text in ("first", "second", "third"))
    assert [server.take(name)[1] for name in (first, second, third)] == [
        b"first",
        b"second",
        b"third",
    ]


def test_few_of_one_button_are_kept_and_none_for_long(server):
    names = [server.draw("ada", str(number)) for number in range(50)]
    assert list(server.files._deferred_callables) == names[-3:]
    server.now += PATIENCE + 1
    server.draw("ben")
    assert list(server.files._deferred_callables) == names[-1:]
    server.begin("ada")  # leaves
    server.files.remove_orphaned_files()
    server.now += PATIENCE + 1
    server.files.remove_orphaned_files()
    assert not server.files._deferred_callables
    assert not server.files._deferred_ids_by_session
    assert not server.files._left


def test_a_file_that_was_made_waits_for_a_slow_browser_and_then_goes(server):
    url, _ = server.take(server.draw("ada", "content"))
    stored = url.rpartition("/")[2]
    for _ in range(10):
        server.draw("ben")
    assert server.files._storage.get_file(stored).content == b"content"
    server.now += PATIENCE + 1
    for _ in range(2):
        server.draw("ben")
    with pytest.raises(MediaFileStorageError, match="Bad"):
        server.files._storage.get_file(stored)
    assert not server.files._file_metadata


def test_a_button_that_may_not_be_pressed_any_more_offers_nothing_at_once(server):
    shown = server.draw("ada", "old")
    server.begin("ada")
    server.files.remove_deferred("0.1", element_id="button of ada")
    with pytest.raises(MediaFileStorageError, match="not found"):
        server.take(shown)
