"""How much a first visit of the shipped atlas costs; `benchmarks.first_map` measures how long."""

import pytest

from musegnn.settings import REPOSITORY
from tests.e2e.browser import dashboard

pytestmark = pytest.mark.e2e

FIRST_PAGE_BYTES = 6_000_000
PAYLOAD_MB_PER_100K = 2.2


def test_first_page_of_the_shipped_atlas_is_small(browser, report_number):
    from benchmarks.first_map import measure_visit

    with dashboard(REPOSITORY / "data" / "atlas") as address:
        visit = measure_visit(browser, address)
    for name, value in visit.items():
        report_number(name, value)
    assert 0 < visit["bytes_first_page"] <= FIRST_PAGE_BYTES


def test_map_of_100_000_points_is_small(report_number):
    pytest.importorskip("playwright.sync_api", reason="needs playwright")
    from benchmarks.first_map import payload_mb_per_100k
    from tests.ui_fixtures import make_large_embedding

    size = payload_mb_per_100k(make_large_embedding(100_000))
    report_number("payload_mb_per_100k", size)
    assert size <= PAYLOAD_MB_PER_100K
