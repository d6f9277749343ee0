"""How well gene vectors tell dosage-sensitive transcription factors from others."""

from __future__ import annotations

import gzip
import io
import math
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from musegnn.benchmarks.metric import Measured
from musegnn.embeddings.label_prediction import predict_out_of_fold
from musegnn.errors import DataFileError
from musegnn.graphs.unit_rows import unit_rows

FACTOR_FILE = "TF_human_lambert2018.txt.gz"
LIST_ARCHIVE = "macarthur_gene_lists.tar.gz"
SENSITIVE_LISTS = (
    "clingen_level3_genes_2018_09_13",
    "haploinsufficiency_severe_curated_2016",
    "haploinsufficiency_moderate_curated_2016",
    "haploinsufficiency_mild_curated_2016",
)
# a factor in one of these may be sensitive: it counts on neither side
DOUBTFUL_LISTS = (
    *("all_ad", "berg_ad", "blekhman_ad", "berg_xd", "berg_xr", "blekhman_x", "x-linked_clinvar"),
    *("Transcript_annotation_Haploinsufficient_genes_61", "mgi_essential"),
)
UNIVERSE_LIST = "universe"
REPEATS, FEWEST = 5, 10
_LARGEST_LIST = 10_000_000  # bytes


@dataclass(frozen=True)
class DosageLabels:
    """Transcription factors by what losing one copy does.

    Parameters
    ----------
    sensitive
        Human symbols with curated evidence of haploinsufficiency.
    insensitive
        Human symbols without such evidence, without dominant or X-linked disease and not essential
        in the mouse: nothing is known against losing a copy.
    """

    sensitive: frozenset[str]
    insensitive: frozenset[str]


def read_dosage_labels(folder: Path | None) -> DosageLabels | None:
    """Read labels from a folder of gene lists.

    Parameters
    ----------
    folder
        Holds `TF_human_lambert2018.txt.gz`; it or a folder `evaluation` in it or beside it holds
        `macarthur_gene_lists.tar.gz`. None says that there is none.

    Returns
    -------
    DosageLabels, or None when a file is not there.

    Raises
    ------
    DataFileError
        If a file is there but cannot be read.
    """
    if folder is None:
        return None
    folder = Path(folder)
    places = (folder, folder / "evaluation", folder.parent / "evaluation")
    archives = [place / LIST_ARCHIVE for place in places if (place / LIST_ARCHIVE).is_file()]
    table = folder / FACTOR_FILE
    if not archives or not table.is_file():
        return None
    lists = _read_lists(archives[0])
    factors = _read_factors(table) & lists[UNIVERSE_LIST]
    sensitive = frozenset().union(*(lists[name] for name in SENSITIVE_LISTS))
    doubtful = frozenset().union(*(lists[name] for name in DOUBTFUL_LISTS))
    return DosageLabels(factors & sensitive, factors - sensitive - doubtful)


def _read_factors(path: Path) -> frozenset[str]:
    """Read one symbol a line."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return frozenset(filter(None, map(str.strip, lines)))
    except (OSError, EOFError, ValueError, zlib.error) as error:
        msg = f"Expected transcription factors, one a line, found something else in {path}."
        raise DataFileError(msg, "Fetch the file again.") from error


def _read_lists(path: Path) -> dict[str, frozenset[str]]:
    """Read the lists that are needed from the archive; nothing is unpacked onto the disk."""
    wanted = (*SENSITIVE_LISTS, *DOUBTFUL_LISTS, UNIVERSE_LIST)
    found = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = Path(member.name).stem
                if name not in wanted or not member.isfile() or member.size > _LARGEST_LIST:
                    continue
                stream = archive.extractfile(member)
                text = io.TextIOWrapper(stream, encoding="utf-8").read() if stream else ""
                found[name] = frozenset(filter(None, map(str.strip, text.splitlines())))
    except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError) as error:
        msg = f"Expected an archive of gene lists, found something else in {path}."
        raise DataFileError(msg, "Fetch the file again.") from error
    missing = [name for name in wanted if name not in found]
    if missing:
        msg = f"Expected the gene lists {', '.join(missing)}, found none of them in {path}."
        raise DataFileError(msg, "Fetch the archive of the whole collection.")
    return found


def classify_dosage(
    vectors: np.ndarray, genes: Sequence[str], labels: DosageLabels, *, seed: int = 0
) -> Measured:
    """Classify transcription factors by logistic regression, each gene by a model without it.

    All contexts of a gene stay in one fold, so nothing is gained by recognising the gene. The
    predictions of a gene are averaged over its contexts, and the AUROC counts genes, not contexts;
    mean over five draws of the folds.

    Parameters
    ----------
    vectors
        `(N, D)` genes in context; their length is not used.
    genes
        `(N,)` human symbol of each, "" where there is none.
    labels
        Sensitive and insensitive genes.
    seed
        Of the first draw of the folds.

    Returns
    -------
    Measured; the value is NaN with fewer than ten genes on one side.
    """
    names = np.asarray(genes, dtype=str)
    known = labels.sensitive | labels.insensitive
    rows = np.flatnonzero([name in known for name in names.tolist()])
    unique, group = np.unique(names[rows], return_inverse=True)
    label = np.array([name in labels.sensitive for name in unique.tolist()], dtype=bool)
    counted = "transcription factors"
    n_sensitive = int(label.sum())
    n_others = len(unique) - n_sensitive
    note = f"{n_sensitive} sensitive, {n_others} without evidence"
    if min(n_sensitive, n_others) < FEWEST:
        return Measured(float("nan"), len(unique), counted, f"too few genes: {note}")
    points, target = unit_rows(vectors[rows].astype(np.float64)), label[group]
    scores = [
        roc_auc_score(label, predict_out_of_fold(points, target, group, seed=seed + repeat))
        for repeat in range(REPEATS)
    ]
    # standard deviation of the Mann-Whitney statistic without a difference
    spread = 1.96 * math.sqrt((len(unique) + 1) / (12 * n_sensitive * n_others))
    note += f", so chance alone gives 0.5 \u00b1 {spread:.2f}"
    return Measured(float(np.mean(scores)), len(unique), counted, note)
