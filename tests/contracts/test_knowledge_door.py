"""Knowledge has one door: what a table is called on disk, only `musegnn.knowledge` knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from musegnn.knowledge.catalogue import read_catalogue
from musegnn.knowledge.gene_names import name_tables
from tests.contracts.source import REPOSITORY, expect_none, list_python_files

DOOR = REPOSITORY / "musegnn" / "knowledge"
READERS = ("read_gmt(", "read_entrez_symbols(", "READERS[")
# a library that a user gives with a question is no part of the store
MAY_READ = {REPOSITORY / "musegnn" / "analysis" / "enrichment" / "gene_set_library.py"}


def annotation_files() -> set[str]:
    """Names that tables have on disk, without what says how they are packed."""
    names = {name for entry in read_catalogue() for name in (entry.file, entry.archive)}
    return {name.removesuffix(".gz").rpartition(".")[0] for name in names - {""}}


def find_named_files(text: str, names: set[str]) -> list[str]:
    """Names of annotation files in the text of a module."""
    return sorted(name for name in names if f"{name}." in text)


def other_modules() -> list[Path]:
    return [path for path in list_python_files("musegnn", "pages") if DOOR not in path.parents]


def test_no_other_module_names_a_file_of_annotation(tmp_path: Path) -> None:
    names = annotation_files()
    for name in ("Hs2Mm_orthologs", "nichenet_geneinfo_2022_human_mouse_orthologs"):
        (tmp_path / f"{name}.tsv.gz").write_bytes(b"")
    tables = {path.name.partition(".")[0] for path in name_tables(tmp_path)}
    assert len(tables) == 2
    modules = other_modules()
    assert len(modules) > 200
    problems = [
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in modules
        for name in find_named_files(path.read_text(encoding="utf-8"), names | tables)
    ]
    expect_none(problems, "Ask `musegnn.knowledge.store.open_store` for the name in the catalogue.")


def test_no_other_module_reads_a_table_past_the_store() -> None:
    problems = [
        f"{path.relative_to(REPOSITORY)}: {reader}"
        for path in other_modules()
        for reader in READERS
        if reader in path.read_text(encoding="utf-8") and path not in MAY_READ
    ]
    expect_none(problems, "Ask `musegnn.knowledge.store.open_store` for the table.")


def test_names_of_genes_are_searched_with_all_that_is_known_of_them() -> None:
    own = REPOSITORY / "musegnn" / "embeddings" / "known_names.py"
    problems = [
        str(path.relative_to(REPOSITORY))
        for path in list_python_files("musegnn", "pages")
        if re.search(r"(?<!class )\bGeneSearch\(", path.read_text(encoding="utf-8"))
    ]
    expect_none(set(problems) - {str(own.relative_to(REPOSITORY))}, "Use `open_search`.")


@pytest.mark.parametrize(
    ("text", "found"),
    [('folder / "Reactome_2016.gmt.gz"', ["Reactome_2016"]), ('"reactome_2016"', [])],
)
def test_a_named_file_is_found(text: str, found: list[str]) -> None:
    assert find_named_files(text, annotation_files()) == found
