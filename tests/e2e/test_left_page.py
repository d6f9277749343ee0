"""A page that is left while a part of it asks for something leaves the next page standing."""

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.e2e.browser import settle, shipped_dashboard

pytestmark = pytest.mark.e2e


@pytest.fixture
def cold(browser, tmp_path_factory):
    """A server of its own: on *Home* of each, names of clusters are asked for once."""
    with shipped_dashboard(tmp_path_factory.mktemp("cache")) as address:
        yield address


def test_names_asked_for_when_a_page_is_left_take_no_other_away(visit, cold):
    tab = visit(cold).tab
    held, released, pressed, pages = [], [], [], []

    def on_line(line):
        server = line.connect_to_server()

        def asks(data):
            """Hold what a part of *Home* asks for until another page is asked for."""
            rerun = BackMsg.FromString(data).rerun_script
            if rerun.fragment_id and not released:
                held.append(data)
                return
            server.send(data)
            pressed.extend([data] if held else [])

        def tells(data):
            """Let it arrive when the server draws the next page, and the browser does not know."""
            message = ForwardMsg.FromString(data)
            if message.HasField("new_session"):
                pages.append(message.new_session.page_script_hash)
            if pressed and not released and pages[-1] != pages[0]:
                released.extend(held)
                for late in held:
                    server.send(late)
            line.send(data)

        line.on_message(asks)
        server.on_message(tells)

    tab.route_web_socket("**/_stcore/stream", on_line)
    tab.goto(cold)
    tab.get_by_role("heading", name="Genes in context").wait_for(timeout=60_000)
    tab.wait_for_function("document.querySelector('.st-key-home_map img')?.complete")
    for _ in range(200):
        if held:
            break
        tab.wait_for_timeout(100)
    assert held
    tab.get_by_role("link", name="Runs", exact=True).click()
    title = tab.get_by_role("heading", name="Runs", exact=True)
    title.wait_for(timeout=60_000)
    settle(tab)
    tab.wait_for_timeout(3_000)  # what was asked for late would be drawn now
    settle(tab)
    assert released
    assert title.is_visible()
    assert len(tab.inner_text("body")) > 500


@pytest.fixture
def on_gene(visit, address):
    """Open a gene, with all that its page asks for."""

    def run(gene):
        tab = visit(address).tab
        tab.goto(f"{address}/Gene?gene={gene}")
        tab.get_by_role("button", name="Enrichment of the neighbours").wait_for(timeout=60_000)
        settle(tab)
        return tab

    return run


def test_a_press_in_the_moment_in_which_a_part_asks_is_not_lost(on_gene):
    tab = on_gene("CD3E")
    # the box asks for suggestions when it is first gone to; both stand in one message then
    tab.evaluate(
        """() => {
          document.querySelector('input[aria-label="Find a gene"]').focus();
          document.querySelector('.st-key-to_enrichment button').click();
        }"""
    )
    tab.get_by_role("heading", name="Enrichment", exact=True).wait_for(timeout=60_000)


def test_a_gene_in_the_moment_in_which_the_box_asks_is_not_lost(on_gene):
    tab = on_gene("INS")
    # the first that the server hears of this box; a name that is left counts as Enter does
    tab.evaluate(
        """async () => {
          const box = document.querySelector('input[aria-label="Find a gene"]');
          box.focus();
          const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
          set.call(box, "CD3E");
          box.dispatchEvent(new Event("input", { bubbles: true }));
          for (let i = 0; i < 9; i++) await null;  // no timer fires meanwhile
          box.blur();
        }"""
    )
    tab.get_by_role("heading", name="CD3E in ").wait_for(timeout=60_000)
