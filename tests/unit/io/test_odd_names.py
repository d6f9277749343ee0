"""Names as programs leave them: prefixes, other cases, ids of small animals, tags beside genes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.io.choices import Choices
from musegnn.io.expression import Expression
from musegnn.io.features import INDEX, Features, offered_features, recognise_features
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.io.gene_tables import SHIPPED
from musegnn.io.spreadsheet_dates import mend_dates

SYMBOLS = [f"RPL{i}" for i in range(3, 23)]
KNOWN = GeneNames(tables=SHIPPED)


def recognised(names: list[str], **choices: str) -> Features:
    return recognise_features({INDEX: names}, Path("x.h5ad"), choices=Choices(**choices))


def current(names: list[str], species: str) -> list[str]:
    counts = sparse.csr_matrix(np.eye(len(names), dtype=np.float32))
    return harmonise(Expression(counts, names, [""] * len(names), {}), species, KNOWN)[0].genes


@pytest.mark.parametrize(
    "form",
    ["GRCh38-{}", "hg19_{}", "GRCh38______{}", "gene-{}", "gene:{}", "b'{}'", 'b"{}"', "'{}'"],
)
def test_what_a_program_put_around_all_names_is_taken_off(form: str) -> None:
    assert recognised([form.format(name) for name in SYMBOLS]).names == SYMBOLS


def test_two_genomes_with_dashes_ask() -> None:
    names = [f"hg19-{name}" for name in SYMBOLS] + [f"mm10-{n.capitalize()}" for n in SYMBOLS]
    with pytest.raises(DataFileError, match=r"found several: hg19 \(20\), mm10 \(20\)"):
        recognised(names)
    assert recognised(names, genome="hg19").names == SYMBOLS


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        *((tag, "antibody tags") for tag in ("ADT_CD3", "prot_CD4", "AB-CD19", "HTO_A", "HTO-1")),
        *((tag, "antibody tags") for tag in ("Hashtag1", "hashtag_2", "CMO301", "anti-human_CD3")),
        *((tag, "guides") for tag in ("CD3E_sgRNA1", "TP53-gRNA-2", "sgRNA_7", "non-targeting_12")),
    ],
)
def test_tags_and_guides_that_no_column_tells_are_left_out(tag: str, what: str) -> None:
    found = recognised([*SYMBOLS, tag])
    assert found.names == SYMBOLS
    assert f"features: 1 {what} left out ({tag})" in found.notes


def test_genes_that_sound_like_tags_stay() -> None:
    genes = ["adt-1", "adt-2", "ABCA1", "ABHD1", "PROTL1", "HTATIP2", "CMA1", "NTNG1"]
    assert recognised([*SYMBOLS, *genes]).names == [*SYMBOLS, *genes]


def test_peaks_beside_genes_are_left_out_without_a_column_of_kinds_and_can_be_taken() -> None:
    peaks = [f"chr1:{i}000-{i}500" for i in range(1, 11)]
    found = recognised([*SYMBOLS, *peaks])
    assert found.names == SYMBOLS
    assert found.recognised.left_out == {"Peaks": 10}
    assert recognised([*SYMBOLS, *peaks], features="Peaks").names == peaks
    assert offered_features({INDEX: [*SYMBOLS, *peaks]}).features == ("Gene Expression", "Peaks")


@pytest.mark.parametrize("species", ["worm", "fly", "rat", "mouse"])
def test_ids_of_any_animal_lead_to_symbols(species: str) -> None:
    table = SHIPPED[species]
    genes = [
        gene
        for gene in range(0, len(table), 97)
        if table.symbol(gene) and len(table.find_id(table.identifier(gene))) == 1
    ][:40]
    assert len(genes) == 40
    names = [table.identifier(gene) for gene in genes]
    assert current(names, species) == [table.symbol(gene) for gene in genes]


def test_an_id_that_no_symbol_is_known_of_stays_as_it_is() -> None:
    ids = [f"ENSRNOG{99_999_000_000 + i}" for i in range(20)]
    assert current(ids, "rat") == ids


@pytest.mark.parametrize(
    ("species", "write"),
    [
        ("human", str.lower),
        ("mouse", str.lower),
        ("mouse", str.upper),
        ("zebrafish", str.upper),
        ("worm", str.upper),
    ],
)
def test_names_in_another_case_get_that_of_their_species(species: str, write) -> None:
    table = SHIPPED[species]
    symbols = {
        "human": ["INS", "GCG", "CD3E", "C1orf112", "TP53"],
        "mouse": ["Ins1", "Gcg", "Cd3e", "Trp53", "Actb"],
        "zebrafish": ["ins", "sox2", "actb1", "tp53", "gata1a"],
        "worm": ["unc-54", "myo-3", "daf-16", "lin-12", "act-1"],
    }[species]
    symbols = [name for name in symbols if table.symbols_among([name])]
    assert len(symbols) >= 4
    assert current([write(name) for name in symbols], species) == symbols


@pytest.mark.parametrize("name", ["2.31E+13", "44261", "09/07/2023"])
def test_numbers_that_a_spreadsheet_made_of_names_are_told(name: str) -> None:
    names, notes = mend_dates([name, *SYMBOLS])
    assert names == [name, *SYMBOLS]
    assert f"stay as they are ({name}): mend them in the file" in notes[0]
    assert mend_dates([str(44_000 + i) for i in range(20)])[1] == ()  # ids of Entrez Gene
