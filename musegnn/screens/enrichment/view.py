"""Enrichment: the terms of a set of genes, and what is said about them."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from musegnn.analysis.enrichment.context_enrichment import (
    ContextEnrichment,
    bubble_table,
    enrich_contexts,
)
from musegnn.analysis.enrichment.enrichment import Enrichment, EnrichmentSettings, enrich
from musegnn.analysis.enrichment.gene_set_library import (
    USUAL,
    Library,
    read_library,
    stamped,
)
from musegnn.analysis.enrichment.over_representation import SIGNIFICANT, TEST
from musegnn.analysis.gene_set_choice import GeneSetChoice
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import DataFileError
from musegnn.io.atomic import scratch_folder
from musegnn.knowledge.store import KnowledgeStore

DRAWN_TERMS: Final = 15
LARGEST_UPLOAD: Final = 20_000_000  # bytes
_LARGEST_UNPACKED: Final = 100_000_000


@dataclass(frozen=True)
class TermsView:
    """Terms of one set.

    Parameters
    ----------
    title
        The chosen genes.
    facts
        Label and value of what was tested.
    sentence
        What came out.
    found
        Choice, settings and table in full.
    shown
        Terms that stand for themselves, smallest p first; the columns of `found.table` and
        `stands`.
    drawn
        The first `DRAWN_TERMS` of them.
    caption
        Line below the picture.
    statement
        Test, background, sizes, correction and library: what is printed under the table.
    file
        `found.table` with all that every row depends on.
    library
        Where the terms come from.
    caution
        What is circular about the genes, or "".
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    sentence: str
    found: Enrichment
    shown: pd.DataFrame
    drawn: pd.DataFrame
    caption: str
    statement: str
    file: pd.DataFrame
    library: Library
    caution: str = ""

    @property
    def plain(self) -> str:
        """What the plain test says, and why it is not the one to go by."""
        return (
            f"The {TEST} takes all genes of the background as alike. Abundant and well connected "
            "genes are in more terms and in more sets, so that it calls terms for sets drawn at "
            "random among them. Where plain q is small and q is not, expression or degree explains "
            "the term."
        )

    def behind(self, term: str) -> pd.DataFrame:
        """Return the terms that stand behind one, smallest p first."""
        table = self.found.table
        is_behind = (table["represented_by"] == term) & (table["term"] != term)
        return table[is_behind].reset_index(drop=True)


@dataclass(frozen=True)
class ContextsView:
    """Terms of one set in every context.

    Parameters
    ----------
    title, sentence, caption, statement, file, library, caution
        As in `TermsView`.
    found
        All rows.
    drawn
        Rows of the picture, see `musegnn.analysis.enrichment.context_enrichment.bubble_table`.
    contexts
        Rows of the picture: tested contexts by tissue, then by name.
    """

    title: str
    sentence: str
    found: ContextEnrichment
    drawn: pd.DataFrame
    contexts: tuple[str, ...]
    caption: str
    statement: str
    file: pd.DataFrame
    library: Library
    caution: str = ""


def build(
    choice: GeneSetChoice, *, library: Library, settings: EnrichmentSettings, atlas: Atlas
) -> TermsView:
    """Test the terms of a set.

    Parameters
    ----------
    choice
        The genes.
    library
        Where the terms come from.
    settings
        How to test.
    atlas
        The atlas.

    Raises
    ------
    InputError
        If a setting cannot be used, or no gene of the set is in the background.
    """
    found = enrich(choice, index=library.index, atlas=atlas, settings=settings)
    shown = found.kept
    drawn = shown.head(DRAWN_TERMS)
    result = found.result
    statement = f"{found.stated(atlas.context_names)} {library.statement}"
    return TermsView(
        title=choice.called(atlas.short_context_names),
        facts=(
            ("genes in the set", f"{result.n:,}"),
            ("in the background", f"{result.background:,}"),
            ("terms tested", f"{result.n_tested:,}"),
            ("with a gene of the set", f"{len(found.table):,}"),
            (f"enriched (q < {SIGNIFICANT})", f"{result.n_enriched:,}"),
            ("behind a better term", f"{found.n_redundant:,}"),
        ),
        sentence=_sentence(result.n_enriched, result.n_tested, "terms", found.table),
        found=found,
        shown=shown,
        drawn=drawn,
        caption=(
            f"Each mark is a term of {library.title}: odds ratio for the genes of "
            f"{choice.called(atlas.context_names)} with its 95 % interval (Woolf), size by "
            "genes of the set, colour by q. The first "
            f"{len(drawn)} of {len(shown):,} terms that stand for themselves, smallest p first. "
            f"{atlas.embedding.origin}."
        ),
        statement=statement,
        file=stamped(found.table, {**found.facts, **library.facts}),
        library=library,
        caution=choice.caution(library.name),
    )


def build_contexts(
    choice: GeneSetChoice,
    *,
    library: Library,
    settings: EnrichmentSettings,
    mode: str,
    atlas: Atlas,
) -> ContextsView:
    """Test the terms of a set in every context.

    Parameters
    ----------
    choice, library, settings, atlas
        As for `build`.
    mode
        One of `musegnn.analysis.choices.SET_MODES`.

    Raises
    ------
    InputError
        If no context has any of the genes, or a setting cannot be used.
    """
    found = enrich_contexts(
        choice,
        index=library.index,
        atlas=atlas,
        settings=settings,
        mode=mode,
    )
    drawn = bubble_table(found, n_terms=DRAWN_TERMS)
    tissue = atlas.embedding.datasets["tissue"].astype(str)
    statement = f"{found.statement} {library.statement}"
    n_terms = drawn["term"].nunique()
    return ContextsView(
        title=choice.called(atlas.short_context_names),
        sentence=_sentence(
            found.n_enriched, found.n_tested, "pairs of term and context", found.table
        ),
        found=found,
        drawn=drawn,
        contexts=tuple(sorted(found.contexts, key=lambda name: (tissue[name], name))),
        caption=(
            f"Each bubble is a term of {library.title} in one context with at least one gene of "
            f"{choice.called(atlas.context_names)}: size by genes, colour by q, "
            f"open where q is {SIGNIFICANT} or more. "
            f"Contexts by tissue; the {n_terms} terms with the smallest p of any context that "
            f"stand for themselves, of {len(found.best_terms):,}. {atlas.embedding.origin}."
        ),
        statement=statement,
        file=stamped(found.table, {**found.facts, **library.facts}),
        library=library,
        caution=choice.caution(library.name),
    )


def library_names(store: KnowledgeStore | None) -> list[str]:
    """Return the libraries at hand, the usual ones first."""
    names = [] if store is None else store.gene_set_libraries()
    return [*(name for name in USUAL if name in names), *(n for n in names if n not in USUAL)]


def open_upload(content: bytes, file_name: str, *, atlas: Atlas) -> Library:
    """Read gene sets that a person uploaded.

    Parameters
    ----------
    content
        The file, plain or compressed with gzip.
    file_name
        Its name, from outside: only letters, digits, dots, dashes and underscores are kept.
    atlas
        The atlas.

    Raises
    ------
    DataFileError
        If the file is too large, no text, or holds a line that is no gene set.
    """
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(file_name).name)[-80:].strip("-.") or "upload"
    is_packed = content[:2] == b"\x1f\x8b"
    size = _unpacked_size(content) if is_packed else len(content)
    if len(content) > LARGEST_UPLOAD or size > _LARGEST_UNPACKED:
        msg = (
            f"Expected a gene-set library of at most {LARGEST_UPLOAD // 10**6} MB "
            f"({_LARGEST_UNPACKED // 10**6} MB unpacked), found more in {clean}."
        )
        raise DataFileError(msg, "Upload the terms that you need.")
    with scratch_folder() as folder:
        kind = ".gmx" if file_name.lower().removesuffix(".gz").endswith(".gmx") else ".gmt"
        path = folder / f"library{kind}{'.gz' if is_packed else ''}"
        path.write_bytes(content)
        try:
            return read_library(path, name=clean, atlas=atlas)
        except DataFileError as error:
            # a person knows the name of the file, not where the server put it
            raise DataFileError(error.message.replace(str(path), clean), error.hint) from error


def _unpacked_size(content: bytes) -> int:
    """Bytes that a gzip file unpacks to, counted up to the limit only."""
    decoder = zlib.decompressobj(wbits=31)
    stream, size = io.BytesIO(content), 0
    try:
        while size <= _LARGEST_UNPACKED and (block := stream.read(65_536)):
            size += len(decoder.decompress(block, _LARGEST_UNPACKED + 1 - size))
    except zlib.error:
        return size  # the reader says what is wrong
    return size


def _sentence(n_enriched: int, n_tested: int, what: str, table: pd.DataFrame) -> str:
    """Say what came out."""
    if not n_tested:
        return "**No term has a suitable size.** Allow smaller or larger terms on the left."
    if n_enriched:
        return f"**{n_enriched:,} of {n_tested:,} {what}** are enriched (q < {SIGNIFICANT})."
    nearest = "" if table.empty else " The table lists what comes nearest."
    return f"None of {n_tested:,} {what} is enriched at q < {SIGNIFICANT}.{nearest}"
