"""A look at many names at once finds what a look at each finds."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from musegnn.io import no_genes, plain_names
from musegnn.io.name_lines import NameLines
from musegnn.io.no_genes import leave_out
from musegnn.io.plain_names import clean_texts, id_places, plain_id, plain_ids

ID = "ENSG00000254647"
NAMES = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                *(
                    " INS",
                    "INS\n",
                    "nan",
                    "NA",
                    "",
                    "é",
                    "b'INS'",
                    '"INS"',
                    "X\u2028Y",
                    "FBgn0000008",
                ),
                *(
                    ID,
                    f"{ID}.7",
                    f"{ID}.7_PAR_Y",
                    f"{ID}_PAR_Y",
                    f"x{ID}",
                    f"{ID}x",
                    "ENSMUSG00000000001",
                ),
                *("__no_feature", "N_unmapped", "Unassigned_Ambiguity", "CD3_TotalSeqB", "HTO-1"),
                *("ADT_CD3", "hashtag 1", "CMO301", "non-targeting_1", "TP53-sgRNA2", "ERCC-00002"),
                *("Blank-1", "NegPrb1", "anti-human CD3", "antisense_A", "1-Mar", "CD3E", "ADTRP"),
                *("SystemControl1", "Intergenic_Region_1", "DeprecatedCodeword_1", "prot_CD3"),
            ]
        ),
    ),
    max_size=12,
)


@given(NAMES)
@example(names=["ENSMUSG00000000001", ""])
@example(names=["", "ENSMUSG00000000001"])
@example(names=[""])
def test_what_is_cleaned_is_what_one_by_one_would_be(names):
    assert clean_texts(names) == [plain_names._clean(name) for name in names]
    assert plain_ids(names) == [plain_id(name) for name in names]
    expected = [place for place, name in enumerate(names) if plain_names._ID.match(name)]
    assert id_places(names) == expected


@given(NAMES)
def test_what_is_left_out_is_what_one_by_one_would_be(names):
    kept = list(range(len(names)))
    for pattern in (no_genes._SUMMARY, no_genes._ANTIBODY, no_genes._GUIDE, no_genes._CONTROL):
        left = {place for place in kept if pattern.search(names[place])}
        if len(left) < len(kept):
            kept = [place for place in kept if place not in left]
    assert leave_out(names, list(range(len(names))))[0] == kept


@pytest.mark.parametrize("names", [[], [""], ["", ""], ["a"], ["a", ""], ["", "Ins"]])
def test_few_names_and_empty_ones(names):
    lines = NameLines(names)
    assert lines.rough(longest=0) == [place for place, name in enumerate(names) if not name]
    assert lines.beginning("I", shortest=2) == [i for i, name in enumerate(names) if name == "Ins"]
    assert lines.holding((b"in", b"ns")) == [i for i, name in enumerate(names) if name == "Ins"]
