"""Features of 10x matrices: which of several types to take."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scipy import sparse

from musegnn.errors import DataFileError
from musegnn.validation import format_list

GENE_EXPRESSION = "Gene Expression"


@dataclass(frozen=True)
class Features:
    """Rows of a 10x matrix.

    Parameters
    ----------
    names
        Symbols.
    ids
        Identifiers, "" where unknown.
    types
        Kind of each feature, such as "Gene Expression" or "Peaks"; None where a file does not say.
    """

    names: list[str]
    ids: list[str]
    types: list[str] | None


def take_feature_type(
    matrix: sparse.csr_matrix, features: Features, wanted: str | None, path: Path
) -> tuple[sparse.csr_matrix, Features, tuple[str, ...]]:
    """Return the columns of one feature type, their features, and a note when others were left out.

    Parameters
    ----------
    matrix
        Cells x features.
    features
        Features in the order of the columns.
    wanted
        Type to take; None takes "Gene Expression" where there are several.
    path
        File, for the message.

    Raises
    ------
    DataFileError
        If there are no features of the type wanted, or several types and none is gene expression.
    """
    kinds = Counter(features.types or [])
    if wanted is None:
        if len(kinds) <= 1:
            return matrix, features, ()
        wanted = GENE_EXPRESSION
    if wanted not in kinds or features.types is None:
        known = format_list(sorted(kinds)) if kinds else "none"
        msg = f"Expected features of type {wanted!r} in {path.name}, found {known}."
        raise DataFileError(msg, "Name one of the types as `layer`, or leave `layer` out.")
    columns = [i for i, kind in enumerate(features.types) if kind == wanted]
    left = len(features.names) - len(columns)
    taken = Features(
        [features.names[i] for i in columns],
        [features.ids[i] for i in columns],
        [wanted] * len(columns),
    )
    note = f"features: {len(columns)} of type {wanted} taken, {left} of other types left out"
    return matrix[:, columns], taken, (note,) if left else ()
