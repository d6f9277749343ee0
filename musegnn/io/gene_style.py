"""How gene names look: which side of a table names genes, which species a name is written for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

ENSEMBL: Final = {
    "human": re.compile(r"ENSG\d{11}"),
    "mouse": re.compile(r"ENSMUSG\d{11}"),
    "lemur": re.compile(r"ENSMICG\d{11}"),
    "rat": re.compile(r"ENSRNOG\d{11}"),
    "marmoset": re.compile(r"ENSCJAG\d{11}"),
    "rhesus": re.compile(r"ENSMMUG\d{11}"),
    "cynomolgus": re.compile(r"ENSMFAG\d{11}"),
    "zebrafish": re.compile(r"ENSDARG\d{11}"),
    "fly": re.compile(r"FBgn\d{7}"),
    "worm": re.compile(r"WBGene\d{8}"),
}
_OF_ANY: Final = re.compile(
    "|".join(f"(?P<{species}>{pattern.pattern})" for species, pattern in ENSEMBL.items())
)
ANY_ENSEMBL: Final = re.compile(
    r"^(?:ENS(?:[A-Z]{3,4})?G\d{11}|FBgn\d{7}|WBGene\d{8})(?:[._-].*)?$"
)
# species whose symbols are written in capitals, and those that are written as in mouse
CAPITALS: Final = frozenset({"human", "lemur", "marmoset", "rhesus", "cynomolgus"})
CAPITALISED: Final = frozenset({"mouse", "rat"})
MOUSE_STYLE: Final = re.compile(
    r"^(?:[A-Z][a-z0-9]*[a-z][A-Za-z0-9.\-]*|\d{4,}[A-Z]\d+Rik\d?|mt-.*)$"
)
HUMAN_STYLE: Final = re.compile(r"^[A-Z][A-Z0-9]*(?:orf\d+)?(?:[-._][A-Za-z0-9.]+)*$")
REGION: Final = re.compile(
    r"^(?P<chromosome>.+?)[:_.\s-](?P<start>\d+|\d{1,3}(?:,\d{3})+)(?:\.\.|[-_.\s])"
    r"(?P<end>\d+|\d{1,3}(?:,\d{3})+)$"
)

# barcodes (with a prefix or suffix), spots such as 10x13, wells, serial names
_CELL = re.compile(
    r"^(?:.*[_:#.-])?[ACGTN]{8,}(?:[_.:#-].*)?$"
    r"|^\d+(?:[x_.-]\d+)*$"
    r"|^(?:[A-P]\d{1,2}|[CSX]\d+)$"
    r"|^(?:cell|barcode|spot|sample|bead|nucleus|well|obs)s?(?:[ _.:-]\w*|\d\w*)$",
    re.IGNORECASE,
)
# families that any annotation of a vertebrate holds, in any letters, and clones of fish
_FAMILY = re.compile(
    r"^(?:rp[ls]p?\d+[axyl]*\d*|mt-\w+|zn?fp?\d+\w*|slc\d+a\d+|tmem\d+\w*|krt\d+\w*|col\d+a\d+"
    r"|hla-\w+|h2-\w+|linc\d+|loc\d+|gm\d+|\d{4,}[a-z]\d+rik\d?|olfr\d+|or\d+[a-z]+\d+p?"
    r"|cd\d+\w?|il\d+\w*|ccl\d+\w*|cxcl\d+\w*|fam\d+\w*|mir\d+\w*|hist\d\w+|(?:ercc)-\d{5}"
    r"|(?:si|zgc|wu|zmp|im|sb|cabz)(?::\s?|\d{6})[\w.\-]+(?: \(\d+ of many\))?)$",
    re.IGNORECASE,
)
MOST_GENES, FEW_GENES = 0.7, 0.3  # shares of names of genes that tell that sides are exchanged
_MOST_NAMES = 1000  # names that are looked at, evenly spread; up to twice as many
_FEWEST_IDS = 10
_DIGITS = str.maketrans("", "", "0123456789")
_SERIAL = 6  # from so many names on, one stem with running numbers is a serial, not genes


def species_of_id(name: str) -> str:
    """Return the species whose gene id a name holds, "" for none.

    >>> species_of_id("INS_ENSG00000254647")
    'human'
    """
    match = _OF_ANY.search(name)
    return (match.lastgroup or "") if match else ""


def is_id(name: str) -> bool:
    """True for a gene id of a known species and nothing else."""
    return _OF_ANY.fullmatch(name) is not None


def gene_share(names: Sequence[str]) -> float:
    """Share of names, 0 to 1, that look like genes of human, mouse or lemur, or like peaks.

    Barcodes, spots, wells and serials such as `WT_1`, `WT_2` do not count as genes.
    """
    return _gene_share(tuple(_sample(names)))


@lru_cache(maxsize=16)  # a file is asked about the same lists several times
def _gene_share(sample: tuple[str, ...]) -> float:
    """Share of names that look like genes, see `gene_share`."""
    if not sample:
        return 0.0
    stems = Counter(map(_stem, sample)) if len(sample) >= _SERIAL else Counter[str]()
    serial = {stem for stem, number in stems.items() if number > len(sample) / 2}
    return sum(_is_gene(name, serial) for name in sample) / len(sample)


def _is_gene(name: str, serial: set[str]) -> bool:
    """True for what looks like a gene and is no number of a serial of such stems."""
    is_styled = HUMAN_STYLE.match(name) or MOUSE_STYLE.match(name)
    if is_styled and not _CELL.match(name) and not (serial and _stem(name) in serial):
        return True
    return _is_sure(name)


def are_entrez(names: Sequence[str]) -> bool:
    """True for whole numbers that are no running numbers: ids of Entrez Gene."""
    if len(names) < _FEWEST_IDS or not all(name.isdecimal() for name in names):
        return False
    numbers = {int(name) for name in names}
    # running numbers fill their range, ids are spread over millions
    return len(numbers) == len(names) and max(numbers) > 10 * len(names)


def sure_share(names: Sequence[str]) -> float:
    """Share of names, 0 to 1, that can be nothing but genes or peaks: ids, large families."""
    sample = _sample(names)
    return sum(map(_is_sure, sample)) / max(len(sample), 1)


def _is_sure(name: str) -> bool:
    """True for what holds an Ensembl id, regions of a chromosome and members of large families."""
    holds_id = ANY_ENSEMBL.match(name) or _OF_ANY.search(name)
    return bool(holds_id or is_region(name) or _FAMILY.match(name))


def is_region(name: str) -> bool:
    """True for `chr1:100-200` and the like; 1_2_3 is a spot."""
    if ":" not in name and not name.lower().startswith(("chr", "gl", "ki", "jh")):
        return False
    match = REGION.match(name)
    return match is not None and base(match["start"]) < base(match["end"])


def base(text: str) -> int:
    """Return a place on a chromosome, which may be written with commas between thousands."""
    return int(text.replace(",", ""))


def _stem(name: str) -> str:
    """Return a name without its digits."""
    return name.translate(_DIGITS)


def _sample(names: Sequence[str]) -> list[str]:
    """Names evenly spread over a list, without quotes around them."""
    step = max(1, len(names) // _MOST_NAMES)
    return [name.strip("'\"") for name in names[::step]]
