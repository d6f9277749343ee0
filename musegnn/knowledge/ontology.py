"""Gene sets from an ontology in OBO format with the annotation of its terms in GAF format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path

import networkx as nx
import numpy as np

from musegnn.border.text import TextBounds, open_binary
from musegnn.errors import DataFileError
from musegnn.knowledge.files import readable
from musegnn.knowledge.gene_sets import CONTROL, FORMULA, GENE, LONGEST_NAME

PASSED_ON = ("is_a", "part_of")  # relations along which a gene of a term is one of the other term
_ONTOLOGY, _ANNOTATION = "an ontology in OBO format", "annotation of genes in GAF format"
_SYMBOL, _QUALIFIER, _TERM, _EVIDENCE = 2, 3, 4, 6  # columns of GAF 2.1 and 2.2
MOST_MEMBERS = 30_000_000  # genes in terms, passed on: human Gene Ontology has some two million
_LARGEST = TextBounds(most_bytes=400_000_000, most_growth=30, slack=32 << 20, longest_line=1 << 20)
_NO_DATA = "ND"  # evidence code of an annotation that says that nothing is known


def read_ontology_sets(ontology: Path, annotation: Path) -> dict[str, frozenset[str]]:
    """Read the genes of every term, those of more special terms included.

    Parameters
    ----------
    ontology
        `.obo` or `.obo.gz`, such as `go-basic.obo`; obsolete terms are left out.
    annotation
        `.gaf` or `.gaf.gz` of versions 2.1 and 2.2: the symbol in column 3, the term in column 5.
        Annotations that say NOT, and those without data (ND), are left out.

    Returns
    -------
    "name (id)" -> symbols, in the order of the ids; terms without genes are left out. A gene of a
    term is one of all terms above it along `is_a` and `part_of`.

    Raises
    ------
    DataFileError
        If a file is missing or damaged, terms form a circle, or no annotated term stands in the
        ontology.
    """
    graph = _read_ontology(Path(ontology))
    above = nx.DiGraph()
    above.add_nodes_from(graph)
    above.add_edges_from((a, b) for a, b, kind in graph.edges(keys=True) if kind in PASSED_ON)
    now_called = {old: term for term, data in graph.nodes(data=True) for old in _others(data)}
    number_of: dict[str, int] = {}
    genes = dict.fromkeys(graph, 0)  # a bit for each gene: thousands of terms may hold thousands
    for term, symbol in _read_annotation(Path(annotation)):
        own = now_called.get(term, term)
        if own in genes:
            genes[own] |= 1 << number_of.setdefault(symbol, len(number_of))
    try:
        # special terms come before those above them
        _pass_on(genes, ((term, above.successors(term)) for term in nx.topological_sort(above)))
    except nx.NetworkXUnfeasible:
        msg = f"Expected {_ONTOLOGY} without circles, found one in {ontology}."
        raise DataFileError(msg, "Take the release named `basic`, which has none.") from None
    symbols = list(number_of)
    named = {
        _label(term, graph.nodes[term]): frozenset(symbols[i] for i in _places(genes[term]))
        for term in sorted(genes)
        if genes[term]
    }
    if not named:
        msg = f"Expected terms of {ontology} in {annotation}, found none."
        raise DataFileError(msg, "Take an annotation of the same ontology.")
    return named


def _pass_on(genes: dict[str, int], order: Iterable[tuple[str, Iterable[str]]]) -> None:
    """Give the genes of each term to the terms above it.

    Raises
    ------
    DataFileError
        If that makes more genes in terms than any ontology of genes has.
    """
    held = 0
    for term, parents in order:
        held += genes[term].bit_count()
        if held > MOST_MEMBERS:
            msg = f"Expected {_ONTOLOGY} with at most {MOST_MEMBERS:,} genes in terms, found more."
            raise DataFileError(msg, "Its terms stand in too long a row: take another release.")
        for parent in parents:
            genes[parent] |= genes[term]


def _places(bits: int) -> list[int]:
    """Places of the bits that are set."""
    packed = np.frombuffer(bits.to_bytes((bits.bit_length() + 7) // 8, "little"), dtype=np.uint8)
    places: list[int] = np.flatnonzero(np.unpackbits(packed, bitorder="little")).tolist()
    return places


def _label(term: str, data: dict[str, object]) -> str:
    """Name and id; the id alone when the name cannot be shown or a spreadsheet would run it."""
    name = str(data.get("name", "")).strip()
    is_clean = 0 < len(name) <= LONGEST_NAME and not CONTROL.search(name)
    return f"{name} ({term})" if is_clean and not name.startswith(FORMULA) else term


def _others(data: dict[str, object]) -> list[str]:
    """Former ids of a term."""
    found = data.get("alt_id", [])
    return [str(item) for item in found] if isinstance(found, list) else []


def _read_ontology(path: Path) -> nx.MultiDiGraph:
    """Read terms and relations; edges lead from a term to what stands above it."""
    import obonet  # noqa: PLC0415 - only where somebody brings an ontology

    with open_binary(path, role=_ONTOLOGY, bounds=_LARGEST) as stream, readable(path, _ONTOLOGY):
        try:
            graph = obonet.read_obo(TextIOWrapper(stream, encoding="utf-8"))
        except (KeyError, IndexError, AttributeError, TypeError) as error:
            raise ValueError(error) from error
    graph.remove_nodes_from([term for term, data in graph.nodes(data=True) if not data])
    if not graph:
        msg = f"Expected {_ONTOLOGY}, found no term in {path}."
        raise DataFileError(msg, "Each term is a paragraph that opens with [Term] and an id.")
    return graph


def _read_annotation(path: Path) -> Iterator[tuple[str, str]]:
    """Yield term and symbol of every annotation that says that a gene belongs to a term."""
    n_lines = 0
    with (
        open_binary(path, role=_ANNOTATION, bounds=_LARGEST) as stream,
        readable(path, _ANNOTATION),
    ):
        for raw in stream:
            line = raw.decode("utf-8").rstrip("\r\n")
            if line.startswith("!") or not line:
                continue
            columns = line.split("\t")
            n_lines += 1
            if len(columns) <= _EVIDENCE:
                msg = f"a line with {len(columns)} columns"
                raise ValueError(msg)
            is_denied = "NOT" in columns[_QUALIFIER].split("|")
            # complexes have names instead of symbols
            is_gene = GENE.fullmatch(columns[_SYMBOL]) is not None
            if is_gene and not is_denied and columns[_EVIDENCE] != _NO_DATA:
                yield columns[_TERM], columns[_SYMBOL]
    if not n_lines:
        msg = f"Expected {_ANNOTATION}, found no line in {path}."
        raise DataFileError(msg, "Fetch the file again.")
