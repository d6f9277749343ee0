"""A folder of annotation in which terms and regulons are the planted modules of the atlas.

PYTEST_DONT_REWRITE: imported by tests and registered as a plugin.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui_fixtures import MODULES

LIBRARY = "kegg_2016"
REGULATORS = {"islet": "PDX1", "t_cell": "GATA3", "liver": "HNF4A", "heart": "GATA4"}


def write_module_knowledge(folder: Path) -> Path:
    """Write a library, regulons and footprints under the names of the catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    terms = {name: genes.split() for name, genes in MODULES.items()}
    terms["islet again"] = terms["islet"][1:]
    terms["everything"] = sorted({gene for genes in terms.values() for gene in genes})
    lines = ["\t".join([term, "", *genes]) for term, genes in terms.items()]
    (folder / "KEGG_2016.gmt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    regulons = [
        f"{regulator}\tA\t{gene}\t{sign}"
        for module, regulator in REGULATORS.items()
        for gene, sign in zip(terms[module], [1] * 20 + [-1] * 5, strict=False)
    ]
    header = "tf\tconfidence\ttarget\tmor"
    (folder / "dorothea_human.tsv").write_text(
        "\n".join([header, *regulons]) + "\n", encoding="utf-8"
    )
    footprints = [
        f"{row}\t{gene}\t{2.5 if module == 'myeloid' else 0}\t{-1.5 if module == 'liver' else 0}"
        for row, (module, gene) in enumerate(
            (module, gene) for module, genes in MODULES.items() for gene in genes.split()
        )
    ]
    (folder / "progeny_human_top.tsv").write_text(
        "\n".join(["\tV1\tNFkB\tHypoxia", *footprints]) + "\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="session")
def module_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of annotation, written once."""
    return write_module_knowledge(tmp_path_factory.mktemp("module_knowledge"))
