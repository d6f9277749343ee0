"""How soon the shipped atlas can be seen; `python -m benchmarks.first_map` measures it in full."""

import pytest

from musegnn.settings import REPOSITORY
from tests.e2e.browser import dashboard

pytestmark = pytest.mark.e2e

FIRST_MAP_SECONDS = 6  # the aim is 3 on a quiet machine
RECOLOUR_SECONDS = 3  # the aim is 1
FIRST_PAGE_BYTES = 6_000_000
PAYLOAD_MB_PER_100K = 2.2


def test_map_of_the_shipped_atlas_is_seen_soon(browser, report_number):
    from benchmarks.first_map import measure_visit

    with dashboard(REPOSITORY / "data" / "atlas") as address:
        measure_visit(browser, address)  # warms the server
        visit = min(
            (measure_visit(browser, address) for _ in range(3)),
            key=lambda one: one["first_map_seconds"],
        )
    for name, value in visit.items():
        report_number(name, value)
    assert visit["first_map_seconds"] <= FIRST_MAP_SECONDS
    assert visit["recolour_seconds"] <= RECOLOUR_SECONDS
    assert visit["bytes_first_page"] <= FIRST_PAGE_BYTES


def test_map_of_100_000_points_is_small(report_number):
    pytest.importorskip("playwright.sync_api", reason="needs playwright")
    from benchmarks.first_map import payload_mb_per_100k
    from tests.ui_fixtures import make_large_embedding

    size = payload_mb_per_100k(make_large_embedding(100_000))
    report_number("payload_mb_per_100k", size)
    assert size <= PAYLOAD_MB_PER_100K
