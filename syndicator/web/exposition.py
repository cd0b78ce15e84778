"""Write metrics in the two formats that Prometheus reads, and choose between them. Pure.

Prometheus text format 0.0.4, and OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from enum import Enum

from syndicator.models.metrics import Labels, Metric, MetricKind

_UNITS = ("seconds", "bytes")
# No scraper names more; what an attacker adds is not read.
_MOST_ACCEPTED = 20
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})
_QUALITY = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


class Format(Enum):
    """A format, by its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def accepted_format(accept: str) -> Format:
    """Return the format that an ``Accept`` header prefers (RFC 9110, 12.5.1); text where it says nothing of both."""
    qualities = {Format.OPEN_METRICS: 0.0, Format.TEXT: 0.0}
    for part in accept.split(",", _MOST_ACCEPTED)[:_MOST_ACCEPTED]:
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        values = dict(each.partition("=")[::2] for each in parameters)
        quality = values.get("q", "1")
        weight = float(quality) if _QUALITY.fullmatch(quality) else 0.0
        version = values.get("version", "").strip('"')
        if name == "application/openmetrics-text" and version in ("", "1.0.0"):
            qualities[Format.OPEN_METRICS] = max(qualities[Format.OPEN_METRICS], weight)
        elif name in ("text/plain", "text/*", "*/*"):
            qualities[Format.TEXT] = max(qualities[Format.TEXT], weight)
    wants_open = qualities[Format.OPEN_METRICS] > 0 and qualities[Format.OPEN_METRICS] >= qualities[Format.TEXT]
    return Format.OPEN_METRICS if wants_open else Format.TEXT


def render(metrics: Iterable[Metric], in_format: Format) -> bytes:
    """Write metrics down."""
    lines: list[str] = []
    for metric in metrics:
        lines += _header(metric, in_format)
        lines += _samples(metric)
    if in_format is Format.OPEN_METRICS:
        lines.append("# EOF\n")
    return "".join(lines).encode()


def _header(metric: Metric, in_format: Format) -> Iterator[str]:
    name = metric.name
    if in_format is Format.TEXT:
        name += "_total" if metric.kind is MetricKind.COUNTER else ""
        yield f"# HELP {name} {metric.help.translate(_HELP_ESCAPES)}\n# TYPE {name} {metric.kind.value}\n"
        return
    yield f"# HELP {name} {metric.help.translate(_ESCAPES)}\n# TYPE {name} {metric.kind.value}\n"
    unit = name.rpartition("_")[2]
    if unit in _UNITS:
        yield f"# UNIT {name} {unit}\n"


def _samples(metric: Metric) -> Iterator[str]:
    name = metric.name
    for value, labels, suffix in metric.samples:
        yield f"{name}{suffix}{_labels(labels)} {_number(value)}\n"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join([f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels]) + "}"


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(int(value))  # a bool is a number here
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
