"""What is installed is what is locked: versions, hashes, and no other way in."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from tests.contracts.source import REPOSITORY, expect_none, list_repository_files

LOCKS = {
    "requirements.txt": ("requirements.lock", "requirements-torch.lock"),
    "requirements-test.txt": (
        "requirements.lock",
        "requirements-torch.lock",
        "requirements-test.lock",
    ),
    "requirements-tools.txt": ("requirements-tools.lock",),
}
ENTRY = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^ ;\\]+)", re.MULTILINE)
HASHED = re.compile(
    r"^[a-z0-9][a-z0-9.-]*==[^ ;\\]+(?: ; [^\\\n]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+$"
)


def load(name: str):
    """Load a script of `deploy/`."""
    spec = importlib.util.spec_from_file_location(
        f"deploy_{name}", REPOSITORY / f"deploy/{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wanted(source: str) -> set[tuple[str, str]]:
    """Name and version of each line of a file of requirements."""
    lines = [line.partition("#")[0] for line in read(source).splitlines()]
    pairs = [line.partition(";")[0].strip().split("==") for line in lines if "==" in line]
    return {
        (re.sub(r"[_.-]+", "-", name.split("[")[0].lower()), version) for name, version in pairs
    }


def read(name: str) -> str:
    return (REPOSITORY / name).read_text("utf-8")


@pytest.mark.parametrize("source", LOCKS)
def test_each_requirement_is_locked_in_its_version(source):
    locked = {pair for lock in LOCKS[source] for pair in ENTRY.findall(read(lock))}

    expect_none(
        sorted(f"{name}=={version}" for name, version in wanted(source) - locked),
        f"`make lock` writes the lock files after a change of {source}.",
    )


@pytest.mark.parametrize("lock", sorted({lock for locks in LOCKS.values() for lock in locks}))
def test_each_entry_of_a_lock_has_hashes_and_names_no_place(lock):
    text = read(lock)
    entries = re.split(r"\n(?=[a-z0-9])", text.partition("\n")[2].rstrip("\n"))

    assert len(entries) == len(ENTRY.findall(text)) > 10
    expect_none([entry[:80] for entry in entries if not HASHED.match(entry)])
    assert "://" not in text


def test_no_lock_has_a_package_of_another():
    product, torch = (set(dict(ENTRY.findall(read(lock)))) for lock in LOCKS["requirements.txt"])

    assert "torch" in torch
    assert not torch & product
    assert not [name for name in product if name.startswith(("nvidia-", "cuda-"))]


def test_nothing_tells_people_or_machines_to_install_in_another_way():
    rule = "`deploy/install.py` installs; pip alone compares nothing."
    plain = re.compile(r"pip(?:3|\.exe)? install (?!--dry-run)[^\n]*requirements")
    texts = [p for p in list_repository_files() if p.suffix in {".md", ".yaml", ".yml", ".service"}]
    texts += [REPOSITORY / name for name in ("Makefile", "Containerfile", ".ci/run")]
    expect_none([path.name for path in texts if plain.search(path.read_text("utf-8"))], rule)


@pytest.fixture
def install(monkeypatch):
    module = load("install")
    module.said = []
    monkeypatch.setattr(module, "pip", lambda *arguments: module.said.append(arguments))
    return module


class Listed:
    def __init__(self, stdout: str) -> None:
        self.stdout = stdout


def test_torch_is_installed_by_hash_where_there_is_the_plain_build(install, monkeypatch):
    monkeypatch.setattr(install, "installed_version", lambda name: "")
    listing = "torch (2.14.1)\nAvailable versions: 2.14.1, 2.13.0, 2.12.0\n"
    monkeypatch.setattr(install.subprocess, "run", lambda *a, **k: Listed(listing))

    install.install_torch("requirements-torch.lock")

    assert install.said == [("install", *install.BY_HASH, "-r", "requirements-torch.lock")]


def test_a_build_of_torch_that_the_machine_is_set_up_for_is_taken_and_told(
    install, monkeypatch, capsys
):
    version = install.locked_version("torch", "requirements-torch.lock")
    monkeypatch.setattr(install, "installed_version", lambda name: "")
    listing = f"Available versions: 9.9.9, {version}+cpu, {version}, 2.12.0+cpu\n"
    monkeypatch.setattr(install.subprocess, "run", lambda *a, **k: Listed(listing))

    install.install_torch("requirements-torch.lock")

    assert install.said == [("install", f"torch=={version}+cpu")]
    assert "without comparing a hash" in capsys.readouterr().out


def test_a_build_of_torch_that_is_there_stays_unless_it_is_of_another_version(
    install, monkeypatch, capsys
):
    version = install.locked_version("torch", "requirements-torch.lock")
    monkeypatch.setattr(install, "installed_version", lambda name: f"{version}+cu130")
    install.install_torch("requirements-torch.lock")
    assert install.said == []
    assert "stays" in capsys.readouterr().out

    monkeypatch.setattr(install, "installed_version", lambda name: "2.0.0")
    monkeypatch.setattr(install.subprocess, "run", lambda *a, **k: Listed(""))
    install.install_torch("requirements-torch.lock")
    assert len(install.said) == 1


def test_what_builds_comes_first_and_all_is_compared(install, monkeypatch):
    monkeypatch.setattr(install, "install_torch", install.said.append)
    parts = []
    monkeypatch.setattr(
        install, "pip", lambda *a: parts.append((a, Path(a[-1]).read_text() if "-r" in a else ""))
    )

    install.main([])

    (first, text), (second, _), (own, _) = parts
    assert text.startswith("setuptools==")
    assert len(ENTRY.findall(text)) == 1
    assert "--hash=sha256:" in text
    assert all("--require-hashes" in call and "--no-deps" in call for call in (first, second))
    assert own == ("install", "--no-deps", "--no-build-isolation", "-e", ".")


def test_a_failing_pip_ends_the_install(monkeypatch):
    module = load("install")
    monkeypatch.setattr(module, "PIP", (sys.executable, "-c", "import sys; sys.exit(3)"))

    with pytest.raises(SystemExit, match="3"):
        module.main(["--test"])


def test_a_lock_is_parted_by_package_and_keeps_each_system():
    lock = load("lock")
    text = (
        "# head\na==1 ; sys_platform == 'x' \\\n    --hash=sha256:0\na==2 \\\n    --hash=sha256:1\n"
    )

    assert list(lock.split(text)) == ["a"]
    assert lock.pins(lock.split(text)) == "a==1 ; sys_platform == 'x'\na==2\n"


REPORT = {
    "dependencies": [
        {"name": "good", "version": "1", "vulns": []},
        {"name": "skipped", "skip_reason": "not there"},
        {
            "name": "bad",
            "version": "2",
            "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-7"], "fix_versions": ["3"]}],
        },
    ]
}


def test_advisories_are_told_unless_they_are_accepted_with_a_reason():
    audit = load("audit")

    assert audit.find_open(REPORT, {}) == ["bad 2: PYSEC-1, mended in 3"]
    assert audit.find_open(REPORT, audit.accepted("# head\n\nCVE-7  # only on mainframes\n")) == []
    known = audit.accepted(read("deploy/advisories.txt"))
    assert all(known.values()), "each accepted advisory needs its reason"


@pytest.mark.parametrize(
    ("report", "code", "words"),
    [
        (REPORT, 1, "1 open"),
        ({"dependencies": REPORT["dependencies"][:1]}, 0, "0 open"),
        ("no source of advisories could be reached", 0, "SKIPPED: no source"),
    ],
)
def test_an_audit_that_cannot_ask_says_so_and_fails_nothing(
    monkeypatch, capsys, report, code, words
):
    audit = load("audit")
    monkeypatch.setattr(
        audit.subprocess, "run", lambda *a, **k: type("Done", (), {"returncode": 0})
    )
    monkeypatch.setattr(audit, "ask", lambda: report)

    assert audit.main() == code
    assert words in capsys.readouterr().out
