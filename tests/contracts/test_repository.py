"""What a clone must hold, and what it must not."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from tests.contracts.source import (
    REPOSITORY,
    expect_none,
    list_python_files,
    list_repository_files,
    read_imports,
)

TOP_LEVEL = (
    *(
        "app.py",
        "dashboard.py",
        "pages",
        "musegnn",
        "data",
        "tests",
        "requirements.txt",
        "README.md",
    ),
    *("pyproject.toml", "Makefile", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff"),
    *("docs", "benchmarks", ".ci/run"),
)
DATA_BYTES = 80_000_000
FILE_BYTES = 1_000_000  # of a file outside data/

# Written so that no pattern matches its own text.
FOLDER_OF_A_MACHINE = re.compile(rb"(?<![\w.])/(?:work|root|farm|home|Users)/\w")
PACKAGE_SOURCE = re.compile(
    rb"--(?:extra-)?index[-]url|--find[-]links|--trusted[-]host|PIP_(?:EXTRA_)?INDEX[_]URL"
    rb"|download[.]pytorch[.]org|pythonhosted[.]org|pypi[.]org/simple"
)
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(\[[\w,-]+\])?==[\w.]+(; [^#]+?)?  # (?P<reason>\S.{5,})"
)


def find_text(pattern: re.Pattern[bytes], paths: tuple[Path, ...]) -> list[str]:
    """Files that hold a text, binary files included, each with the first hit."""
    hits = ((path, pattern.search(path.read_bytes())) for path in paths)
    return [f"{path}: {hit.group().decode()}" for path, hit in hits if hit]


def find_dead_links(root: Path, pages: list[Path]) -> list[str]:
    """Relative links of Markdown pages that lead nowhere or out of the repository."""
    problems = []
    for page in pages:
        text = CODE.sub("", page.read_text(encoding="utf-8"))
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target) or target.startswith("#"):
                continue
            goal = (page.parent / target.partition("#")[0]).resolve()
            if not goal.is_relative_to(root) or not goal.exists():
                problems.append(f"{page.relative_to(root)}: {target}")
    return problems


def read_requirements(path: Path) -> list[str]:
    """Lines of a requirements file, without blank ones, comments and references."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def find_loose_requirements(lines: list[str]) -> list[str]:
    """Requirements without an exact version or without a reason behind them."""
    return [line for line in lines if not REQUIREMENT.fullmatch(line)]


def normalise(name: str) -> str:
    """Return the name of a distribution in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names_of(*files: str) -> set[str]:
    """Normalised names of the distributions that some requirements files pin."""
    lines = [line for file in files for line in read_requirements(REPOSITORY / file)]
    return {normalise(re.split(r"[=\[;< ]", line)[0]) for line in lines}


def find_undeclared(paths: list[Path], declared: set[str], own: set[str]) -> list[str]:
    """Imports of installed libraries that no requirement names."""
    distributions = packages_distributions()
    problems = set()
    for found in read_imports(REPOSITORY, paths):
        top = found.target.partition(".")[0]
        if top in own or top in sys.stdlib_module_names:
            continue
        if not declared & {normalise(name) for name in distributions.get(top, [top])}:
            problems.add(f"{found.place}: {top}")
    return sorted(problems)


def find_copies(paths: tuple[Path, ...], originals: dict[str, str]) -> list[str]:
    """Files that are byte for byte one of the originals, given by sha256."""
    hashes = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    return [f"{path} = {originals[h]}" for path, h in hashes.items() if h in originals]


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_top_level_is_complete(name: str) -> None:
    assert (REPOSITORY / name).exists()


def test_check_script_is_executable() -> None:
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)


def test_no_file_names_a_folder_of_one_machine() -> None:
    expect_none(find_text(FOLDER_OF_A_MACHINE, list_repository_files()))


def test_no_file_spells_out_a_package_source() -> None:
    expect_none(find_text(PACKAGE_SOURCE, list_repository_files()))


def test_forbidden_texts_are_caught(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\x00cd " + b"/ho" + b"me/ann\n" + b"pip install --index" + b"-url x")
    assert len(find_text(FOLDER_OF_A_MACHINE, (path,))) == 1
    assert len(find_text(PACKAGE_SOURCE, (path,))) == 1


def test_files_are_small_and_data_stays_within_its_budget() -> None:
    sizes = {path.relative_to(REPOSITORY): path.stat().st_size for path in list_repository_files()}
    in_data = {path: size for path, size in sizes.items() if path.parts[0] == "data"}
    large = [path for path, size in sizes.items() if path not in in_data and size > FILE_BYTES]
    expect_none(large)
    assert sum(in_data.values()) < DATA_BYTES


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in list_repository_files() if path.suffix == ".md"]
    expect_none(find_dead_links(REPOSITORY, pages))


def test_a_dead_link_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text(
        "[self](a.md#part) [web](https://example.org) `[code](x.md)` [dead](b.md) [out](../c.md)",
        encoding="utf-8",
    )
    assert find_dead_links(tmp_path, [page]) == ["a.md: b.md", "a.md: ../c.md"]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_requirements_are_exact_and_each_has_a_reason(name: str) -> None:
    expect_none(find_loose_requirements(read_requirements(REPOSITORY / name)))


def test_a_loose_requirement_is_caught() -> None:
    good = ["a-b==1.0.2  # what it is for", 'c[d]==2; python_version < "3.13"  # only there']
    bad = ["a>=1  # what it is for", "a==1.0", "a==1.0  # ", "a  # what it is for"]
    assert find_loose_requirements([*good, *bad]) == bad


def test_package_takes_its_dependencies_from_the_requirements() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["dynamic"] == ["dependencies"]
    assert settings["tool"]["setuptools"]["dynamic"]["dependencies"] == {
        "file": ["requirements.txt"]
    }


def test_product_imports_only_what_is_required() -> None:
    paths = list_python_files("musegnn", "pages", "app.py", "dashboard.py", "data")
    scripts = {path.stem for path in (REPOSITORY / "data").glob("*.py")}  # they share a record
    expect_none(find_undeclared(paths, names_of("requirements.txt"), {"musegnn", *scripts}))


def test_tests_import_only_what_is_required() -> None:
    declared = names_of("requirements.txt", "requirements-test.txt")
    own = {"musegnn", "tests", "benchmarks", "data", "pages", "app"}
    expect_none(find_undeclared(list_python_files("tests", "benchmarks"), declared, own))


def test_an_undeclared_import_is_caught() -> None:
    found = find_undeclared([Path(__file__)], {"pyyaml"}, {"tests"})
    assert [line.rpartition(" ")[2] for line in found] == ["pytest"]


def test_no_file_is_a_copy_of_the_shared_data(shared: Path) -> None:
    with (shared / "MANIFEST.tsv").open(encoding="utf-8") as lines:
        originals = {row["sha256"]: row["file"] for row in csv.DictReader(lines, delimiter="\t")}
    assert originals
    expect_none(find_copies(list_repository_files(), originals))


def test_a_copy_is_caught(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"counts")
    originals = {hashlib.sha256(b"counts").hexdigest(): "original"}
    assert find_copies((path,), originals) == [f"{path} = original"]


def test_citation_carries_the_version_of_the_package() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "references"} <= citation.keys()
    assert citation["version"] == settings["project"]["version"]
    assert citation["license"] == settings["project"]["license"]


def test_changelog_has_a_place_for_the_next_change() -> None:
    assert "## [Unreleased]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_link_is_committed() -> None:
    """It leads into one machine, and where a folder of its name is ignored it takes its place."""
    assert [name for name in list_repository_files() if (REPOSITORY / name).is_symlink()] == []


MANIFESTS = sorted(REPOSITORY.glob("data/*/manifest.json"))
_DIGEST = re.compile(r"[0-9a-f]{64}")


def find_digests(content: object) -> dict[str, str]:
    """Return the files that a manifest names with their digests, wherever in it they stand."""
    found: dict[str, str] = {}
    if isinstance(content, list):
        for part in content:
            found |= find_digests(part)
    if isinstance(content, dict):
        if isinstance(content.get("sha256"), str) and "file" in content:
            found[str(content["file"])] = content["sha256"]
        for key, value in content.items():
            if key in {"files", "sha256"} and isinstance(value, dict):
                found |= {str(name): str(digest) for name, digest in value.items()}
            elif key != "inputs":
                found |= find_digests(value)
    return found


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.parent.name)
def test_what_a_manifest_names_is_committed_and_unchanged(manifest: Path) -> None:
    """A file that git ignores would ship from one folder and from no clone."""
    listed = set(list_repository_files())
    digests = find_digests(json.loads(manifest.read_text(encoding="utf-8")))
    assert digests
    for name, digest in digests.items():
        path = manifest.parent / name
        assert _DIGEST.fullmatch(digest), name
        assert path in listed, f"{path} is named by its manifest and is not in the repository"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name


def test_digests_are_found_wherever_they_stand() -> None:
    parts = [{"sha256": {"b": "2"}}, {"file": "d", "sha256": "4"}]
    content = {"files": {"a": "1"}, "parts": parts, "inputs": {"files": {"c": "3"}}}
    assert find_digests(content) == {"a": "1", "b": "2", "d": "4"}
