"""Metrics as Prometheus and OpenMetrics know them. Plain values; how they are written down is the web's business."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]
NO_LABELS: Labels = ()


class MetricKind(StrEnum):
    """How the samples of a metric are meant."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Sample(NamedTuple):
    """One number of a metric, whose name may have a suffix: ``_total``, ``_bucket``, ``_sum``, ``_count``."""

    value: float
    labels: Labels = NO_LABELS
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric with its samples. ``name`` is without the ``_total`` of a counter; ``help`` is one line."""

    name: str
    kind: MetricKind
    help: str
    samples: Iterable[Sample]


def counter(name: str, help_: str, value: float) -> Metric:
    """Return a counter without labels."""
    return Metric(name=name, kind=MetricKind.COUNTER, help=help_, samples=(Sample(value, suffix="_total"),))


def counters(name: str, help_: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a counter for each value of a label."""
    samples = tuple(Sample(value, ((label, each),), "_total") for each, value in values.items())
    return Metric(name=name, kind=MetricKind.COUNTER, help=help_, samples=samples)


def gauge(name: str, help_: str, value: float, labels: Labels = NO_LABELS) -> Metric:
    """Return a gauge of one sample."""
    return Metric(name=name, kind=MetricKind.GAUGE, help=help_, samples=(Sample(value, labels),))


def gauges(name: str, help_: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a gauge for each value of a label."""
    samples = tuple(Sample(value, ((label, each),)) for each, value in values.items())
    return Metric(name=name, kind=MetricKind.GAUGE, help=help_, samples=samples)


class Histogram:
    """Counts values by size, in a few additions for each."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """Count nothing yet; ``bounds`` are the upper ones of the buckets, rising, without infinity."""
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        """Count a value."""
        position = 0
        for bound in self._bounds:
            if value <= bound:
                break
            position += 1
        self._counts[position] += 1
        self._sum += value

    def metric(self, name: str, help_: str) -> Metric:
        """Return what was counted."""
        samples, below = [], 0
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            below += count
            samples.append(Sample(below, (("le", "+Inf" if bound == float("inf") else repr(float(bound))),), "_bucket"))
        samples += [Sample(self._sum, suffix="_sum"), Sample(below, suffix="_count")]
        return Metric(name=name, kind=MetricKind.HISTOGRAM, help=help_, samples=tuple(samples))
