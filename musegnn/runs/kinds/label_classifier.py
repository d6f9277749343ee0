"""Whether gene vectors tell labelled genes from others, as the Labels page asks."""

from __future__ import annotations

from typing import ClassVar, Final

from pydantic import Field

from musegnn.runs.kind import FileNeed, Kind, KindSettings

CLASSIFICATION_FILE: Final = "classification.json"


class LabelClassifierSettings(KindSettings):
    """How labels are told."""

    kind: ClassVar[str] = "label_classifier"
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of folds and shuffles")


KIND = Kind(
    title="Classifier of labelled genes",
    summary="logistic regression on gene vectors, cross-validated, beside its controls",
    settings=LabelClassifierSettings,
    work="musegnn.worker.classify_labels:classify",
    files=(
        FileNeed("question", "rows of the labelled genes and of the others"),
        FileNeed("embedding", "the embedding set"),
    ),
    makes=(CLASSIFICATION_FILE,),
    is_short=True,
)
