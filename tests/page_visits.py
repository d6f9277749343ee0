"""Run a page of the dashboard without a browser, and read what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from musegnn.screens.shell.screen import ATLAS, screens

PAGES = tuple(Path(screen.file).stem for screen in screens())
NEEDING_AN_ATLAS = tuple(Path(screen.file).stem for screen in screens() if ATLAS in screen.needs)
PAGES_FOLDER = Path(__file__).resolve().parents[1] / "pages"
TIMEOUT = 60  # seconds; the first page of a process imports everything


def visit_page(
    name: str, *, query: Mapping[str, str] | None = None, session: Mapping[str, Any] | None = None
) -> AppTest:
    """Open a page by the name of its file, with a link and with what the session knows already."""
    page = AppTest.from_file(str(PAGES_FOLDER / f"{name}.py"), default_timeout=TIMEOUT)
    for key, value in (query or {}).items():
        page.query_params[key] = value
    for key, value in (session or {}).items():
        page.session_state[key] = value
    return page.run()


def texts(page: AppTest) -> str:
    """Return everything that is written on a page but for its titles and widgets."""
    kinds = (page.markdown, page.caption, page.error, page.warning, page.info, page.subheader)
    return "\n".join(str(item.value) for kind in kinds for item in kind)


def picture_file(page: AppTest, key: str) -> dict[str, Any]:
    """Return what the camera button of a picture saves: `format` and `filename`."""
    charts = [chart.proto for chart in page.get("plotly_chart")]
    own = next(chart for chart in charts if f"-{key}" in chart.id)
    return json.loads(own.config).get("toImageButtonOptions", {})


def labels(page: AppTest) -> list[str]:
    """Return what stands on the buttons of a page."""
    return [button.label for button in page.button]
