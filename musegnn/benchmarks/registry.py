"""All metrics: those of the product's own tasks, and those of installed packages.

A task is a folder beside this file; its module `metrics` lists the records as `METRICS`. Another
package names its record as an entry point `musegnn.metrics`. Listing them loads neither
scikit-learn nor torch: what a function needs, it imports when it measures.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from musegnn.benchmarks.metric import Group, Measure, Measured, Metric
from musegnn.errors import MuseGNNError
from musegnn.extensions import find_records

_LOGGER = logging.getLogger(__name__)


@cache
def find_metrics() -> Mapping[str, Metric]:
    """Find all metrics by key, in the order of their groups.

    A metric of another package is left out and told in the log when its key, or the name of its
    group, already stands for something else.
    """
    metrics: dict[str, Metric] = {}
    groups: dict[str, Group] = {}
    for metric in find_records(
        "metrics", "musegnn.benchmarks", Metric, attribute="METRICS", module="metrics"
    ):
        group = groups.setdefault(metric.group.name, metric.group)
        if metric.key in metrics or group != metric.group:
            _LOGGER.error("The metric %s (%s) stands twice", metric.key, metric.group.name)
            continue
        metrics[metric.key] = metric
    ordered = sorted(metrics.values(), key=lambda metric: metric.group.place)
    return MappingProxyType({metric.key: metric for metric in ordered})


def find_groups() -> tuple[Group, ...]:
    """List the groups of all metrics in their order."""
    return tuple(dict.fromkeys(metric.group for metric in find_metrics().values()))


def measure_all(task: str, inputs: object) -> dict[str, Measured]:
    """Measure every metric of a task.

    Parameters
    ----------
    task
        Name, such as "genes".
    inputs
        What the functions of its metrics get.

    Returns
    -------
    Key -> number, in the order of the metrics. One that cannot be measured is NaN, and its note
    says why.
    """
    metrics = [metric for metric in find_metrics().values() if metric.group.task == task]
    numbers: dict[str, Measured] = {}
    for measure in dict.fromkeys(metric.measure for metric in metrics):
        keys = [metric.key for metric in metrics if metric.measure is measure]
        numbers |= _ask(measure, keys, inputs)
    return {metric.key: numbers[metric.key] for metric in metrics}


def _ask(measure: Measure, keys: list[str], inputs: object) -> dict[str, Measured]:
    """Call a function for the metrics that share it; one that fails takes no other number away."""
    try:
        answer = measure(inputs)
    except MuseGNNError as error:
        answer = str(error)
    except Exception as error:
        _LOGGER.exception("The function of %s failed", ", ".join(keys))
        answer = f"its function failed with {error!r}"
    numbers, reason = ({}, answer) if isinstance(answer, str) else (answer, "no number was given")
    undeclared = sorted(set(numbers) - set(keys))
    if undeclared:
        _LOGGER.error("No metric declares %s, which was measured", ", ".join(undeclared))
    return {key: numbers.get(key, Measured(math.nan, 0, "", reason)) for key in keys}
