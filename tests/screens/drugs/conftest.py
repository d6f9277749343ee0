"""The Drugs page with planted tables; a file may give planted targets other symbols (`NAMED`)."""

from __future__ import annotations

import pytest

from tests.drug_folder import write_drugs
from tests.page_visits import visit_page


@pytest.fixture(scope="module")
def folders(tmp_path_factory, request):
    """Folder of the tables, and of what is kept beside them."""
    named = getattr(request.module, "NAMED", None)
    return write_drugs(tmp_path_factory.mktemp("drugs"), named), tmp_path_factory.mktemp("cache")


@pytest.fixture
def open_drugs_page(folders, atlas_folder, monkeypatch):
    """Open the page with a link and with what the session knows already."""

    def run(query=None, session=None):
        monkeypatch.setenv("MUSEGNN_ATLAS", str(atlas_folder))
        monkeypatch.setenv("MUSEGNN_KNOWLEDGE", str(folders[0]))
        monkeypatch.setenv("XDG_CACHE_HOME", str(folders[1]))
        return visit_page("14_Drugs", query=query, session=session)

    return run
