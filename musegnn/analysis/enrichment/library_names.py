"""Names of a user's own gene sets: of which kind they are, and which genes of a set they mean.

Libraries name genes by symbols of any species, Ensembl ids or ids of Entrez Gene. Tests count genes
of the set alone: a library of another kind of names would be tested as an empty one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import InputError
from musegnn.io.gene_style import ANY_ENSEMBL
from musegnn.validation import format_list

_MOST_NAMES: Final = 200_000  # no species has as many genes; looking them up takes seconds
_TOLD: Final = 0.05  # share of matched names from which their kind is told
_SYMBOLS: Final = "symbols"
_CASE: Final = "symbols in other letters"
_PLURALS: Final = {
    "symbol": _SYMBOLS,
    "Ensembl id": "Ensembl ids",
    "Entrez id": "ids of Entrez Gene",
    "common name": "symbols of orthologs",
    "alias": "aliases",
    "previous symbol": "previous symbols",
    "current symbol": "newer symbols",
}
_UNSURE: Final = frozenset({"alias", "previous symbol"})


@dataclass(frozen=True)
class LibraryNames:
    """What the names of a library mean in an atlas.

    Parameters
    ----------
    terms
        Term -> genes, by the names of ortholog groups where the atlas has them.
    sentence
        Of which kind the names are, how many the atlas has, and what became of the others.
    """

    terms: dict[str, frozenset[str]]
    sentence: str


def translate_names(terms: Mapping[str, Collection[str]], *, atlas: Atlas) -> LibraryNames:
    """Lead the names of a library to the genes of an atlas, and say how many were led there.

    Names that may mean several genes stay as they are, as do those that the atlas does not have.

    Parameters
    ----------
    terms
        Term -> names as they stand in the file: of any kind, also of several.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If the atlas has none of them, or there are more than any species has genes.
    """
    names = sorted(set[str]().union(*terms.values()))
    if len(names) > _MOST_NAMES:
        msg = f"Expected gene sets of at most {_MOST_NAMES:,} names, found {len(names):,}."
        raise InputError(msg, "Take the terms that you need.")
    groups = set(map(str, atlas.search.ortholog_groups))
    symbols = groups | set(map(str, atlas.embedding.genes[keys.GENE]))
    kinds: Counter[str] = Counter()
    renamed: dict[str, str] = {}
    left: dict[str, list[str]] = {"absent": [], "unknown": [], "ambiguous": []}
    for name in names:
        if name in groups:
            renamed[name] = name
            kinds[_SYMBOLS] += 1
            continue
        match = atlas.search.find(name, suggest=False)
        if match.status != "found":
            left[match.status].append(name)
        elif match.also and match.matched_by in _UNSURE:
            left["ambiguous"].append(name)
        else:
            renamed[name] = match.gene
            is_cased = match.matched_by == "symbol" and name not in symbols
            kinds[_CASE if is_cased else _PLURALS.get(match.matched_by, match.matched_by)] += 1
    if not renamed:
        _raise_none(names)
    return LibraryNames(
        {term: frozenset(renamed.get(name, name) for name in own) for term, own in terms.items()},
        " ".join(_sentences(kinds, left, _n_empty(terms, renamed), len(terms))),
    )


def _n_empty(terms: Mapping[str, Collection[str]], renamed: Mapping[str, str]) -> int:
    """Count the terms without a gene of the atlas."""
    return sum(renamed.keys().isdisjoint(names) for names in terms.values())


def _sentences(
    kinds: Counter[str], left: Mapping[str, list[str]], n_empty: int, n_terms: int
) -> Iterator[str]:
    """Say what was matched, what was not, and which terms cannot be tested."""
    matched = kinds.total()
    number = matched + sum(map(len, left.values()))
    usual = [kind for kind, many in kinds.most_common() if many >= _TOLD * matched]
    yield (
        f"Genes are named by {format_list(usual)}: {matched:,} of {number:,} "
        "names are genes of this atlas."
    )
    rest = []
    if left["absent"]:
        rest.append(f"{len(left['absent']):,} known but not in it")
    if left["unknown"]:
        rest.append(f"{len(left['unknown']):,} unknown ({_some(left['unknown'])})")
    if left["ambiguous"]:
        rest.append(f"{len(left['ambiguous']):,} of several meanings ({_some(left['ambiguous'])})")
    if rest:
        yield f"Others: {format_list(rest)}."
    if n_empty:
        yield f"Terms without a gene of this atlas: {n_empty:,} of {n_terms:,}."


def _some(names: list[str]) -> str:
    """Return the first names of a list."""
    return format_list(names, limit=3)


def _raise_none(names: list[str]) -> NoReturn:
    """Say of which kind names are that the atlas does not have."""
    if all(name.isdecimal() for name in names):
        kind = "numbers such as ids of Entrez Gene, none of which is known here"
        hint = "Ids of Entrez Gene need an annotation folder; symbols and Ensembl ids do not."
    elif sum(bool(ANY_ENSEMBL.match(name)) for name in names) > len(names) / 2:
        kind = "Ensembl ids, of which it has none"
        hint = "Give ids or symbols of one of its species."
    else:
        kind = "names of which it has none"
        hint = "Give sets of symbols or Ensembl ids of one of its species."
    msg = f"Expected gene sets that name genes of the atlas, found {kind} ({_some(names)})."
    raise InputError(msg, hint)
