"""A slice of `benchmarks.modules` on the shipped atlas."""

from benchmarks.modules import RIVALS, measure
from musegnn.analysis.modules.gene_modules import MODULES


def test_known_modules_are_found_in_the_shipped_atlas_and_rivals_stand_beside():
    names = ("G2M phase", "B cell", "myelin")
    asked = tuple(module for module in MODULES if module.name in names)
    answer = measure(asked, contexts=8, draws=49, seed=0)
    found = answer["modules"]
    assert set(found) == set(names)
    for module in found.values():
        assert set(module) == {"right", "elsewhere", *RIVALS}
    told = [part for part in found.values() if part["right"]["contexts"]]
    assert told
    for part in told:
        right = part["right"]
        assert right["auroc"] > 0.9
        assert right["near"] > 5 * right["near_chance"]
        assert right["called"] == right["contexts"]
        assert right["n"] >= 5 * right["contexts"]
    whole = answer["all"]
    assert whole["pairs"] >= len(told)
    for rival in RIVALS:
        lead = whole[rival]["auroc"]
        assert lead["low"] <= lead["difference"] <= lead["high"]
        assert lead["rival"] > 0.8
