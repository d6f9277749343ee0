"""Gene sets as vectors: genes that other studies list together point the same way.

Genes x sets, each set by how few genes it has (inverse document frequency), each gene scaled to
length 1, cut to the leading singular directions, each gene scaled to length 1 again.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from musegnn.errors import DataFileError, InputError
from musegnn.io.gene_tables import current_symbols, source_of_tables
from musegnn.io.kept_arrays import ArrayFile, Kept, open_kept
from musegnn.knowledge.gene_sets import bounded
from musegnn.knowledge.manifest import TableRecord
from musegnn.knowledge.store import PATHWAY_LIBRARIES, KnowledgeStore
from musegnn.knowledge.studies.study_vectors import StudyVectors

NAME: Final = "gene sets"
WIDTH: Final = 64
SMALLEST, LARGEST = 5, 500  # genes of a set
# with fewer sets that are no pathways or processes, these are taken too
ENOUGH: Final = 500
FEWEST: Final = 3  # sets
OF_A_GENE: Final = 3  # sets that a gene must be in, where sets are enough: one is hearsay
# libraries that speak as evidence beside neighbours, which would then have brought them
_CURATED: Final = ("go_", *PATHWAY_LIBRARIES, "wikipathways", "biocarta", "pid_")
# what MSigDB calls pathways and processes inside one library with signatures
_CURATED_TERM: Final = re.compile(r"(REACTOME|KEGG|BIOCARTA|PID|WP|NABA|GO(BP|CC|MF)?)_")
_LEFT_OUT: Final = (
    "Pathways and processes (Reactome, KEGG, GO and the like) are left out, so that what speaks "
    "for a neighbour is not what brought it."
)
_TAKEN_TOO: Final = (
    f"Fewer than {ENOUGH} other sets are at hand, so pathways and processes are among them: they "
    "are no independent evidence for neighbours that these vectors bring."
)
_DENSE: Final = 4 * WIDTH  # sets or genes up to which all directions are computed
_SMALLEST_DIRECTION: Final = 1e-6  # of the largest singular value: less is rounding
_FORM: Final = 1  # of what is kept; other rules are another form
HINT: Final = (
    "Run `musegnn knowledge fetch msigdb_c2_6.0` (signatures of some thousand studies, under "
    "MSigDB's own terms), or import a GMT file: `musegnn knowledge import FILE.gmt --name N "
    '--kind "gene sets" --release R --licence L`.'
)


@dataclass(frozen=True)
class TableChoice:
    """Libraries that vectors are made of.

    Parameters
    ----------
    tables
        Of human genes.
    with_curated
        Whether their pathways and processes count.
    """

    tables: tuple[TableRecord, ...]
    with_curated: bool


def choose_tables(store: KnowledgeStore | None) -> tuple[KnowledgeStore, TableChoice]:
    """Choose libraries of human genes: those that are no evidence, or all where these are few.

    Libraries that ship are evidence; what other studies say, a person brings.

    Raises
    ------
    InputError
        If there are none.
    """
    names = [] if store is None else store.gene_set_libraries("human", shipped=False)
    if store is None or not names:
        what = "no annotation" if store is None else "no library of human genes in the annotation"
        msg = f"Expected gene sets of other studies, found {what}."
        raise InputError(msg, HINT)
    records = tuple(map(store.record, names))
    others = tuple(table for table in records if not table.name.startswith(_CURATED))
    if sum(table.rows for table in others) >= ENOUGH:
        return store, TableChoice(others, with_curated=False)
    return store, TableChoice(records, with_curated=True)


def read_set_vectors(store: KnowledgeStore | None) -> StudyVectors:
    """Make vectors of the gene sets of the annotation; once made they are kept in the cache folder.

    Parameters
    ----------
    store
        The annotation, or None without any.

    Raises
    ------
    InputError
        If the annotation has no library of human genes with enough sets.
    DataFileError
        If a library cannot be read, or nothing can be kept anywhere.
    """
    store, choice = choose_tables(store)
    with tempfile.TemporaryDirectory() as folder:
        recipe = Path(folder) / "studies.json"  # what is made is kept under the hash of its recipe
        recipe.write_text(json.dumps(_recipe(store, choice), sort_keys=True), encoding="utf-8")
        kept = open_kept(
            recipe,
            f".studies{_FORM}",
            make=lambda into: _write(into, store, choice),
            check=lambda found: _from_kept(found, choice),
            beside=False,
        )
    return _from_kept(kept, choice)


def decompose(
    terms: Mapping[str, frozenset[str]], *, width: int = WIDTH
) -> tuple[tuple[str, ...], np.ndarray]:
    """Give each gene of some sets a vector.

    Parameters
    ----------
    terms
        Set -> genes.
    width
        Numbers a gene, at most; fewer where the sets have fewer directions.

    Returns
    -------
    Genes, sorted, and their vectors, `(n, D)` float32 of length 1. Genes of fewer than `OF_A_GENE`
    sets are left out where there are `ENOUGH` sets, and those of which the leading directions know
    nothing.

    Raises
    ------
    InputError
        If there are fewer sets than `FEWEST`.
    """
    if len(terms) < FEWEST:
        msg = (
            f"Expected at least {FEWEST} gene sets of {SMALLEST} to {LARGEST} genes, found "
            f"{len(terms)}."
        )
        raise InputError(msg, HINT)
    table, genes = _table(terms, OF_A_GENE if len(terms) >= ENOUGH else 1)
    directions = _leading(table, width)
    projected = table @ directions
    # by the root of their length: else the largest, which is how often a gene is listed, would
    # rule, or the last ones, which tell single sets apart, would count like all others
    projected /= np.sqrt(np.linalg.norm(projected, axis=0))
    lengths = np.linalg.norm(projected, axis=1)
    is_known = lengths > _SMALLEST_DIRECTION * lengths.max()
    vectors = projected[is_known] / lengths[is_known, None]
    return (
        tuple(gene for gene, known in zip(genes, is_known, strict=True) if known),
        np.ascontiguousarray(vectors, dtype=np.float32),
    )


def _table(terms: Mapping[str, frozenset[str]], least: int) -> tuple[sparse.csr_matrix, list[str]]:
    """Genes of `least` sets or more x sets, each set by its rarity, each gene of length 1."""
    newer = current_symbols(sorted(frozenset().union(*terms.values())))
    members = [{newer.get(gene, gene) for gene in terms[term]} for term in sorted(terms)]
    times = Counter(gene for own in members for gene in own)
    genes = sorted(gene for gene, count in times.items() if count >= least)
    kept = frozenset(genes)
    members = [own & kept for own in members]
    place = {gene: row for row, gene in enumerate(genes)}
    rows = np.array([row for own in members for row in sorted(place[gene] for gene in own)])
    columns = np.repeat(np.arange(len(members)), [len(own) for own in members])
    sizes = np.bincount(columns, minlength=len(members))
    # a set of all genes tells nothing of any, but a table of such sets alone still has to hold
    rarity = np.log((1 + len(genes)) / np.maximum(sizes, 1))
    table = sparse.csr_matrix((rarity[columns], (rows, columns)), (len(genes), len(members)))
    lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / lengths) @ table), genes


def _leading(table: sparse.csr_matrix, width: int) -> np.ndarray:
    """Directions of sets in which the genes are longest, `(sets, <= width)`, best first."""
    smaller = min(table.shape)
    if smaller <= _DENSE:
        _, sizes, directions = np.linalg.svd(table.toarray(), full_matrices=False)
        sizes, directions = sizes[:width], directions[:width]
    else:
        start = np.full(smaller, smaller**-0.5)  # else it would be drawn anew each time
        _, sizes, directions = svds(table, k=width, v0=start)
        order = np.argsort(-sizes, kind="stable")
        sizes, directions = sizes[order], directions[order]
    directions = directions[sizes > _SMALLEST_DIRECTION * sizes[0]].T
    # the sign of a direction is arbitrary: the largest entry is made positive
    largest = np.abs(directions).argmax(axis=0)
    return directions * np.sign(directions[largest, np.arange(directions.shape[1])])


def _recipe(store: KnowledgeStore, choice: TableChoice) -> dict[str, object]:
    """All that the vectors depend on; a file that changed in place has another time or size."""
    files = [((store.folder or Path()) / table.file).stat() for table in choice.tables]
    return {
        "form": _FORM,
        "width": WIDTH,
        "rules": [SMALLEST, LARGEST, OF_A_GENE, ENOUGH, _CURATED_TERM.pattern],
        "names": source_of_tables(),
        "tables": [[table.name, table.sha256] for table in choice.tables],
        "files": [[status.st_size, status.st_mtime_ns] for status in files],
        "curated": choice.with_curated,
    }


def _write(path: Path, store: KnowledgeStore, choice: TableChoice) -> None:
    """Make the vectors and write them into a file."""
    terms: dict[str, frozenset[str]] = {}
    taken: dict[str, int] = {}
    for table in choice.tables:
        found = bounded(
            store.gene_sets(table.name).terms, minimum_size=SMALLEST, maximum_size=LARGEST
        )
        used = {
            f"{table.name}\t{term}": genes
            for term, genes in found.items()
            if choice.with_curated or not _CURATED_TERM.match(term)
        }
        taken[table.name] = len(used)
        terms |= used
    genes, vectors = decompose(terms)
    with ArrayFile(path) as out:
        out.add("vectors", vectors)
        out.close({"genes": list(genes), "taken": taken})


def _from_kept(kept: Kept, choice: TableChoice) -> StudyVectors:
    """Look at what was kept as vectors.

    Raises
    ------
    DataFileError
        If it does not fit together.
    """
    try:
        taken = {str(name): int(count) for name, count in kept.notes["taken"].items()}
        tables = tuple(table for table in choice.tables if taken[table.name])
        return StudyVectors(
            source=NAME,
            title=f"{NAME} of {SMALLEST} to {LARGEST} genes",
            genes=tuple(map(str, kept.notes["genes"])),
            vectors=kept.arrays["vectors"],
            tables=tables,
            taken={table.name: taken[table.name] for table in tables},
            note=_TAKEN_TOO if choice.with_curated else _LEFT_OUT,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        msg = "Expected vectors of gene sets that were kept, found something else."
        raise DataFileError(msg, "Empty the cache folder.") from error
