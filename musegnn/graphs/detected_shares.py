"""Detected shares: in what share of the cells each gene of a graph was counted, of many graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from musegnn import keys
from musegnn.border.apart import apart
from musegnn.errors import MuseGNNError
from musegnn.graphs.graph_header import list_files
from musegnn.io.formats.hdf5 import open_hdf5, read_array, read_names

ROLE: Final = "a gene graph"


@apart("gene graphs")
def read_detected_shares(path: Path) -> pd.DataFrame:
    """Read the share of cells with at least one count of each gene, of all graphs of a folder.

    Of each file two columns are read and nothing else. A file that cannot be read, or says nothing
    of it, is left out: the share is one fact beside others, and who opens the graph is told.

    Parameters
    ----------
    path
        Folder of gene graphs; one that is not there holds none.

    Returns
    -------
    `dataset` (name of the file), `gene`, `share` (0 to 1), a row a gene of a graph.
    """
    parts = []
    for file in list_files(path):
        try:
            with open_hdf5(file, role=ROLE) as opened:
                genes = read_names(opened["obs"], keys.GENE)
                shares = read_array(opened["obs"], keys.DETECTED).astype(np.float64)
        except MuseGNNError:
            continue
        if shares.shape == (len(genes),):
            parts.append(pd.DataFrame({"dataset": file.stem, "gene": genes, "share": shares}))
    if not parts:
        return pd.DataFrame({"dataset": [], "gene": [], "share": np.empty(0)})
    return pd.concat(parts, ignore_index=True)
