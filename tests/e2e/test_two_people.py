"""Two people ask on different pages of one server at once: neither sees what the other asked."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import settle

pytestmark = pytest.mark.e2e

# of each page: what its link asks, what stands there at the end, and what only its asker may read
PAGES = {
    "Atlas": ("gene={gene}&list={genes}", "{gene} lit in", "{gene} lit in"),
    "Gene": ("gene={gene}&dataset={context}", "{gene} in {heading}", "{gene} in {heading}"),
    "Properties": ("properties_of={smiles}%20{molecule}", "let the log odds fall by", "{molecule}"),
    "Compare": ("left={context}&right={other}", "{heading}", "{heading}"),
    "Drugs": ("drug={drug}", "Likeliest of", "{drug}"),
}
PEOPLE = (
    {
        "gene": "CD3E",
        "genes": "CD3E,CD4",
        "context": "blood_human",
        "other": "pancreas_human",
        "heading": "Blood, human",
        "drug": "imatinib",
        "molecule": "aspirin",
        "smiles": "CC(%3DO)Oc1ccccc1C(%3DO)O",
    },
    {
        "gene": "INS",
        "genes": "INS,IAPP",
        "context": "liver_human",
        "other": "heart_mouse",
        "heading": "Liver, human",
        "drug": "haloperidol",
        "molecule": "caffeine",
        "smiles": "Cn1cnc2c1c(%3DO)n(C)c(%3DO)n2C",
    },
)


def test_neither_sees_what_the_other_asked(visit, address):
    names = list(PAGES)
    pages = [visit(address) for _ in PEOPLE]
    both = list(zip(pages, PEOPLE, PEOPLE[::-1], strict=True))
    for step in range(len(names)):
        here = [names[(step + 2 * who) % len(names)] for who in range(len(PEOPLE))]
        for (page, own, _), name in zip(both, here, strict=True):  # both before either is answered
            link = PAGES[name][0].format(**own)
            page.tab.goto(f"{address}/{name}?{link}", wait_until="commit")
        for (page, own, other), name in zip(both, here, strict=True):
            _, sign, mark = PAGES[name]
            page.tab.get_by_text(sign.format(**own)).first.wait_for(timeout=60_000)
            settle(page.tab)
            text = page.tab.locator("[data-testid=stApp]").inner_text()
            assert mark.format(**own) in text, name
            assert mark.format(**other) not in text, name
            assert "could not be drawn" not in text, name
            assert page.tab.locator("[data-testid=stException]").count() == 0, name

    # genes that one selects are selected there alone
    first, second = pages
    for page, own, _ in both:
        page.open(f"/Atlas?gene={own['gene']}" + (f"&list={own['genes']}" if page is first else ""))
    for page in pages:
        settle(page.tab)
    first.wait("Number(d.selected) > 1")
    assert second.state()["selected"] == "0"
    for page, own, _ in both:
        box = page.tab.get_by_label("Find a gene", exact=True)
        expect(box).to_have_value(own["gene"])
        assert page.errors == []
