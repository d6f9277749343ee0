"""Other studies know genes by name: who may ask them, and that all others cannot.

Retrieval of names, change between contexts, labels, placing, maps and training would find what they
were given: a name leads to its own vector in every context.
"""

from __future__ import annotations

from tests.contracts.source import REPOSITORY, expect_none, list_python_files, read_imports

SECOND_BLOCK = ("musegnn.embeddings.study_block", "musegnn.knowledge.studies")
MAY_ASK = {
    "musegnn.embeddings.study_block",
    "musegnn.analysis.annotated_atlas",
    "musegnn.analysis.gene_set_choice",
    "musegnn.analysis.neighbours.gene_neighbours",
    "musegnn.cli.genes",
    "musegnn.cli.neighbours",
}
# pages that list neighbours, and the chooser of a set that takes a neighbourhood
MAY_SHOW = ("musegnn.screens.gene.", "musegnn.screens.parts.stud", "musegnn.screens.parts.gene_set")


def is_second_block(name: str) -> bool:
    return any(f"{name}.".startswith(f"{part}.") for part in SECOND_BLOCK)


def test_only_who_lists_neighbours_asks_other_studies() -> None:
    imports = read_imports(REPOSITORY, list_python_files("musegnn", "pages"))
    asking = [found for found in imports if is_second_block(found.target)]
    assert {found.importer for found in asking} >= MAY_ASK - {"musegnn.embeddings.study_block"}
    problems = [
        f"{found.place}: {found.importer} asks {found.target}"
        for found in asking
        if found.importer not in MAY_ASK
        and not is_second_block(found.importer)
        and not found.importer.startswith(MAY_SHOW)
    ]
    expect_none(problems, "Ask the cells: a name is the same everywhere in other studies.")
