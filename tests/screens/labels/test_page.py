from pathlib import Path

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
