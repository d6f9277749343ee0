"""A small folder of drugs whose targets, structures and signatures are planted.

Compounds of one family share a scaffold, two targets and the direction of their signature. Other
families share nothing but noise. DB0900 is DB0000 under another id, DB0901 left the signature of
DB0001 under another structure, and each family has molecules without a signature.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np

SCAFFOLDS = (
    ("KIN", "Cc1ccc(NC(=O)c2ccc(CN3CCN({})CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1"),
    ("ADR", "CC(C)NCC(O)COc1cccc2c1cccc2{}"),
    ("PTG", "CC(=O)Oc1ccccc1C(=O)O{}"),
    ("HTR", "CN(C)CCc1c[nH]c2ccc(OC{})cc12"),
    ("NRC", "CC12CCC3C(CCC4=CC(=O)CCC34C)C1CCC2OC(=O){}"),
)
SUBSTITUENTS = (
    "C",
    "CC",
    "CCC",
    "CCCC",
    "CCO",
    "CCN",
    "CCCl",
    "CCF",
    "CC(C)C",
    "CCOC",
    "CCCO",
    "CCS",
)
OUTSIDE = ("CCCCC", "CCCCCC", "CCCCO")
GENES = tuple(f"G{number}" for number in range(40))
N_LISTED = len(SCAFFOLDS) * len(SUBSTITUENTS)


def key_of(number: int) -> str:
    """First block of an invented InChIKey."""
    letters = "ABCDEFGHIJ"
    return "TESTMOLECU" + "".join(letters[int(digit)] for digit in f"{number:04d}")


def signature_of(family: int, rng: np.random.Generator) -> np.ndarray:
    """Direction of a family with noise; the last family leaves hardly any."""
    signature = rng.standard_normal(len(GENES))
    start = 8 * family
    signature[start : start + 4] += 2.0 if family == len(SCAFFOLDS) - 1 else 12.0
    signature[start + 4 : start + 8] -= 2.0 if family == len(SCAFFOLDS) - 1 else 12.0
    return signature.round(3)


def write_drugs(folder: Path, named: Mapping[str, str] | None = None) -> Path:
    """Write the tables under the names of the catalogue and return the folder.

    `named` gives some of the invented targets other symbols, such as those of an atlas.
    """
    called = dict(named or {})
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    drugs, hub, proteins, signatures = [], [], [], []
    symbols = [*GENES, *(f"{name}{n}" for name, _ in SCAFFOLDS for n in (1, 2, 3))]
    entrez = {symbol: str(1000 + at) for at, symbol in enumerate(symbols)}
    number = 0
    for family, (name, scaffold) in enumerate(SCAFFOLDS):
        for at, substituent in enumerate((*SUBSTITUENTS, *OUTSIDE)):
            smiles, key = scaffold.format(substituent), key_of(number)
            mine = "|".join(called.get(gene, gene) for gene in (f"{name}1", f"{name}{2 + at % 2}"))
            if at < len(SUBSTITUENTS):
                signatures.append((f"DB{number:04d}", signature_of(family, rng)))
                row = (f"DB{number:04d}", f"{name.lower()}ol {at}", "small molecule", "approved")
                drugs.append(
                    (*row, f"{'ABCDE'[family]}01AA{at:02d}", f"InChIKey={key}-AAAAAAAASA-N", "")
                )
                proteins.append(
                    (f"DB{number:04d}", "target", entrez[f"{name}1"], "Human", "inhibitor")
                )
                proteins.append((f"DB{number:04d}", "enzyme", entrez["G0"], "Human", "substrate"))
                proteins.append((f"DB{number:04d}", "target", entrez["G1"], "Yeast", ""))
            hub.append(
                (
                    *(f"BRD-K{number:08d}-001-01-1", f"{name.lower()}ol {at}", "Launched"),
                    *(f"{name} inhibitor", mine, "pain", smiles, f"{key}-AAAAAAAASA-N"),
                )
            )
            number += 1
    twin = drugs[0]
    drugs.append(("DB0900", *twin[1:]))
    signatures.append(("DB0900", signatures[0][1]))
    drugs.append(
        (
            "DB0901",
            "copycat",
            "small molecule",
            "approved",
            "",
            f"InChIKey={key_of(901)}-AAAAAAAASA-N",
            "",
        )
    )
    signatures.append(("DB0901", signatures[1][1]))
    _write(
        folder / "drugbank_all.tsv",
        ("drugbank_id", "name", "type", "groups", "atc_codes", "inchikey", "inchi"),
        drugs,
    )
    _write(
        folder / "repurposing_info.tsv",
        (
            "broad_id",
            "pert_iname",
            "clinical_phase",
            "moa",
            "target",
            "indication",
            "smiles",
            "InChIKey",
        ),
        hub,
    )
    _write(
        folder / "drugbank_proteins_targets.tsv",
        ("drugbank_id", "category", "entrez_gene_id", "organism", "actions", "pubmed_ids"),
        [(*row, "") for row in proteins],
    )
    _write(
        folder / "l1000_consensi_drugbank.tsv",
        ("perturbagen", *(entrez[gene] for gene in GENES)),
        [(name, *signature) for name, signature in signatures],
    )
    table = "symbol\tentrez\tentrez_mouse\tsymbol_mouse\n" + "".join(
        f"{called.get(symbol, symbol)}\t{number}\t\t\n" for symbol, number in entrez.items()
    )
    name = "nichenet_geneinfo_2022_human_mouse_orthologs.tsv.gz"
    (folder / name).write_bytes(gzip.compress(table.encode(), mtime=0))
    sets = [("first", 1), ("second", 2), ("third", 3)]
    lines = [
        "\t".join([f"{name} family", "", *(f"{name}{n}" for _, n in sets)]) for name, _ in SCAFFOLDS
    ]
    lines += [
        "\t".join([f"every {word}", "", *(f"{name}{n}" for name, _ in SCAFFOLDS)])
        for word, n in sets
    ]
    (folder / "Reactome_2016.gmt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _write(path: Path, header: tuple[str, ...], rows: list) -> None:
    lines = ["\t".join(header), *("\t".join(str(value) for value in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
