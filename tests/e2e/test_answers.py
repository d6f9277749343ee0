"""Nothing that a page does breaks its own rules, and nothing from outside gets in."""

import socket
import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from tests.e2e.browser import WATCH_POLICY

pytestmark = pytest.mark.e2e


def test_pictures_and_scripts_from_outside_are_not_loaded(visit, address):
    page = visit(address)
    page.tab.add_init_script(WATCH_POLICY)
    page.tab.goto(address)
    page.tab.locator("h1").first.wait_for(timeout=60_000)
    with socket.create_server(("127.0.0.2", 0)) as outside:  # another machine, to the browser
        outside.settimeout(1.0)
        page.tab.evaluate(
            """(outside) => {
                const add = (tag, name, value) => {
                    const node = document.createElement(tag);
                    node[name] = value;
                    document.body.append(node);
                };
                add("img", "src", `${outside}/p.png`);
                add("script", "src", `${outside}/s.js`);
                add("script", "textContent", "window.ran = true");
                add("iframe", "src", `${outside}/`);
                fetch(`${outside}/`).catch(() => 0);
            }""",
            f"http://127.0.0.2:{outside.getsockname()[1]}",
        )
        page.tab.wait_for_function("window.broken.length >= 5")
        broken = sorted({line.split()[0] for line in page.tab.evaluate("window.broken")})
        assert broken == ["connect-src", "frame-src", "img-src", "script-src-elem"]
        assert page.tab.evaluate("window.ran") is None
        assert heard(outside) == []


def heard(outside: socket.socket) -> list[bytes]:
    """What reached a server within a second; a connection that asks for nothing is no request."""
    asked = []
    with suppress(TimeoutError):
        while True:
            connection, _ = outside.accept()
            with connection, suppress(TimeoutError):
                connection.settimeout(1.0)
                asked.append(connection.recv(1000))
    return [request for request in asked if request]


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/static/favicon.png", "/Atlas"])
def test_a_foreign_name_is_not_answered(address, path):
    request = urllib.request.Request(address + path, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(request, timeout=10)
    with urllib.request.urlopen(address + "/_stcore/health", timeout=10) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
