"""Take the pictures of all pages that the documents show, from what ships and without annotation.

`python -m benchmarks.pictures [-o docs/images] [--only Atlas Gene] [--dark] [--width 1400]` takes a
PNG of at most 150 KB a page. Needs playwright, Chromium and Pillow.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from musegnn.screens.shell.screen import screens
from tests.e2e.browser import ARGUMENTS, CHROMIUM, dashboard, settle

ROOT: Final = Path(__file__).resolve().parents[1]
MOST_BYTES: Final = 150_000
HEIGHT: Final = 900
# a question for each page whose answer ships; a page that opens with one has none
_ISLET: Final = "gene=INS&dataset=human_pancreas_baron"
ASKED: Final[dict[str, str]] = {
    "Atlas": "gene=CD3E&colour=tissue",
    "Gene": _ISLET,
    "Tissues": "gene=INS",
    "Compare": "left=human_pancreas_baron&right=mouse_pancreas_baron",
    "Lineages": "cell_colour=pseudotime",
    "Enrichment": "gene=CD79A&dataset=human_pbmc_facs10x&enrichment_kind=neighbours",
    "Causal": "gene=CD79A&dataset=human_pbmc_facs10x&causal_kind=neighbours",
    "Drugs": "drugs_ask=signature&drug_example=stress",
    "Properties": "properties_of=CC(%3DO)Oc1ccccc1C(%3DO)O%20aspirin",
    "Matching": "match_ask=molecule&match_molecule=dexamethasone",
    "Labels": "gene=INS&dataset=human_pancreas_baron&labels_kind=neighbours",
}
_MAP, _PLOT = ".gene-map[data-drawn]", ".js-plotly-plot .main-svg"
DRAWN: Final[dict[str, str]] = {  # a sign that what scripts draw is there
    **dict.fromkeys(("Atlas", "Compare", "Labels", "Lineages"), _MAP),
    **dict.fromkeys(("Gene", "Enrichment", "Benchmarks", "Modules"), _PLOT),
}


def address_of(name: str) -> str:
    """Return where a page stands with its question, behind the address of the server."""
    question = ASKED.get(name, "")
    return f"/{'' if name == 'Home' else name}{'?' if question else ''}{question}"


def open_page(tab: Page, address: str, name: str) -> None:
    """Open a page with its question, and wait until it is drawn to its end."""
    tab.goto(f"{address}{address_of(name)}")
    tab.locator("h1").first.wait_for(timeout=60_000)
    settle(tab)
    if name in DRAWN:
        tab.locator(DRAWN[name]).first.wait_for(state="attached", timeout=60_000)
    settle(tab)
    tab.wait_for_timeout(700)  # what is drawn fades in


def shrunk(picture: bytes, most: int = MOST_BYTES) -> bytes:
    """Return a PNG of few colours, as many as fit the size.

    Raises
    ------
    ValueError
        If even 8 colours do not fit.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for n_colours in (256, 128, 64, 32, 16, 8):
        made = io.BytesIO()
        # of the ways to choose few colours, the one that keeps those of small marks
        few = image.quantize(n_colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(made, "PNG", optimize=True)
        if len(made.getvalue()) <= most:
            return made.getvalue()
    raise ValueError(f"Expected a picture of at most {most:,} bytes, found none so small.")  # noqa: EM102


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--only", nargs="*", default=[], help="names of pages")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int, default=1400)
    parser.add_argument("--full", action="store_true", help="the whole page, not its first screen")
    options = parser.parse_args()
    names = [screen.name for screen in screens()]
    with (
        tempfile.TemporaryDirectory() as cache,
        sync_playwright() as driver,
        dashboard(ROOT / "data" / "atlas", {"XDG_CACHE_HOME": cache}) as address,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        tab = browser.new_context(
            viewport={"width": options.width, "height": HEIGHT},
            color_scheme="dark" if options.dark else "light",
        ).new_page()
        for name in names:
            if options.only and name not in options.only:
                continue
            open_page(tab, address, name)
            if options.full:
                tall = tab.evaluate(
                    "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
                )
                tab.set_viewport_size({"width": options.width, "height": min(tall + 60, 6000)})
                tab.wait_for_timeout(1500)
            path = options.output / f"{name.lower()}.png"
            path.write_bytes(shrunk(tab.screenshot(), 10**9 if options.full else MOST_BYTES))
            print(f"{path.name}: {path.stat().st_size:,} bytes", flush=True)
            tab.set_viewport_size({"width": options.width, "height": HEIGHT})
        browser.close()


if __name__ == "__main__":
    main()
