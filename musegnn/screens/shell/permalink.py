"""Permalink: what the address of a page carries, and which values are let in from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from musegnn.analysis.choices import (
    BACKGROUNDS,
    CHOICE_KINDS,
    GRADES,
    KINDS,
    MOST_CONTEXTS,
    QUERIES,
    SET_MODES,
    USUAL_GRADE,
    WHICH,
)
from musegnn.errors import InputError
from musegnn.screens.compare.view import LAYOUTS, MEASURES, ORDERS
from musegnn.screens.compare.view_colours import CHANGE
from musegnn.screens.compare.view_colours import COLOUR_LABELS as PAIRED_COLOURS
from musegnn.screens.compare.view_pairs import ANYTHING, DIFFERENCES
from musegnn.screens.compare.view_similarity import ORDERS as HEATMAP_ORDERS
from musegnn.screens.compare.view_similarity import VALUES as HEATMAP_VALUES
from musegnn.screens.enrichment.view_questions import (
    NETWORKS,
    OVERLAPS,
    QUESTIONS,
    RANKINGS,
    SCORES,
)
from musegnn.screens.gene.view import EVIDENCE_FILTERS, MINIMUM_COSINES, SCOPES
from musegnn.screens.parts.gene_colours import COLOUR_LABELS
from musegnn.screens.shell.link_field import LinkField, quoted
from musegnn.screens.shell.linked_content import INLINE, LIST_VALUE, SELECTION_VALUE
from musegnn.screens.shell.stored_content import CONTENT_ID
from musegnn.validation import check_choice, format_list

ADDRESS_LIMIT: Final = 2_000  # characters: what every browser, mail program and chat keeps whole
_CONTEXT: Final = r"[A-Za-z0-9][A-Za-z0-9._+-]*"  # as `musegnn.validation.check_name` allows
_NUMBERS: Final = r"-?[0-9]{1,6}(\.[0-9]{1,4})?"

HOME, ATLAS, GENE = "Home", "Atlas", "Gene"
COMPARE, ENRICHMENT, CAUSAL, LABELS = "Compare", "Enrichment", "Causal", "Labels"
DATA, RUNS, BENCHMARKS = "Data", "Runs", "Benchmarks"
PAGES: Final = (HOME, ATLAS, GENE, COMPARE, ENRICHMENT, CAUSAL, LABELS, DATA, RUNS, BENCHMARKS)
EXPLORING: Final = (
    ATLAS,
    GENE,
    COMPARE,
    ENRICHMENT,
    CAUSAL,
    LABELS,
)  # pages that share what was chosen


_A_CONTEXT: Final = "the name of a context of this atlas"


def _choice_fields(key: str, page: str) -> tuple[LinkField, ...]:
    """Fields of the chooser of a gene set on a page."""
    return (
        LinkField(f"{key}_kind", (page,), "where the genes come from", choices=CHOICE_KINDS),
        LinkField(
            f"{key}_context", (page,), _A_CONTEXT, pattern=_CONTEXT, known="contexts", longest=100
        ),
        LinkField(f"{key}_saved", (page,), "the name of a saved selection", longest=30),
        LinkField(f"{key}_k", (page,), "a number of neighbours", "50", least=5, most=200),
    )


def _enrichment_fields() -> tuple[LinkField, ...]:
    """Fields of the Enrichment page besides its chooser."""
    here = (ENRICHMENT,)
    stored = CONTENT_ID.pattern
    return (
        LinkField("ask", here, "a question", QUESTIONS[0], QUESTIONS),
        LinkField("library", here, "the name of a library", pattern=_CONTEXT, longest=40),
        LinkField("background", here, "a background", BACKGROUNDS[0], BACKGROUNDS),
        LinkField("others", here, "the id of a list", pattern=stored, longest=24),
        LinkField("smallest", here, "a number of genes", "5", least=1, most=5000),
        LinkField("largest", here, "a number of genes", "500", least=1, most=5000),
        LinkField("overlap", here, "an overlap", OVERLAPS[1], OVERLAPS),
        LinkField("take", here, "which genes to take", SET_MODES[0], SET_MODES),
        LinkField("ranking", here, "what is ranked", RANKINGS[0], RANKINGS),
        LinkField("ranks", here, "the id of a ranking", pattern=stored, longest=24),
        LinkField("network", here, "what acts", NETWORKS[0], NETWORKS),
        LinkField("scores", here, "what genes are scored by", SCORES[0], SCORES),
    )


def _compare_fields() -> tuple[LinkField, ...]:
    """Fields of the Compare page besides its pair."""
    here = (COMPARE,)
    return (
        LinkField("differ", here, "what two contexts differ in", ANYTHING, DIFFERENCES),
        LinkField("measure", here, "a measure of overlap", MEASURES[0], MEASURES),
        LinkField("paired_colour", here, "a colour of both maps", CHANGE, PAIRED_COLOURS),
        LinkField("layout", here, "a layout of both maps", LAYOUTS[0], LAYOUTS),
        LinkField("order", here, "an order of the table", ORDERS[0], ORDERS),
        LinkField("heatmap", here, "whether a panel is open", choices=("open",)),
        LinkField(
            "heatmap_value",
            here,
            "a value of pairs",
            next(iter(HEATMAP_VALUES)),
            (*HEATMAP_VALUES,),
        ),
        LinkField("heatmap_order", here, "an order", HEATMAP_ORDERS[0], HEATMAP_ORDERS),
        LinkField("factors", here, "whether a panel is open", choices=("open",)),
        LinkField(
            "factor_contexts",
            here,
            "codes of contexts between dots",
            pattern=rf"[0-9a-f]{{6}}(\.[0-9a-f]{{6}}){{0,{MOST_CONTEXTS - 1}}}",
            longest=7 * MOST_CONTEXTS,
        ),
        LinkField("factor_list", here, "the name of a list", pattern=_CONTEXT, longest=40),
        LinkField("factor_which", here, "which factors count", WHICH[0], WHICH),
    )


# A page that has something to choose adds a line here, then uses `PageState.get` and `.put`.
LISTED: Final = (
    LinkField("gene", EXPLORING, "the name of a gene", longest=40),
    LinkField("dataset", EXPLORING, _A_CONTEXT, pattern=_CONTEXT, known="contexts", longest=100),
    LinkField(
        "selection", EXPLORING, "the id of a selection", pattern=SELECTION_VALUE, longest=INLINE
    ),
    LinkField(
        "list", EXPLORING, "gene names or the id of a list", pattern=LIST_VALUE, longest=INLINE
    ),
    LinkField("colour", (ATLAS,), "a colour of the map", "tissue", COLOUR_LABELS),
    LinkField(
        "zoom",
        (ATLAS,),
        "four numbers, the visible part of the map",
        pattern=rf"{_NUMBERS}(,{_NUMBERS}){{3}}",
    ),
    LinkField("ortholog_panel", (ATLAS, COMPARE), "whether a panel is open", choices=("open",)),
    LinkField("scope", (GENE,), "where neighbours are searched", SCOPES[0], SCOPES),
    LinkField("why", (GENE,), "a kind of evidence", EVIDENCE_FILTERS[0], EVIDENCE_FILTERS),
    LinkField("cosine", (GENE,), "a lowest cosine", MINIMUM_COSINES[0], MINIMUM_COSINES),
    LinkField("orthologs", (GENE,), "`only` or nothing", choices=("only",)),
    LinkField("k", (GENE, COMPARE), "a number of neighbours", "20", least=5, most=100),
    LinkField(
        "left", (COMPARE, ENRICHMENT), _A_CONTEXT, pattern=_CONTEXT, known="contexts", longest=100
    ),
    LinkField(
        "right", (COMPARE, ENRICHMENT), _A_CONTEXT, pattern=_CONTEXT, known="contexts", longest=100
    ),
    *_compare_fields(),
    LinkField(
        "cluster",
        (ENRICHMENT, CAUSAL, LABELS),
        "a cluster of this atlas",
        known="clusters",
        longest=30,
    ),
    *_choice_fields("enrichment", ENRICHMENT),
    *_enrichment_fields(),
    *_choice_fields("causal", CAUSAL),
    LinkField("causal_query", (CAUSAL,), "a query", "expand", QUERIES),
    LinkField("causal_confidence", (CAUSAL,), "a curated confidence", USUAL_GRADE, GRADES),
    LinkField("causal_around", (CAUSAL,), "the name of a gene", longest=40),
    LinkField(
        "causal_kinds",
        (CAUSAL,),
        "kinds of edges between commas",
        ",".join(KINDS),
        pattern=rf"({'|'.join(KINDS)})(,({'|'.join(KINDS)})){{0,2}}",
    ),
    *_choice_fields("labels", LABELS),
    LinkField(
        "labels_others",
        (LABELS,),
        "gene names or the id of a list",
        pattern=LIST_VALUE,
        longest=INLINE,
    ),
    LinkField("labels_left", (LABELS,), _A_CONTEXT, known="contexts", longest=100),
    LinkField("labels_right", (LABELS,), _A_CONTEXT, known="contexts", longest=100),
    LinkField("run", (RUNS,), "the name of a run", pattern=_CONTEXT, longest=120),
    LinkField(
        "compared", (RUNS,), "names of runs", pattern=rf"{_CONTEXT}(,{_CONTEXT})*", longest=900
    ),
    LinkField("map", PAGES, "the run whose result is shown", pattern=_CONTEXT, longest=120),
    LinkField("benchmark", (BENCHMARKS,), "the name of a benchmark", pattern=r"[\w .()+-]+"),
    LinkField("group", (BENCHMARKS,), "a group of metrics", pattern=r"[\w -]+"),
)
FIELDS: Final[dict[str, LinkField]] = {field.name: field for field in LISTED}


@dataclass(frozen=True)
class Linked:
    """What an address asks for.

    Parameters
    ----------
    values
        Values that can be used, by name of the field.
    messages
        What was left out and why, Markdown sentences.
    """

    values: dict[str, str]
    messages: tuple[str, ...] = ()


def field(name: str) -> LinkField:
    """Return a registered field.

    Raises
    ------
    InputError
        If no field has this name.
    """
    check_choice(name, tuple(FIELDS), name="field of the link")
    return FIELDS[name]


def check_value(name: str, value: str) -> None:
    """Raise `InputError` unless a field can have this value."""
    problem = field(name).problem(value)
    if problem:
        raise InputError(problem, "Choose another value.")


def clean(name: str, value: str) -> str:
    """Make typed text fit for a field: without control signs and markup, and not too long."""
    return re.sub(r"[\x00-\x1f`<>]", "", value).strip()[: field(name).longest].strip()


def fields_of(page: str) -> tuple[LinkField, ...]:
    """Return the fields in the address of a page, in a fixed order.

    Raises
    ------
    InputError
        If the page is not one of `PAGES`.
    """
    check_choice(page, PAGES, name="page")
    return tuple(entry for entry in FIELDS.values() if page in entry.pages)


def encode(values: Mapping[str, str], *, page: str) -> dict[str, str]:
    """Choose what the address of a page carries: its fields that differ from their defaults.

    Parameters
    ----------
    values
        Value of each field; absent ones count as their default.
    page
        One of `PAGES`.

    Returns
    -------
    Query parameters in a fixed order, less than `ADDRESS_LIMIT` characters when written out.

    Raises
    ------
    InputError
        If the page is unknown or a value cannot be used.
    """
    query: dict[str, str] = {}
    for entry in fields_of(page):
        value = values.get(entry.name, entry.default)
        check_value(entry.name, value)
        if value and value != entry.default:
            query[entry.name] = value
    return query


def decode(query: Mapping[str, str], *, known: Mapping[str, Sequence[str]] | None = None) -> Linked:
    """Read an address that may come from anywhere: what cannot be used is dropped and said.

    Parameters
    ----------
    query
        Parameters of the address.
    known
        Names in the opened atlas: `contexts`, `clusters` and so on.
    """
    values, messages, strange = {}, [], []
    for name, value in query.items():
        if name not in FIELDS:
            strange.append(quoted(name))
            continue
        problem = FIELDS[name].problem(value, known=known)
        if problem:
            messages.append(f"`{name}` of the link was left out. {problem}")
        else:
            values[name] = value
    if strange:
        messages.append(f"The link carries what no page knows: `{format_list(sorted(strange))}`.")
    return Linked(values, tuple(messages))


def address(base: str, query: Mapping[str, str]) -> str:
    """Write a link in full.

    Parameters
    ----------
    base
        Address of the page; what follows a question mark in it is replaced.
    query
        What `encode` returns.
    """
    plain = base.partition("?")[0].partition("#")[0]
    return f"{plain}?{urlencode(query)}" if query else plain
