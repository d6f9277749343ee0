from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.ui_fixtures import MODULES


@pytest.fixture
def page(atlas_folder, monkeypatch):
    monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
    return AppTest.from_file(
        str(Path(__file__).resolve().parents[3] / "pages/10_Labels.py"), default_timeout=60
    )


def texts(page):
    return " ".join(str(entry.value) for kind in (page.markdown, page.caption) for entry in kind)


def test_without_genes_the_page_says_what_to_do(page):
    page.query_params["labels_kind"] = "list"
    page.run()
    assert not page.exception
    assert not page.dataframe
    assert "paste" in texts(page).casefold()


def test_a_list_is_scored_and_classified(page, work_here):
    page.query_params["labels_kind"] = "list"
    page.query_params["list"] = ",".join(MODULES["islet"].split()[:20])
    page.run()
    assert not page.exception
    assert not page.error
    shown = texts(page)
    assert "contexts these genes lie closer together" in shown
    assert "Benjamini and Hochberg" in shown
    page.button(key="labels_start").click().run()
    assert not page.exception
    assert "AUROC" in texts(page)
    assert "by degree and expression alone" in texts(page)


def test_neighbours_are_not_tested_where_they_were_found(page):
    page.query_params["gene"] = "CD3E"
    page.query_params["dataset"] = "blood_human"
    page.query_params["labels_kind"] = "neighbours"
    page.run()
    assert not page.exception
    assert "**Circular in Blood, human.**" in page.warning[0].value
    table = next(item.value for item in page.dataframe if "is_circular" in item.value)
    own = table.set_index("context").loc["blood_human"]
    assert own["is_circular"]
    assert np.isnan(own["q"])
    assert own["z"] > 5  # what would have been called a finding
    others = table[~table["is_circular"]]
    assert len(others) > 1
    assert others["q"].notna().all()
    n_kept = ((others["q"] < 0.05) & (others["cohesion"] > others["expected"])).sum()
    assert f"In {n_kept} of {len(others)} other contexts" in texts(page)
    assert "blood_human" not in page.selectbox(key="_labels_left").value
    # the same genes as a list from elsewhere ask a fair question
    fair = AppTest.from_file(page._script_path, default_timeout=60)
    fair.query_params["labels_kind"] = "list"
    fair.query_params["list"] = ",".join(MODULES["islet"].split()[:20])
    fair.run()
    assert not fair.warning


def test_points_of_the_map_are_warned_of(page):
    page.query_params["labels_kind"] = "cluster"
    page.query_params["cluster"] = "1"
    page.run()
    assert not page.exception
    assert "Circular in" in page.warning[0].value


def test_a_classification_is_found_again_after_a_reload(page, work_here):
    page.query_params["labels_kind"] = "list"
    page.query_params["list"] = ",".join(MODULES["islet"].split()[:20])
    page.run()
    page.button(key="labels_start").click().run()
    shown = [table.value for table in page.dataframe]
    again = AppTest.from_file(page._script_path, default_timeout=60)  # another session
    again.query_params["labels_kind"] = "list"
    again.query_params["list"] = ",".join(MODULES["islet"].split()[:20])
    again.run()
    assert "by degree and expression alone" in texts(again)
    assert len(again.dataframe) == len(shown)
    for before, after in zip(shown, again.dataframe, strict=True):
        assert before.equals(after.value)
    assert len(list(work_here.glob("*-label_classifier-*"))) == 1


def test_a_failed_classification_says_why(page, work_here):
    page.query_params["labels_kind"] = "list"
    page.query_params["list"] = ",".join(MODULES["islet"].split()[:3])
    page.run()
    page.button(key="labels_start").click().run()
    assert not page.exception
    assert "at least" in page.error[0].value
