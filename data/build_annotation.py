"""Make the annotation that ships: `python data/build_annotation.py ORG GO`.

ORG and GO are Debian's `r-bioc-org.hs.eg.db` and `r-bioc-go.db` (3.16.0-1), as the packages
themselves or as the databases inside them (`org.Hs.eg.sqlite`, `GO.sqlite`):

    apt-get download r-bioc-org.hs.eg.db r-bioc-go.db
    python data/build_annotation.py r-bioc-org.hs.eg.db_*.deb r-bioc-go.db_*.deb

Into `data/annotation/` go, as the tables of a store of knowledge with its list `manifest.json`:
processes, functions and components of the Gene Ontology with their human genes, passed on along
`is_a` and `part_of` within each of the three; human genes with name, place, ids, domains; and
transcription factors of human and, by genes of the same name, of mouse. Symbols are the current
ones. Takes a minute. The same packages give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import pandas as pd

from musegnn.io.gene_tables import source_of_tables
from musegnn.io.nomenclature import GeneNames
from musegnn.keys import MANIFEST_FILE
from musegnn.knowledge import catalogue as kinds
from musegnn.knowledge.gene_names import read_gene_names
from musegnn.knowledge.manifest import VERSION, TableRecord
from musegnn.settings import REPOSITORY

FOLDER = REPOSITORY / "data" / "annotation"
SMALLEST, LARGEST = 5, 500  # genes of a term that is kept
FACTOR = "GO:0003700"  # DNA-binding transcription factor activity
LIBRARIES = {
    "BP": ("go_biological_process_2022", "Gene Ontology, processes"),
    "MF": ("go_molecular_function_2022", "Gene Ontology, functions"),
    "CC": ("go_cellular_component_2022", "Gene Ontology, components"),
}
GO_LICENCE = "CC BY 4.0 (Gene Ontology); Artistic-2.0 for the packages"
GO_CITATION = "Ashburner et al. 2000; The Gene Ontology Consortium 2021"
SHIPS = "ships with the product"


def main() -> None:
    """Write the tables and their list."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("org", type=Path, metavar="ORG", help="package or org.Hs.eg.sqlite")
    options.add_argument("go", type=Path, metavar="GO", help="package or GO.sqlite")
    given = options.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        org = connect(given.org, "org.Hs.eg.sqlite", Path(scratch))
        go = connect(given.go, "GO.sqlite", Path(scratch))
        write(org, go)


def connect(path: Path, member: str, scratch: Path) -> sqlite3.Connection:
    """Open a database, or the one inside a package."""
    if path.suffix == ".deb":
        place = scratch / member
        subprocess.run(["dpkg-deb", "-x", str(path), str(place)], check=True)
        path = next(place.rglob(member))
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def write(org: sqlite3.Connection, go: sqlite3.Connection) -> None:
    """Write tables and list."""
    about = dict(org.execute("select name, value from metadata"))
    release, of_genes = about["GOSOURCEDATE"], as_date(about["GOEGSOURCEDATE"])
    names = read_gene_names(None)
    genes = read_genes(org, names)
    symbol_of = dict(zip(genes["_id"], genes["gene"], strict=True))
    source = (
        f"Gene Ontology of {release} with gene2go of NCBI of {of_genes}, by "
        f"Bioconductor GO.db and org.Hs.eg.db 3.16.0; {SHIPS}"
    )
    common = {"release": release, "licence": GO_LICENCE, "citation": GO_CITATION}
    page = "https://geneontology.org"
    records = []
    for part, (name, title) in LIBRARIES.items():
        terms = read_terms(org, go, part, symbol_of)
        pairs = terms[terms.groupby("term")["gene"].transform("size").between(SMALLEST, LARGEST)]
        sized = f"{title} with {SMALLEST} to {LARGEST} genes"
        what = {"kind": kinds.GENE_SETS, "source": source, "title": sized, "page": page}
        records.append(save(pairs, name, species="human", **what, **common))
    found = sorted(members(org, go, "MF", symbol_of, FACTOR))
    # genes of proteins whose names have the same letters: no table of orthologs ships
    human_of = names.same_names("mouse")
    mouse = sorted(symbol for symbol, human in human_of.items() if human in set(found))
    title = f"Genes of DNA-binding transcription factor activity ({FACTOR})"
    what = {"kind": kinds.TRANSCRIPTION_FACTORS, "source": source, "page": page}
    table = pd.DataFrame({"gene": found})
    records.append(
        save(table, "tf_gene_ontology_2022", species="human", title=title, **what, **common)
    )
    title = f"{title}: mouse genes with the name of the human one"
    table = pd.DataFrame({"gene": mouse})
    records.append(
        save(table, "tf_gene_ontology_2022_mouse", species="mouse", title=title, **what, **common)
    )
    records.append(
        save(
            genes.drop(columns="_id"),
            "ncbi_genes_2022",
            kind=kinds.DESCRIPTIONS,
            species="human",
            source=f"NCBI Gene, UniProt and UCSC (GRCh38), by Bioconductor org.Hs.eg.db 3.16.0; "
            f"{SHIPS}",
            title="Names, places, ids and protein domains of human genes",
            release=as_date(about["EGSOURCEDATE"]),
            licence="public domain (NCBI, UCSC), CC BY 4.0 (UniProt); Artistic-2.0 for the package",
            citation="Sayers et al. 2022; The UniProt Consortium 2021",
            page="https://www.ncbi.nlm.nih.gov/gene",
        )
    )
    content = {
        "version": VERSION,
        "tables": [asdict(record) for record in sorted(records, key=lambda r: r.name)],
        "first_checksums": {},
        "what": "annotation of human genes that comes with the product",
        "command": "python data/build_annotation.py ORG GO",
        "packages": {
            "r-bioc-org.hs.eg.db": "3.16.0-1 of Debian, Artistic-2.0",
            "r-bioc-go.db": "3.16.0-1 of Debian, Artistic-2.0",
        },
        "changed": "terms of the wrong size left out, annotations passed on anew along is_a and "
        "part_of, symbols brought up to date",
        "symbols": source_of_tables(),
        "dates": {name: about[name] for name in sorted(about) if name.endswith("DATE")},
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / MANIFEST_FILE).write_text(text, encoding="utf-8")


def as_date(text: str) -> str:
    """Write a day of NCBI, such as 2022-Sep12, as all others are written."""
    return datetime.strptime(text, "%Y-%b%d").replace(tzinfo=UTC).date().isoformat()


def save(table: pd.DataFrame, name: str, **about: str) -> TableRecord:
    """Write one table and say what it is."""
    path = FOLDER / f"{name}.parquet"
    table.to_parquet(path, index=False, compression="zstd", compression_level=19)
    rows = table["term"].nunique() if "term" in table else len(table)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{name}: {rows:,} rows, {path.stat().st_size:,} bytes", flush=True)
    return TableRecord(name=name, sha256=digest, rows=int(rows), file=path.name, **about)


def read_genes(org: sqlite3.Connection, names: GeneNames) -> pd.DataFrame:
    """Read every gene that has a current symbol; one row a symbol, sorted.

    Returns
    -------
    `_id` of the database, then the columns of `musegnn.knowledge.readers.COLUMNS`.
    """
    table = pd.read_sql_query(
        "select _id, symbol, gene_name as name, gene_id as entrez, gene_type as type"
        " from gene_info join genes using (_id) join genetype using (_id)",
        org,
    )
    ensembl = gather(org, "select _id, ensembl_id from ensembl")
    table["ensembl"] = table["_id"].map(ensembl).fillna("")
    table["gene"] = current_symbols(table, names)
    own = names.tables["human"].all_symbols
    table = table[table["gene"].isin(own)]
    aliases = gather(org, "select _id, alias_symbol from alias")
    table["aliases"] = table["_id"].map(aliases).fillna("")
    table["aliases"] = [
        ";".join(name for name in text.split(";") if name and name != gene)
        for text, gene in zip(table["aliases"], table["gene"], strict=True)
    ]
    bands = gather(org, "select _id, cytogenetic_location from cytogenetic_locations")
    table["band"] = table["_id"].map(bands).fillna("")
    table = table.merge(read_places(org), on="_id", how="left")
    table = table.fillna({"chromosome": "", "strand": "", "start": -1, "end": -1})
    table[["start", "end"]] = table[["start", "end"]].astype("int64")
    proteins = gather(org, "select _id, uniprot_id from uniprot", order=reviewed_first)
    table["uniprot"] = table["_id"].map(proteins).fillna("")
    for column, query in (
        ("pfam", "select _id, pfam_id from pfam where pfam_id is not null"),
        ("omim", "select _id, omim_id from omim"),
    ):
        table[column] = table["_id"].map(gather(org, query)).fillna("")
    # two genes of one symbol: the one that has an Ensembl id, then the older number
    table["number"] = table["entrez"].astype(int)
    table["without"] = table["ensembl"] == ""
    table = table.sort_values(["gene", "without", "number"])
    first = table.drop_duplicates("gene")
    print(f"{len(first):,} genes, {len(table) - len(first)} of the same symbol left out")
    columns = kinds_columns()
    return first[["_id", *columns]].reset_index(drop=True)


def kinds_columns() -> tuple[str, ...]:
    """Columns of a table that describes genes."""
    from musegnn.knowledge.readers import COLUMNS  # noqa: PLC0415

    return COLUMNS[kinds.DESCRIPTIONS]


def current_symbols(table: pd.DataFrame, names: GeneNames) -> list[str]:
    """Symbol of today: that of the only Ensembl id, else that which the symbol leads to."""
    one = [text for text in table["ensembl"] if text and ";" not in text]
    by_id = names.symbols_of_ids(one, "human")
    newer = names.up_to_date(table["symbol"].tolist(), "human")
    return [
        by_id.get(text) or newer[symbol]
        for text, symbol in zip(table["ensembl"], table["symbol"], strict=True)
    ]


def read_places(org: sqlite3.Connection) -> pd.DataFrame:
    """Read where genes lie on whole chromosomes: from the first transcript to the last."""
    table = pd.read_sql_query("select * from chromosome_locations", org)
    table = table[~table["seqname"].str.contains("_")]
    table["strand"] = ["-" if start < 0 else "+" for start in table["start_location"]]
    table["start"], table["end"] = table["start_location"].abs(), table["end_location"].abs()
    found = table.groupby(["_id", "seqname"], sort=True).agg(
        start=("start", "min"), end=("end", "max"), strand=("strand", "first")
    )
    found = found.reset_index().rename(columns={"seqname": "chromosome"})
    return found.drop_duplicates("_id")  # of a gene on X and Y the place on X


def gather(
    org: sqlite3.Connection, query: str, order: Callable[[set[str]], list[str]] = sorted
) -> dict[int, str]:
    """Gene -> its values in an order, between semicolons."""
    found: dict[int, set[str]] = {}
    for gene, value in org.execute(query):
        found.setdefault(gene, set()).add(str(value))
    return {gene: ";".join(order(values)) for gene, values in found.items()}


def reviewed_first(accessions: Iterable[str]) -> list[str]:
    """At most four accessions; those that look like reviewed entries stand before the others."""
    return sorted(accessions, key=lambda text: ("POQ".find(text[0]) % 4, len(text), text))[:4]


def read_terms(
    org: sqlite3.Connection, go: sqlite3.Connection, part: str, symbol_of: dict[int, str]
) -> pd.DataFrame:
    """Read the terms of one ontology with their genes, those of more special terms included.

    Returns
    -------
    Sorted: `term` ("name (id)"), `gene`, `electronic` (nobody looked at any of the annotations
    that make the gene one of the term: evidence code IEA alone).
    """
    seen, electronic = passed_on(org, go, part, symbol_of)
    label = {
        identifier: f"{name} ({identifier})"
        for identifier, name in go.execute("select go_id, term from go_term")
    }
    rows = [
        (label[term], gene, gene not in seen[term])
        for term in sorted(seen)
        for gene in sorted(seen[term] | electronic[term])
    ]
    return pd.DataFrame(rows, columns=["term", "gene", "electronic"])


def members(
    org: sqlite3.Connection,
    go: sqlite3.Connection,
    part: str,
    symbol_of: dict[int, str],
    term: str,
) -> set[str]:
    """Genes of one term, those of more special terms included."""
    seen, electronic = passed_on(org, go, part, symbol_of)
    return seen[term] | electronic[term]


def passed_on(
    org: sqlite3.Connection, go: sqlite3.Connection, part: str, symbol_of: dict[int, str]
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Term -> genes by what somebody looked at, and term -> genes by computation."""
    table = part.lower()
    identifiers = dict(go.execute("select _id, go_id from go_term where ontology = ?", (part,)))
    above = nx.DiGraph()
    above.add_nodes_from(identifiers.values())
    above.add_edges_from(
        (identifiers[child], identifiers[parent])
        for child, parent in go.execute(
            f"select _id, _parent_id from go_{table}_parents"
            " where relationship_type in ('isa', 'part of')"
        )
        if child in identifiers and parent in identifiers
    )
    seen: dict[str, set[str]] = {term: set() for term in above}
    electronic: dict[str, set[str]] = {term: set() for term in above}
    for gene, term, code in org.execute(f"select _id, go_id, evidence from go_{table}"):
        if code != "ND" and gene in symbol_of and term in above:
            (electronic if code == "IEA" else seen)[term].add(symbol_of[gene])
    for term in nx.topological_sort(above):
        for parent in above.successors(term):
            seen[parent] |= seen[term]
            electronic[parent] |= electronic[term]
    return seen, electronic


if __name__ == "__main__":
    main()
