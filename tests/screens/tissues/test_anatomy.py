"""The drawings: every tissue of the atlas has a place, marks and names do not hide each other."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from musegnn.screens.shell.theme import DARK, LIGHT
from musegnn.screens.tissues.anatomy import ABSENT, ASKED, ORGANS, OTHER, organ_of, place_pools
from musegnn.screens.tissues.figure_anatomy import plot_anatomy
from musegnn.settings import REPOSITORY
from tests.screens.tissues.test_page import make_view
from tests.ui_fixtures import make_embedding

SHIPPED = sorted(
    set(pd.read_csv(REPOSITORY / "data" / "datasets.tsv", sep="\t")["tissue"].dropna())
)


@pytest.mark.parametrize("tissue", SHIPPED)
def test_every_tissue_that_ships_has_a_place(tissue):
    assert organ_of(tissue) is not None


@pytest.mark.parametrize(
    ("tissue", "like"),
    [
        ("Bone Marrow", "bone marrow niche"),
        ("cerebellum", "Cerebellar cortex"),
        ("breast tumour", "mammary gland"),
        ("lymph node", "Lymph nodes"),
        ("heart (fetal)", "Cardiomyocytes"),
    ],
)
def test_names_of_one_organ_share_its_place(tissue, like):
    assert organ_of(tissue) is organ_of(like) is not None


def test_a_word_that_is_no_organ_has_no_place():
    assert organ_of("sample 7") is None


def test_marks_say_what_was_asked_what_is_like_it_and_what_is_absent():
    company, _ = make_view()
    marks = place_pools(company, make_embedding()).set_index("pool")
    asked = company.pools["pool"].iloc[0]
    assert (marks["role"] == ASKED).sum() == 1
    assert marks.loc[asked, "role"] == ASKED
    agreement = company.pools.set_index("pool")["to_asked"]
    for row in marks[marks["role"] == OTHER].itertuples():
        assert row.value == pytest.approx(agreement[row.Index], nan_ok=True)
    assert set(marks.index[marks["role"] == ABSENT]) <= set(company.absent)
    assert not marks.duplicated(["body", "x", "y"]).any()


def test_what_is_not_pooled_by_tissue_has_no_drawing():
    company, _ = make_view()
    other = type(company)(**{**vars(company), "by": "modality"})
    assert place_pools(other, make_embedding()).empty


@pytest.mark.parametrize("on", [LIGHT, DARK])
def test_names_stand_apart_and_inside(on):
    marks = pd.DataFrame(
        [
            (f"<b>{organ.words}", body, *getattr(organ, body), value, role, "<i>x")
            for body in ("human", "mouse")
            for organ, value, role in zip(
                ORGANS, np.linspace(-0.2, 1.2, len(ORGANS)), itertools.cycle([OTHER, ABSENT])
            )
        ],
        columns=["pool", "body", "x", "y", "value", "role", "hover"],
    )
    figure = plot_anatomy(marks, on=on)
    names = pd.DataFrame([(a.x, a.y, a.text) for a in figure.layout.annotations])
    assert len(names) == len(marks)
    assert not names[2].str.contains("<b>|<i>").any()
    for _, column in names.groupby(0):
        gaps = np.diff(np.sort(column[1]))
        assert gaps.min() > 5
    low, high = sorted(figure.layout.yaxis.range)
    assert names[1].between(low, high).all()
    assert len(figure.layout.shapes) == 12
    alone = plot_anatomy(marks[marks["body"] == "human"], on=on)
    assert alone.layout.xaxis.range[1] < figure.layout.xaxis.range[1]
