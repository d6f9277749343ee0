"""Gene suggestions: what somebody who has typed the first letters may mean, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from musegnn.embeddings.gene_search import GeneSearch
from musegnn.validation import writable

MOST: Final = 8
_LONGEST: Final = 60  # letters of a full name


@dataclass(frozen=True)
class Suggestion:
    """A gene that may be meant.

    Parameters
    ----------
    name
        What finds it: its symbol.
    note
        Why it is offered: its full name, the other name that was typed, or the gene whose ortholog
        it is.
    """

    name: str
    note: str


def suggest_genes(search: GeneSearch, text: str, *, most: int = MOST) -> tuple[Suggestion, ...]:
    """Return genes of an atlas that may be meant by the letters typed so far, the best first.

    A name that is known whole comes first, whatever kind of name it is. Then come symbols that
    begin so, in all species, short ones first; then genes whose full name or a word of it does,
    then those of which another name does; where there is none of these, names that look like it.

    Parameters
    ----------
    search
        Names of the atlas.
    text
        What was typed.
    most
        Suggestions that are returned at most.
    """
    typed = writable(text).strip()
    if not typed:
        return ()
    found: dict[str, Suggestion] = {}

    def offer(name: str, gene: str, why: str) -> None:
        if name not in found and len(found) < most:
            species = gene.rpartition(":")[0]  # of a gene without a human ortholog
            parts = [part for part in (why, species, search.full_name(gene)) if part]
            found[name] = Suggestion(name, _short("; ".join(parts)))

    match = search.find_whole(typed)
    if match.matched_by != "symbol":
        for gene in (match.gene,) if match.status == "found" else match.choices:
            why = "" if match.matched_by == "full name" else f"{match.matched_by} {typed}"
            offer(_symbol_of(search, gene), gene, why)
    if match.status == "absent":  # the Gene page says why, and what is near it
        for gene in match.also[:most] or (typed,):
            offer(gene, gene, "in no context here")
    for symbol, gene in search.symbols_beginning(typed, most=most):
        is_own = symbol == gene or gene.endswith(f":{symbol}")
        offer(symbol, gene, "" if is_own else f"ortholog of {gene}")
    for gene in search.suggest(typed, most=most, alike=False):
        offer(_symbol_of(search, gene), gene, "")
    if len(found) < most:
        for name, gene in search.other_names_beginning(typed, most=most):
            offer(_symbol_of(search, gene), gene, f"also {name}")
    for gene in () if found else search.suggest(typed, most=most):
        offer(_symbol_of(search, gene), gene, "looks like it")
    return tuple(found.values())


def warm(search: GeneSearch) -> None:
    """Read what suggestions need, so that the first one is there at once."""
    suggest_genes(search, "a")


def _symbol_of(search: GeneSearch, gene: str) -> str:
    """Return what to type for a gene: its symbol, of one without a human ortholog too."""
    symbol = gene.rpartition(":")[2]
    return symbol if symbol != gene and search.find(symbol, suggest=False).gene == gene else gene


def _short(note: str) -> str:
    """Leave out the end of a long note."""
    return note if len(note) <= _LONGEST else f"{note[: _LONGEST - 1].rstrip()}\u2026"
