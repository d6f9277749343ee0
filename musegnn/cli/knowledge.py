"""`musegnn knowledge`: list, fetch and import tables of public knowledge about genes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from musegnn.cli.answer import laid_out, print_text, respond
from musegnn.errors import InputError
from musegnn.knowledge.catalogue import KINDS, CatalogueEntry, find_entry, read_catalogue
from musegnn.knowledge.fetching import fetch_table
from musegnn.knowledge.importing import SPECIES, import_table
from musegnn.knowledge.manifest import TableRecord
from musegnn.knowledge.store import KnowledgeStore, open_store
from musegnn.knowledge.topics import count_topics, missing_topics, to_fetch
from musegnn.settings import Settings

HERE, SHIPS, FETCH, IMPORT = "here", "ships", "can be fetched", "import only"
_FIELDS = tuple(field.name for field in fields(TableRecord))


def register(commands: argparse._SubParsersAction) -> None:
    """Add the command and its three actions to the parser."""
    parser = commands.add_parser("knowledge", help="list, fetch or import annotation of genes")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("list", help="tables at hand and tables that can be fetched")
    show.add_argument("--json", action="store_true", help="print JSON instead of a table")
    show.set_defaults(run=list_tables)
    fetch = actions.add_parser("fetch", help="download tables from their publishers, with checksum")
    fetch.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="names that `list` shows (default: what is missing)",
    )
    fetch.add_argument("--url-base", default="", metavar="URL", help="take the files of a mirror")
    fetch.set_defaults(run=fetch_tables)
    add = actions.add_parser("import", help="bring a table of your own: gene sets, edges, a list")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument(
        "--annotation", type=Path, metavar="GAF", help="genes of the terms of an ontology (.obo)"
    )
    add.add_argument("--name", required=True, help="name in the store")
    add.add_argument("--kind", required=True, metavar="KIND", help=f"one of: {', '.join(KINDS)}")
    add.add_argument("--species", default="human", help=f"{' or '.join(SPECIES)} (default: human)")
    add.add_argument("--release", required=True, help="release or date, as the publisher says")
    add.add_argument("--licence", required=True, help="terms of use; `unstated` when not given")
    add.add_argument("--source", default="", help="who publishes it (default: name of the file)")
    add.set_defaults(run=import_file)
    for action in (fetch, add):
        action.add_argument(
            "--to",
            type=Path,
            metavar="DIR",
            help="folder of the store (default: $MUSEGNN_KNOWLEDGE, else the cache of the user)",
        )


def list_tables(options: argparse.Namespace) -> int:
    """Print what is at hand and what can be had."""
    settings = Settings.from_environment()
    store = open_store(settings.knowledge)
    here = [] if store is None else store.tables()
    names = {record.name for record in here}
    rows = [
        {**asdict(record), "state": SHIPS if store and store.is_shipped(record.name) else HERE}
        for record in here
    ]
    for entry in read_catalogue():
        if entry.name not in names:
            known = {key: getattr(entry, key) for key in _FIELDS}
            rows.append({**known, "state": FETCH if entry.url else IMPORT})
    rows.sort(key=lambda row: (row["kind"], row["name"]))
    shown = pd.DataFrame(rows)[
        ["name", "kind", "species", "rows", "release", "licence", "source", "state"]
    ]
    n_shipped = sum(row["state"] == SHIPS for row in rows)
    where = settings.knowledge or f"{settings.knowledge_store}, which is not there yet"
    return respond(
        text=lambda: laid_out(shown) + "\n",
        document=lambda: {"folder": settings.knowledge, "tables": rows},
        as_json=options.json,
        below=[
            f"{len(here) - n_shipped} tables in {where}, {n_shipped} that ship; rows of gene sets "
            "are terms.",
            _missing_line(store),
        ],
    )


def _missing_line(store: KnowledgeStore | None) -> str:
    """Say how much of what pages ask can be answered."""
    here, of_all = count_topics(store)
    missing = [topic.title for topic in missing_topics(store)]
    rest = f" Missing: {', '.join(missing)}; `musegnn knowledge fetch` gets what can be had."
    return f"{here} of {of_all} kinds of tables are at hand.{rest if missing else ''}"


def _chosen(options: argparse.Namespace) -> list[CatalogueEntry]:
    """Tables that the command names; without a name those that pages lack.

    Raises
    ------
    InputError
        If nothing is missing.
    """
    if options.names:
        return [find_entry(name) for name in dict.fromkeys(options.names)]
    store = open_store(options.to or Settings.from_environment().knowledge)
    entries = to_fetch(missing_topics(store), store)
    if not entries:
        msg = "Expected something that is missing and can be had, found all of it here."
        raise InputError(msg, "Name a table of `musegnn knowledge list` to get it all the same.")
    for entry in entries:
        size = f"{entry.size:,} bytes" if entry.size else "size not told"
        _tell(f"{entry.name}: {size}, licence: {entry.licence}")
    return list(entries)


def fetch_tables(options: argparse.Namespace) -> int:
    """Download the named tables, or what is missing."""
    entries = _chosen(options)
    folder = options.to or Settings.from_environment().knowledge_store
    for entry in entries:
        fetched = fetch_table(
            entry,
            folder,
            url_base=options.url_base,
            report=_tell,
        )
        done = "is there already" if fetched.was_there else f"fetched, {fetched.size:,} bytes"
        checked = "as catalogued" if entry.sha256 else "kept, the publisher gives none"
        print_text(
            f"{entry.name}: {done} ({fetched.path}); checksum {checked}; "
            f"licence: {entry.licence}; cite: {entry.citation}"
        )
    return 0


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def import_file(options: argparse.Namespace) -> int:
    """Bring one table into the store."""
    folder = options.to or Settings.from_environment().knowledge_store
    record = import_table(
        options.file,
        folder,
        name=options.name,
        kind=options.kind,
        species=options.species,
        release=options.release,
        licence=options.licence,
        source=options.source,
        annotation=options.annotation,
    )
    unit = "terms" if record.kind == "gene sets" else "rows"
    print_text(f"{record.name}: {record.rows:,} {unit} of {record.kind} in {folder}")
    return 0
