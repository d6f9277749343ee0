"""Gene sets from an ontology in OBO format with the annotation of its terms in GAF format."""

from __future__ import annotations

from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

import networkx as nx

from musegnn.errors import DataFileError
from musegnn.io.formats.text import open_binary
from musegnn.knowledge.files import readable
from musegnn.knowledge.gene_sets import CONTROL, FORMULA, GENE, LONGEST_NAME

PASSED_ON = ("is_a", "part_of")  # relations along which a gene of a term is one of the other term
_ONTOLOGY, _ANNOTATION = "an ontology in OBO format", "annotation of genes in GAF format"
_SYMBOL, _QUALIFIER, _TERM, _EVIDENCE = 2, 3, 4, 6  # columns of GAF 2.1 and 2.2
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
    genes: dict[str, set[str]] = {term: set() for term in graph}
    for term, symbol in _read_annotation(Path(annotation)):
        own = genes.get(now_called.get(term, term))
        if own is not None:
            own.add(symbol)
    try:
        for term in nx.topological_sort(above):  # special terms come before those above them
            for parent in above.successors(term):
                genes[parent] |= genes[term]
    except nx.NetworkXUnfeasible:
        msg = f"Expected {_ONTOLOGY} without circles, found one in {ontology}."
        raise DataFileError(msg, "Take the release named `basic`, which has none.") from None
    named = {
        _label(term, graph.nodes[term]): frozenset(genes[term])
        for term in sorted(genes)
        if genes[term]
    }
    if not named:
        msg = f"Expected terms of {ontology} in {annotation}, found none."
        raise DataFileError(msg, "Take an annotation of the same ontology.")
    return named


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

    with open_binary(path, role=_ONTOLOGY) as stream, readable(path, _ONTOLOGY):
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
    with open_binary(path, role=_ANNOTATION) as stream, readable(path, _ANNOTATION):
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
