"""Two people, two browsers, a server that both reach: who sees and does what of whom.

A real OpenID Connect provider and a real nginx sign them in.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

import pytest

from musegnn.access.visitor import Visitor, acting_as
from musegnn.runs import list_deleted, list_runs
from tests.e2e.browser import ROOT, START_LIMIT
from tests.made_runs import write_run

pytestmark = pytest.mark.e2e

NGINX = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin")))
SECRET = "the-proxy-and-nobody-else-0123456789"
PATIENCE = 45_000  # milliseconds
RUN = "confidential cohort 17"
GENE = "/Gene?gene=Cd3e"
PEOPLE = {
    "ada": {"email": "ada@lab.example", "email_verified": True, "name": "Ada"},
    "ben": {"email": "ben@lab.example", "email_verified": True, "name": "Ben"},
    "root": {"name": "Root", "groups": ["wheel"]},
    # says of itself to be the administrator, which nobody has verified
    "eve": {"email": "boss@lab.example", "name": "Eve", "email_verified": False},
}


def free_ports(count):
    """Ports that nobody listens at, all different."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def started(command, address, **options):
    """Run a program until the block ends, once it answers at an address."""
    with begun(command, address, **options) as wait:
        wait()
        yield


@contextmanager
def begun(command, address, **options):
    """Run a program until the block ends; gives what waits until it answers at an address."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    process = subprocess.Popen(command, cwd=ROOT, **quiet, **options)

    def wait():
        end = time.monotonic() + START_LIMIT
        while True:
            assert process.poll() is None, f"{command[:4]} stopped with {process.returncode}"
            assert time.monotonic() < end, f"{command[:4]} did not answer"
            try:
                with urllib.request.urlopen(address, timeout=1):
                    break
            except OSError:
                time.sleep(0.1)

    try:
        yield wait
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


@contextmanager
def public(folder, atlas, port, settings, **files):
    """Start `musegnn app --public`; gives the folder of runs."""
    access = folder / "access.toml"
    access.write_text(settings)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    (folder / "runs").mkdir()
    own = {
        "PYTHONPATH": str(ROOT),
        "MUSEGNN_RUNS": str(folder / "runs"),
        "MUSEGNN_LINKS": str(folder / "links"),
        "XDG_CACHE_HOME": str(folder),
    }
    environment = {**os.environ, **own}
    environment.pop("MUSEGNN_KNOWLEDGE", None)
    command = [sys.executable, "-m", "musegnn.cli.main", "app", str(atlas), "--port", str(port)]
    command += ["--public", "--access", str(access)]
    with started(command, f"http://127.0.0.1:{port}/_stcore/health", env=environment):
        yield folder / "runs"


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser, address, **options):
        self.context = browser.new_context(viewport={"width": 1400, "height": 900}, **options)
        self.tab = self.context.new_page()
        self.address = address

    def open(self, path):
        self.tab.goto(f"{self.address}{path}")
        self.tab.get_by_test_id("stMain").get_by_role("heading").first.wait_for(timeout=PATIENCE)
        return self

    def sees(self, text, **options):
        self.tab.get_by_text(text, **options).first.wait_for(timeout=PATIENCE)
        return True

    def settled(self):
        """Wait until the page has been drawn to its end."""
        self.tab.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(
            timeout=PATIENCE
        )
        return self

    def buttons(self):
        # read at once: asked one by one by their roles, those of a page with pictures take seconds
        texts = self.settled().tab.evaluate(
            "() => [...document.querySelectorAll('button, [role=button]')]"
            ".filter(node => node.checkVisibility({visibilityProperty: true}))"
            ".map(node => node.innerText)"
        )
        return {text.partition("\n")[0].strip() for text in texts}  # an icon may stand behind

    def has(self, *labels):
        """Wait until buttons are there."""
        end = time.monotonic() + PATIENCE / 1000
        while not set(labels) <= (there := self.buttons()) and time.monotonic() < end:
            self.tab.wait_for_timeout(100)
        assert set(labels) <= there
        return True

    def press(self, label):
        self.tab.get_by_role("button", name=label).first.click(timeout=PATIENCE)


@pytest.fixture
def people(browser):
    """Give browsers to people."""
    made = []

    def make(address, **options):
        made.append(Person(browser, address, **options))
        return made[-1]

    yield make
    for person in made:
        person.context.close()


@pytest.fixture(scope="module")
def provider():
    """A provider that knows some people; gives its address, and what waits until it answers."""
    if find_spec("oidc_provider_mock") is None:
        pytest.skip("needs oidc-provider-mock")
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    for name, claims in PEOPLE.items():
        command += ["--user-claims", json.dumps({"sub": name, **claims})]
    # the server starts meanwhile: it asks the provider when somebody signs in
    with begun(command, f"http://127.0.0.1:{port}/.well-known/openid-configuration") as wait:
        yield f"http://127.0.0.1:{port}", wait


@pytest.fixture(scope="module")
def lab(provider, browser, atlas_folder, tmp_path_factory):
    """A server that people sign in to at the provider; gives its address and its runs."""
    (port,) = free_ports(1)
    folder = tmp_path_factory.mktemp("lab")
    settings = f"""
mode = "public"
address = "127.0.0.1"
hosts = ["127.0.0.1"]
sign_in = "oidc"
[oidc]
secrets = "{folder}/secrets.toml"
[roles]
member = ["Ada@lab.example", "sub:ben"]
admin = ["group:wheel", "boss@lab.example"]
others = "viewer"
"""
    secrets = f"""
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "maps"
client_secret = "hush"
server_metadata_url = "{provider[0]}/.well-known/openid-configuration"
"""
    with public(folder, atlas_folder, port, settings, secrets=secrets) as runs:
        provider[1]()
        yield f"http://127.0.0.1:{port}", runs


def signed_in(person, name, link):
    """Follow a link to the door, sign in at the provider, and land where the link points."""
    if not person.tab.url.endswith(link):
        person.open(link)
    person.press("Sign in")
    person.tab.get_by_role("button", name=name, exact=True).click(timeout=PATIENCE)
    person.sees("Signed in:")
    assert person.tab.url.startswith(f"{person.address}{link.partition('?')[0]}")
    return person


def test_two_people_at_one_server(lab, provider, people):
    address, root = lab
    with acting_as(Visitor(f"oidc:{provider[0]}|ada", "Ada", "member")):
        run = write_run(root, "stopped", name=RUN).run_id
    link = f"/Runs?run={run}"

    ada = nobody = people(address).open(link)
    assert nobody.sees("Sign in to go on.")
    assert nobody.has("Sign in")
    assert not nobody.buttons() & {"Resume", "Copy link"}
    assert not nobody.tab.get_by_text("cohort").count()

    signed_in(ada, "ada", link)
    assert ada.sees("Ada, a member")
    assert ada.tab.url == f"{address}{link}"
    assert ada.sees(RUN)
    assert ada.has("Resume", "Rename", "Delete", "New run")

    ben = signed_in(people(address), "ben", link)
    assert ben.sees("There is no run")
    assert not ben.settled().tab.get_by_text(RUN).count()
    assert not {"Resume", "Rename", "Delete"} & ben.buttons()
    assert ben.open("/Server").sees("An administrator of this server can change that")

    for name, is_viewer in (("eve", True), ("root", False)):
        other = signed_in(people(address), name, GENE if is_viewer else link)
        if is_viewer:
            assert other.tab.url == f"{address}{GENE}"
            assert other.sees("Cd3e in Pancreas, mouse")
            other.open(link)
        assert other.sees("There is no run" if is_viewer else RUN)
        assert other.has(*(() if is_viewer else ("New run", "Delete")))
        assert ("New run" in other.buttons()) is not is_viewer
        assert bool(other.tab.get_by_text(RUN).count()) is not is_viewer
        if is_viewer:
            assert other.open("/Data").sees("Data is for those who may give files")
        else:
            other.press("Delete")
            other.press("Yes, delete")
            assert other.sees("Moved to the trash")
            assert list_runs(root) == []
            assert [deleted.run_id for deleted in list_deleted(root)] == [run]
            assert other.open("/Server").sees("accounts: 4")

    ada.press("Sign out")
    ada.tab.get_by_role("button", name="End session").click(timeout=PATIENCE)
    assert ada.sees("Sign in to go on.")
    ada.open(link)
    assert ada.sees("Sign in to go on.")


def nginx_settings(folder, app, port, forger):
    """An nginx that signs in by a password of its own, and one that only says so."""
    places = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    passes = """
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $joined;
      proxy_set_header Host $http_host;
    """
    # its workers have to read the folders of a test, which are for nobody else
    user = "user root;" if os.getuid() == 0 else ""
    return f"""
{user}
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  map $http_upgrade $joined {{ default upgrade; "" close; }}
  {places}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      auth_basic "lab";
      auth_basic_user_file {folder}/people;
      proxy_pass http://127.0.0.1:{app};
      {passes}
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-User $remote_user;
      proxy_set_header X-Musegnn-Secret "{SECRET}";
    }}
    location /health {{ return 200 "ok"; }}
  }}
  server {{
    listen 127.0.0.1:{forger};
    location / {{
      proxy_pass http://127.0.0.1:{app};
      {passes}
      proxy_set_header X-Forwarded-User "root";
      proxy_set_header X-Musegnn-Secret "{SECRET[:-1]}";
    }}
  }}
}}
"""


@pytest.mark.skipif(NGINX is None, reason="needs nginx")
def test_a_proxy_signs_in_and_nobody_passes_for_it(browser, people, atlas_folder, tmp_path):
    app, port, forger = free_ports(3)
    settings = f"""
mode = "public"
address = "127.0.0.1"
hosts = ["127.0.0.1"]
sign_in = "proxy"
others_runs = "read"
[proxy]
addresses = ["127.0.0.1"]
secret = "{SECRET}"
[roles]
admin = ["root"]
member = ["ben"]
"""
    folder = tmp_path / "nginx"
    folder.mkdir()
    (folder / "people").write_text("ben:{PLAIN}ben\nroot:{PLAIN}root\n")
    (folder / "nginx.conf").write_text(nginx_settings(folder, app, port, forger))
    command = [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off;"]
    with (
        public(tmp_path, atlas_folder, app, settings) as root,
        started(command, f"http://127.0.0.1:{port}/health"),
    ):
        with acting_as(Visitor("proxy:ada", "Ada", "member")):
            run = write_run(root, "stopped", name=RUN).run_id
        credentials = {"username": "ben", "password": "ben"}
        # who says to be somebody else is the one that has signed in
        said = {"X-Forwarded-User": "root", "X-Musegnn-Secret": "mine"}
        ben = people(
            f"http://127.0.0.1:{port}", http_credentials=credentials, extra_http_headers=said
        )
        ben.open(f"/Runs?run={run}")
        assert ben.sees("ben, a member")
        assert ben.sees(RUN)
        assert ben.has("New run", "Duplicate")
        assert not {"Resume", "Rename", "Delete"} & ben.buttons()
        # straight to the server, and with a header but without the secret
        for where in (app, forger):
            forged = people(f"http://127.0.0.1:{where}", extra_http_headers=said).open("/Runs")
            assert forged.sees("Sign in at the address")
        assert ben.open("/Server").sees("An administrator of this server can change that")
