"""The sorted index of names, compared with dictionaries of Python."""

import numpy as np
import pandas as pd
import pytest

from musegnn.embeddings.name_index import NameIndex, index_names

PLAIN = ["INS", "ins", "Ins2", "CD3E", "b", "a", "HLA-DRA", "x1", "x10", "x2"]
LETTERS = [*PLAIN, "Straße", "STRASSE", "İ1", "µA", "ÅB", "åb", "δ2", "\U0001f9ec"]


def make_genes(names, n_rows=400, *, seed=0):
    rng = np.random.default_rng(seed)
    symbols = rng.choice(names, n_rows)
    kinds = rng.choice(["human", "mouse"], n_rows)
    common = [
        f"{kind}:{name}" if name in names[::3] else name.upper()
        for kind, name in zip(kinds, symbols, strict=True)
    ]
    return pd.DataFrame(
        {
            "gene": symbols.astype(object),
            "gene_id": [
                f"ensg{names.index(name):03d}" if names.index(name) % 4 else "" for name in symbols
            ],
            "common_gene": common,
            "ortholog": ["" if name in names[1::2] else name.upper() for name in symbols],
        }
    )


def naive(genes):
    """Groups by each kind of name, and rows by group."""
    found = {"symbols": {}, "folded": {}, "ids": {}, "common": {}, "rows": {}}
    for row, (gene, number, common, ortholog) in enumerate(genes.itertuples(index=False)):
        group = ortholog or common.partition(":")[2] or common
        found["symbols"].setdefault(gene, set()).add(group)
        found["folded"].setdefault(gene.casefold(), set()).add(group)
        if number:
            found["ids"].setdefault(number.upper(), set()).add(group)
        found["common"].setdefault(common.casefold(), set()).add(group)
        found["common"].setdefault(group.casefold(), set()).add(group)
        found["rows"].setdefault(group, []).append(row)
    return found


@pytest.mark.parametrize("names", [PLAIN, LETTERS], ids=["plain", "all letters"])
@pytest.mark.parametrize("kind", ["object", "category", "string"])
def test_every_name_leads_where_a_dictionary_leads(names, kind):
    genes = make_genes(names)
    dtype = pd.StringDtype("pyarrow", na_value=np.nan) if kind == "string" else kind
    index = index_names(genes.astype(dtype))
    expected = naive(genes)
    for copy in (index, NameIndex.from_arrays(index.to_arrays())):
        for key in ("symbols", "folded", "ids", "common"):
            table = getattr(copy, key)
            assert list(table.names) == sorted(expected[key])
            for name, groups in expected[key].items():
                assert copy.groups(table, name) == groups
            assert not copy.groups(table, "not there")
        assert list(copy.group_names) == sorted(expected["rows"])
        for group, rows in expected["rows"].items():
            assert copy.rows_of((group,)).tolist() == rows
        assert copy.rows_of(("not there",)).tolist() == []
        two = list(expected["rows"])[-1:] + list(expected["rows"])[:1]
        together = sorted({row for group in two for row in expected["rows"][group]})
        assert copy.rows_of([*two, two[0], "not there"]).tolist() == together
        assert copy.groups_of_rows.tolist() == [
            next(group for group, rows in expected["rows"].items() if row in rows)
            for row in range(len(genes))
        ]


def test_a_set_without_rows_has_no_names():
    index = index_names(make_genes(PLAIN).iloc[:0])
    assert len(index.group_names) == 0
    assert index.groups(index.symbols, "INS") == set()
    assert index.near("INS") == []


def test_half_a_letter_is_no_letter():
    genes = make_genes(PLAIN, 3)
    genes.loc[0, "gene"] = "a\ud800"
    assert "a?" in list(index_names(genes).symbols.names)


def test_among_many_names_those_that_begin_alike_are_offered():
    many = [f"G{number:06d}" for number in range(60_000)]
    genes = pd.DataFrame({"gene": many, "gene_id": "", "common_gene": many, "ortholog": ""})
    near = index_names(genes).near("g030000x")
    assert "G030000" in near
    assert len(near) < 5000
