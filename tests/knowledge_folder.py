"""A small folder of annotation about the genes of the synthetic atlas, in the publishers' layouts.

PYTEST_DONT_REWRITE: imported by tests and registered as a plugin.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from musegnn.settings import REPOSITORY

PATHWAYS = {
    "Insulin processing_Homo sapiens_R-HSA-264876": "INS PCSK1 PCSK2 CPE",
    "Regulation of gene expression in beta cells_Homo sapiens_R-HSA-210745": "INS IAPP PAX6",
    "Everything_Homo sapiens_R-HSA-1": " ".join(["INS", "GCG", *(f"X{i}" for i in range(150))]),
}
PROCESSES = {
    "hormone secretion (GO:0046879)": "INS GCG SCG5 CPE TTR",
    "T cell activation (GO:0042110)": "CD3E CD3D CD28 LCK ZAP70",
}
PAIRS = (("INS", "CPE"), ("CPE", "INS"), ("INS", "INS"), ("CD3E", "CD3D"), ("INS", "ALB"))
REGULONS = (
    ("PAX6", "A", "INS", 1),
    ("INS", "B", "PAX6", -1),
    ("MAFA", "C", "INS", 1),
    ("ISL1", "E", "INS", 1),
)


def write_knowledge(folder: Path) -> Path:
    """Write the tables under the names of the catalogue and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, library in (
        ("Reactome_2016.gmt", PATHWAYS),
        ("GO_Biological_Process_2021.gmt", PROCESSES),
    ):
        lines = ["\t".join([term, "", *genes.split()]) for term, genes in library.items()]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    header = "Entrez Gene IDA\tSymbol A\tEntrez Gene IDB\tSymbol B\n"
    pairs = "".join(f"1\t{a}\t2\t{b}\n" for a, b in PAIRS)
    (folder / "HI-II-14.tsv").write_text(header + pairs, encoding="utf-8")
    regulons = "".join("\t".join(map(str, row)) + "\n" for row in REGULONS)
    (folder / "dorothea_human.tsv").write_text(
        f"tf\tconfidence\ttarget\tmor\n{regulons}", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="session")
def knowledge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of annotation about the synthetic atlas, written once."""
    return write_knowledge(tmp_path_factory.mktemp("knowledge"))


@pytest.fixture
def fresh_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nobody set anything: only the annotation that ships; gives its folder."""
    shipped = REPOSITORY / "data" / "annotation"
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MUSEGNN_SHIPPED", str(shipped))
    return shipped
