"""Mitochondrial genes that ortholog tables lack: the RNA genes of the human mitochondrion.

Source: Ensembl, human chromosome MT. Protein genes are in every ortholog table; these are not, and
without them a file that names genes by id would keep mitochondrial counts.
"""

from __future__ import annotations

from typing import Final

MITOCHONDRIAL_RNA: Final[dict[str, str]] = {
    "ENSG00000209082": "MT-TL1",
    "ENSG00000210049": "MT-TF",
    "ENSG00000210077": "MT-TV",
    "ENSG00000210082": "MT-RNR2",
    "ENSG00000210100": "MT-TI",
    "ENSG00000210107": "MT-TQ",
    "ENSG00000210112": "MT-TM",
    "ENSG00000210117": "MT-TW",
    "ENSG00000210127": "MT-TA",
    "ENSG00000210135": "MT-TN",
    "ENSG00000210140": "MT-TC",
    "ENSG00000210144": "MT-TY",
    "ENSG00000210151": "MT-TS1",
    "ENSG00000210154": "MT-TD",
    "ENSG00000210156": "MT-TK",
    "ENSG00000210164": "MT-TG",
    "ENSG00000210174": "MT-TR",
    "ENSG00000210176": "MT-TH",
    "ENSG00000210184": "MT-TS2",
    "ENSG00000210191": "MT-TL2",
    "ENSG00000210194": "MT-TE",
    "ENSG00000210195": "MT-TT",
    "ENSG00000210196": "MT-TP",
    "ENSG00000211459": "MT-RNR1",
}
