"""Metrics as text: both formats, as their own parsers read them, and which of them a scraper gets."""

import math

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open_metrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from syndicator.models.metrics import Histogram, Metric, MetricKind, Sample, counter, counters, gauge, gauges
from syndicator.web.exposition import Format, accepted_format, render

# What Prometheus 2.42, 2.55 and 3.5 send.
_PROMETHEUS = (
    (
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    ),
    (
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    ),
    (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
        "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
        "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
    ),
)


def a_histogram(*values):
    counted = Histogram((0.1, 1.0, 20.0))
    for value in values:
        counted.add(value)
    return counted.metric("h_seconds", "How long.")


METRICS = [
    counter("polls", "Polls.", 3),
    counters("items", "Items.", "verdict", {"new": 1, "copy": 2}),
    gauge("size_bytes", "Size.", 12345678901234),
    gauge("is_well", "Whether.", True),
    gauges("sources", "Sources.", "state", {"working": 7, "shaky": 0}),
    gauge("lag_seconds", "Lag.", 0.125, (("of", "Idlib"), ("who", "إدلب"))),
    a_histogram(0.05, 0.1, 0.5, 30.0),
]


def samples(families):
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value for family in families for each in family.samples
    }


@pytest.mark.parametrize(
    ("in_format", "parse"),
    [(Format.TEXT, parse_text), (Format.OPEN_METRICS, parse_open_metrics)],
    ids=["text", "open-metrics"],
)
def test_a_parser_reads_what_was_meant(in_format, parse):
    """Names, kinds, labels and values; a bool is 0 or 1."""
    families = list(parse(render(METRICS, in_format).decode()))
    kinds = {each.name: each.type for each in families}
    assert kinds == {each.name: each.kind.value for each in METRICS}
    found = samples(families)
    assert found["polls_total", ()] == 3
    assert found["items_total", (("verdict", "copy"),)] == 2
    assert found["size_bytes", ()] == 12345678901234
    assert found["is_well", ()] == 1
    assert found["sources", (("state", "shaky"),)] == 0
    assert found["lag_seconds", (("of", "Idlib"), ("who", "إدلب"))] == 0.125
    buckets = [found["h_seconds_bucket", (("le", le),)] for le in ("0.1", "1.0", "20.0", "+Inf")]
    assert buckets == [2, 3, 3, 4]
    assert found["h_seconds_count", ()] == 4
    assert found["h_seconds_sum", ()] == pytest.approx(30.65)


@pytest.mark.parametrize("in_format", Format)
@pytest.mark.parametrize("evil", ['a"} 1\nfake 2\n#', "back\\slash", "\\n", "строка\nвторая", "", 'İ"\\\n'])
def test_a_label_cannot_forge_a_line(in_format, evil):
    """Whatever a value holds is one value of one label."""
    parse = parse_text if in_format is Format.TEXT else parse_open_metrics
    (family,) = parse(render([gauge("g", 'A "help"\nof \\ two lines.', 1, (("who", evil),))], in_format).decode())
    (sample,) = family.samples
    assert sample.labels == {"who": evil}
    assert family.documentation == 'A "help"\nof \\ two lines.'


@pytest.mark.parametrize(
    ("value", "written"), [(math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (1e300, "1e+300")]
)
def test_values_that_are_no_numbers_are_written_as_the_formats_have_it(value, written):
    """Python's own words for them are read by no scraper."""
    metric = Metric(name="g", kind=MetricKind.GAUGE, help="H.", samples=(Sample(value),))
    assert render([metric], Format.TEXT).decode().splitlines()[-1] == f"g {written}"


def test_open_metrics_ends_with_its_mark_and_names_units():
    """A body that was cut off must not count as whole."""
    text = render(METRICS, Format.OPEN_METRICS).decode()
    assert text.endswith("\n# EOF\n")
    assert "# UNIT h_seconds seconds\n" in text
    assert "# TYPE polls counter\n" in text
    assert render([], Format.OPEN_METRICS) == b"# EOF\n"
    assert render([], Format.TEXT) == b""


@pytest.mark.parametrize("accept", _PROMETHEUS)
def test_prometheus_gets_open_metrics(accept):
    """It says that it prefers it, in the order of its versions."""
    assert accepted_format(accept) is Format.OPEN_METRICS


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/plain",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;version=1.0.0;q=0",
        "application/openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.9",
        "application/openmetrics-text;q=nan",
        "application/openmetrics-text;q=1e9",
        "application/openmetrics-text;q=inf",
        "application/openmetrics-text;q=٠.٥",
        "application/openmetrics-text;q=-1",
        ";;;===,,,;q=;q",
        "\x00" * 8000,
        "," * 100_000,
        ";" * 100_000,
        "text/plain," * 10_000 + "application/openmetrics-text",
    ],
    ids=lambda accept: accept[:40],
)
def test_whoever_does_not_ask_for_open_metrics_gets_text(accept):
    """Browsers, other versions, and headers that are made to do harm."""
    assert accepted_format(accept) is Format.TEXT
