"""Files a person takes away: full tables with provenance, networks, and their names."""

from __future__ import annotations

import datetime as dt
import re

import networkx as nx
import numpy as np
import pandas as pd

from musegnn.embeddings.origin import Origin
from musegnn.io.spreadsheet import table_text


def file_name(origin: Origin, what: str, suffix: str, *, today: dt.date | None = None) -> str:
    """Name a download after its date, origin, configuration and content.

    Parameters
    ----------
    origin
        Where the content comes from.
    what
        The content in a few words.
    suffix
        File type without dot.
    today
        Date in the name; by default the current one (UTC).
    """
    day = today or dt.datetime.now(dt.UTC).date()
    parts = (day.isoformat(), origin.name, origin.config_hash[:12], what)
    safe = "_".join(re.sub(r"[^A-Za-z0-9.-]+", "-", part).strip("-") for part in parts)
    return f"{safe}.{suffix}"


def csv_bytes(table: pd.DataFrame, origin: Origin) -> bytes:
    """Write a table in full precision, with its origin and configuration in each row."""
    return table_text(table.assign(**origin.columns)).encode("utf-8")


def graphml_bytes(nodes: pd.DataFrame, edges: pd.DataFrame, origin: Origin) -> bytes:
    """Write a network as GraphML with all columns as attributes.

    Parameters
    ----------
    nodes
        One row a node, column `node` is its id.
    edges
        One row an edge, columns `source` and `target` are node ids.
    origin
        Where the network comes from; stored as attributes of the graph.
    """
    graph = nx.Graph(**origin.columns)
    for record in nodes.to_dict("records"):
        graph.add_node(record.pop("node"), **_plain(record))
    for record in edges.to_dict("records"):
        graph.add_edge(record.pop("source"), record.pop("target"), **_plain(record))
    return "\n".join(nx.generate_graphml(graph)).encode("utf-8")


def _plain(record: dict[str, object]) -> dict[str, object]:
    """Values that GraphML can hold; missing ones are left out."""
    values = {key: v.item() if isinstance(v, np.generic) else v for key, v in record.items()}
    return {str(key): value for key, value in values.items() if not pd.isna(value)}
