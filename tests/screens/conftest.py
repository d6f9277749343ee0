"""A page of the dashboard on the synthetic atlas, without a browser."""

from __future__ import annotations

import pytest

from tests.page_visits import visit_page


@pytest.fixture
def open_page(monkeypatch, atlas_folder):
    """Run a page alone on the synthetic atlas, or on another folder."""

    def run(name, folder=atlas_folder, query=None, session=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(folder))
        monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)
        return visit_page(name, query=query, session=session)

    return run
