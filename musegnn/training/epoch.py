"""What is noted of an epoch."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class EpochRecord:
    """Means over the steps of one epoch.

    Parameters
    ----------
    epoch
        Number from 1.
    seconds
        Spent in training since the first epoch, pauses between sessions left out.
    loss
        Weighted sum of the terms.
    terms
        Each term of the loss before weighting.
    graphs_per_second
        Throughput of this epoch.
    seconds_left
        Estimate up to the last epoch.
    memory_mib
        Largest memory of this process so far, on a GPU that of the device, in MiB.
    validation_auroc
        AUROC of edges hidden for validation, 0 to 1; None in epochs without one.
    """

    epoch: int
    seconds: float
    loss: float
    terms: dict[str, float]
    graphs_per_second: float = 0.0
    seconds_left: float = 0.0
    memory_mib: float = 0.0
    validation_auroc: float | None = None

    def to_dict(self) -> dict[str, float | int | None]:
        """Return flat values for one line of JSON; terms stand under their own names."""
        values = asdict(self)
        return {**{key: value for key, value in values.items() if key != "terms"}, **self.terms}
