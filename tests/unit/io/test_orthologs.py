"""Lemur genes: the rule of the same symbol, and a table that a user brings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musegnn.errors import DataFileError, InputError
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.io.orthologs import read_orthologs
from tests.toy_counts import make_expression

HUMAN = GeneNames(symbols={"human": frozenset({"INS", "GCG", "SST", "PPY", "CHGA"})})
TABLE = "lemur,human\nINSA,INS\nDUP1,GCG\nDUP2,GCG\nSST,SST\nPPY,CHGA\nempty,\n"


@pytest.fixture
def names(tmp_path: Path) -> GeneNames:
    """Human symbols and a table of lemur orthologs."""
    (tmp_path / "lemur.csv").write_text(TABLE)
    return HUMAN.with_orthologs("lemur", read_orthologs(tmp_path / "lemur.csv"))


def test_the_same_symbol_is_the_common_name_and_this_is_said() -> None:
    expression = make_expression(np.ones((3, 3)), ["INS", "SST", "LOC105"])
    result, _, report = harmonise(expression, "lemur", HUMAN)
    common = [HUMAN.common_name(gene, "lemur") for gene in result.genes]
    assert common == ["INS", "SST", "lemur:LOC105"]
    assert HUMAN.human_ortholog("LOC105", "lemur") == ""
    assert (report.orthologs, report.same_symbol) == (0, 2)
    text = "\n".join(report.lines())
    assert "2 of 3 comparable across species" in text
    assert "2 of these by the rule that the human gene of the same symbol" in text


def test_without_tables_every_symbol_may_be_the_same() -> None:
    assert GeneNames().common_name("INS", "lemur") == "INS"
    assert GeneNames().common_name("INS", "mouse") == "mouse:INS"


def test_a_table_goes_before_the_rule(names: GeneNames) -> None:
    common = {gene: names.common_name(gene, "lemur") for gene in ("INSA", "DUP1", "SST", "PPY")}
    assert common == {"INSA": "INS", "DUP1": "lemur:DUP1", "SST": "SST", "PPY": "CHGA"}
    assert names.common_name("INS", "lemur") == "lemur:INS"  # INSA has that place
    assert names.human_ortholog("DUP1", "lemur") == "GCG"
    assert names.human_ortholog("INS", "lemur") == ""
    assert names.source == ("lemur.csv",)
    expression = make_expression(np.ones((3, 3)), ["INSA", "SST", "GCG"])
    assert harmonise(expression, "lemur", names)[2].orthologs == 2


def test_ids_of_lemur_are_known_and_those_of_others_refused() -> None:
    genes = [f"ENSMICG{i:011d}" for i in range(3)]
    result, _, _ = harmonise(make_expression(np.ones((3, 3)), genes), "lemur", HUMAN)
    assert result.gene_ids == genes
    with pytest.raises(InputError, match="Expected human gene names, found lemur ones"):
        harmonise(make_expression(np.ones((3, 3)), genes), "human", HUMAN)
    mouse = make_expression(np.ones((3, 3)), ["Ins1", "Gcg", "Sst"])
    with pytest.raises(InputError, match="Expected lemur gene names, found mouse ones"):
        harmonise(mouse, "lemur", HUMAN)


def test_a_table_without_header_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("INSA\tINS\nSST\tSST\n")
    table = read_orthologs(tmp_path / "a.tsv")
    assert table.one_to_one == table.ortholog_group == {"INSA": "INS", "SST": "SST"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found an empty file"),
        ("lemur\thuman\n", "Expected pairs of symbols, found none"),
        ("INSA\tINS\nSST\n", "Expected 2 columns in a table of orthologs, found 1 in row 2"),
    ],
)
def test_a_table_that_cannot_be_used_gives_one_sentence(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.tsv").write_text(text)
    with pytest.raises(DataFileError, match=message):
        read_orthologs(tmp_path / "a.tsv")
