"""The list of modules: textbook facts in a form that can be asked."""

import re

import pytest

from musegnn.analysis.modules.gene_modules import MODULES, GeneModule


def module(name):
    return next(one for one in MODULES if one.name == name)


def test_each_module_has_a_name_a_source_and_8_to_25_members_once():
    assert len({one.name for one in MODULES}) == len(MODULES)
    assert 21 <= len(MODULES) <= 32
    for one in MODULES:
        assert 8 <= len(one.members) <= 25, one.name
        assert len(set(one.members)) == len(one.members), one.name
        assert all(re.fullmatch(r"[A-Z0-9][A-Z0-9-]+", gene) for gene in one.members), one.name
        assert re.search(r" \((19|20)\d\d\)$", one.source), one.name


def test_no_two_modules_are_nearly_the_same():
    for first in MODULES:
        for second in MODULES:
            if first is not second:
                shared = set(first.members) & set(second.members)
                assert len(shared) <= 2, (first.name, second.name, shared)


@pytest.mark.parametrize(
    ("name", "tissue", "context", "acts"),
    [
        ("T cell", "blood", "human_pbmc4k_10x", True),
        ("T cell", "skin tumour", "human_melanoma_lymphnode_ST", True),
        ("T cell", "lung tumour lines", "celseq2", False),
        ("T cell", "Brain", "", False),
        ("ribosome", "anything at all", "x", True),
        ("cardiac sarcomere", "heart (iPSC-derived)", "", True),
        ("periportal liver", "deliverance", "", False),  # a word that only holds another
        ("G2M phase", "brain", "mouse_cortex_E17_dropseq", True),
        ("G2M phase", "brain", "mouse_cortex_snareseq_rna", False),
        ("beta cell", "pancreas tumour", "", False),
    ],
)
def test_where_a_module_acts_is_told_by_words(name, tissue, context, acts):
    assert module(name).acts_in(tissue, context) is acts


def test_a_module_without_tissues_acts_everywhere_but_where_it_is_said_not_to():
    own = GeneModule("own", ("INS", "GCG"), "mine (2020)", apart=("lines",))
    assert own.acts_in("liver")
    assert not own.acts_in("tumour lines")
