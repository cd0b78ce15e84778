"""The real Prometheus: it takes what is served, and the rules and the dashboard that are shipped ask for what there is."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open_metrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.conftest import need
from tests.documents import ROOT
from tests.newsroom import EVERYTHING, MAIN, Item, Site, outlet, rss, write_config
from tests.ports import port_of, reserve
from tests.processes import run, started
from tests.waiting import eventually, get, running

RULES = ROOT / "deploy/prometheus/syndicator.rules.yml"
DASHBOARD = json.loads((ROOT / "deploy/grafana/syndicator.json").read_text("utf-8"))
BODY = rss(Item("هدنة في إدلب", link="https://o.example/1"), Item("Перемирие в Идлибе", link="https://o.example/2"))
# What Prometheus itself adds, and the parts of histograms.
_NAME = re.compile(r"\b(?:syndicator|process)_[a-z_]+\b")
_MATCHER = re.compile(r'([a-z_]+)=~?"([^"$]*)"')
_PROMETHEUS = """
global: {{scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms}}
rule_files: [{rules}]
scrape_configs:
  - job_name: syndicator
    metrics_path: {path}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: syndicator-sources
    metrics_path: /ops/metrics/sources
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@asynccontextmanager
async def a_daemon(tmp_path, port):
    """Run a daemon that has polled, and yield it with its configuration."""
    async with Site({"/feed.xml": BODY}) as site:
        folder = write_config(
            tmp_path / "c",
            port=port,
            outlets={"haber": outlet(site.base, name="Haber")},
            feeds={"everything": EVERYTHING},
            main=MAIN + "[watch]\nsource_metrics = true\n",
        )
        (folder / "alerts").mkdir()
        (folder / "alerts/desk.toml").write_text(f'to = ["{site.base}/hook"]\n')
        async with running(folder, tmp_path / "s") as daemon:
            base = f"http://127.0.0.1:{port}"

            async def has_polled():
                return b"syndicator_stories_total 2" in (await get(f"{base}/ops/metrics")).body

            await eventually(has_polled)
            yield daemon, folder


@asynccontextmanager
async def a_prometheus(tmp_path, *, port, path="/ops/metrics"):
    """Run Prometheus with the shipped rules, which wait for nothing; yield a function that asks its API."""
    rules = tmp_path / "rules.yml"
    rules.write_text(re.sub(r"for: \S+", "for: 0s", RULES.read_text("utf-8")))
    (tmp_path / "prometheus.yml").write_text(_PROMETHEUS.format(rules=rules, port=port, path=path))
    with reserve() as reservation:
        own = port_of(reservation)
    command = (
        need("prometheus"),
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{own}",
    )
    with (tmp_path / "log").open("wb") as log:
        async with started(*command, stdout=log, stderr=log):

            async def ask(what, **query):
                try:
                    words = urlencode(query)
                    answer = await get(f"http://127.0.0.1:{own}/api/v1/{what}?{words}")
                except OSError:
                    return None
                return json.loads(answer.body)["data"] if answer.status == 200 else None

            yield ask


async def test_the_rules_and_the_example_are_what_prometheus_takes():
    """By promtool, with a play in which each rule fires when it should."""
    promtool = need("promtool")
    for command in (
        ("check", "rules", RULES),
        ("check", "config", ROOT / "deploy/prometheus/prometheus.yml"),
        ("test", "rules", ROOT / "tests/data/prometheus/rules_test.yml"),
    ):
        done = await run(promtool, *command)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()


async def test_every_rule_has_a_play():
    """One that is added without is found out."""
    play = (ROOT / "tests/data/prometheus/rules_test.yml").read_text("utf-8")
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))
    assert len(alerts) == len(set(alerts)) > 10
    assert [each for each in alerts if f'alertname="{each}"' not in play] == []


async def test_what_is_served_has_the_form_that_prometheus_asks_for(tmp_path, free_port):
    """By promtool's linter, and by the parsers of its own Python library in both formats."""
    promtool = need("promtool")
    async with a_daemon(tmp_path, free_port):
        for path in ("metrics", "metrics/sources"):
            url = f"http://127.0.0.1:{free_port}/ops/{path}"
            text = (await get(url)).body
            done = await run(promtool, "check", "metrics", stdin=text)
            assert (done.returncode, done.stdout + done.stderr) == (0, b"")
            opened = (await get(url, Accept="application/openmetrics-text;version=1.0.0")).body
            names = [
                {each.name for each in parse(body.decode())}
                for parse, body in ((parse_text, text), (parse_open_metrics, opened))
            ]
            assert names[0] == names[1]
            assert names[0]


async def served(port):
    """Return the names of all samples and families that a daemon serves, and by name the values of labels."""
    names, values = set(), {}
    for path in ("metrics", "metrics/sources"):
        body = (await get(f"http://127.0.0.1:{port}/ops/{path}")).body.decode()
        names.update(re.findall(r"^# TYPE (\S+)", body, re.MULTILINE))
        for family in parse_text(body):
            for sample in family.samples:
                names.add(sample.name)
                for label, value in sample.labels.items():
                    values.setdefault((sample.name, label), set()).add(value)
    return names, values


def expressions():
    """Return every expression of the dashboard and the rules."""
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    variables = [each["definition"] for each in DASHBOARD["templating"]["list"] if "definition" in each]
    rules = re.findall(r"expr: (?:>-\n)?((?:.+\n)(?: {10}.+\n)*)", RULES.read_text("utf-8"))
    assert len(rules) > 10
    return [*panels, *variables, *rules]


async def test_rules_and_dashboard_ask_only_for_what_is_served(tmp_path, free_port):
    """A metric that was renamed, or a value that a label never has, would be an empty panel and a rule that sleeps."""
    async with a_daemon(tmp_path, free_port):
        names, values = await served(free_port)
    used = set()
    for expression in expressions():
        found = set(_NAME.findall(expression))
        assert found <= names, expression
        used |= found
        for name in found:
            for label, wanted in _MATCHER.findall(expression):
                if label not in ("job", "instance") and (name, label) in values:
                    assert set(wanted.split("|")) <= values[name, label], expression
    assert len(used) > 20


def test_the_dashboard_is_whole():
    """What Grafana wants of panels: ids, places that do not overlap, queries with names, one datasource to choose."""
    assert DASHBOARD["uid"] == "syndicator"
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["title"]
        if panel["type"] != "row":
            references = [target["refId"] for target in panel["targets"]]
            assert references
            assert len(set(references)) == len(references)
            assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]


@pytest.mark.parametrize("path", ["/ops/metrics", "/metrics"])
async def test_prometheus_scrapes_and_evaluates_what_the_dashboard_asks(tmp_path, free_port, path):
    """Every expression is one, and those of a daemon at work have an answer; the usual address leads there, too."""
    async with a_daemon(tmp_path, free_port), a_prometheus(tmp_path, port=free_port, path=path) as ask:

        async def are_up():
            found = await ask("query", query="sum(up)")
            return found and found["result"] and found["result"][0]["value"][1] == "2"

        await eventually(are_up)
        for expression in expressions()[: 1 if path == "/metrics" else None]:
            if expression.startswith("label_values"):
                continue
            query = expression.replace("$instance", ".*").replace("$__rate_interval", "5m")
            answer = await ask("query", query=query)
            assert answer is not None, expression
        stories = await ask("query", query='syndicator_stories_total{job="syndicator"}')
        assert stories["result"][0]["value"][1] == "2"


async def test_a_rule_fires_on_a_real_daemon(tmp_path, free_port):
    """A file of the configuration that is refused, then a daemon that is gone; and what is mended ends its alert."""
    async with a_prometheus(tmp_path, port=free_port) as ask:

        async def firing():
            found = await ask("alerts")
            return {
                each["labels"]["alertname"] for each in (found or {"alerts": []})["alerts"] if each["state"] == "firing"
            }

        async with a_daemon(tmp_path, free_port) as (_, folder):

            async def is_refused():
                return "SyndicatorConfigurationRefused" in await firing()

            async def is_calm():
                return await ask("query", query="up") and not await firing()

            await eventually(is_calm)
            bad = folder / "feeds/bad.toml"
            bad.write_text("title = 'İdlib'\nwhere = 'region:'\n")
            await eventually(is_refused)
            bad.unlink()
            await eventually(is_calm)

        async def is_down():
            return "SyndicatorDown" in await firing()

        await eventually(is_down)


async def test_scrapes_go_on_through_reloads_and_the_end(tmp_path, free_port):
    """None is answered with an error while the configuration is swapped; after the end nobody answers."""
    async with a_daemon(tmp_path, free_port) as (daemon, _):
        statuses, is_over = [], asyncio.Event()

        async def scrape():
            while not is_over.is_set():
                statuses.append((await get(f"http://127.0.0.1:{free_port}/ops/metrics")).status)

        scrapers = [asyncio.create_task(scrape()) for _ in range(5)]
        for _ in range(3):
            assert await daemon.reload()
        is_over.set()
        await asyncio.gather(*scrapers)
        assert set(statuses) == {200}
        daemon.stop()
        answers = []
        while True:
            try:
                answer = await get(f"http://127.0.0.1:{free_port}/ops/metrics")
                ready = await get(f"http://127.0.0.1:{free_port}/readyz")
            except OSError:
                break
            answers.append((answer.status, ready.status))
    assert set(answers) <= {(200, 503)}
    with pytest.raises(OSError):
        await get(f"http://127.0.0.1:{free_port}/ops/metrics")


async def test_the_tables_of_metrics_are_what_is_served(tmp_path, free_port):
    """Every metric is explained with its labels, none is made up."""
    text = (
        (ROOT / "docs/operate.md")
        .read_text("utf-8")
        .partition("\n### Prometheus and Grafana\n")[2]
        .partition("\n### ")[0]
    )
    rows = re.findall(r"^\| ((?:`\w+` ?)+)\| ((?:`\w+` ?)*)\|", text, re.MULTILINE)
    told = {name: set(re.findall(r"\w+", labels)) for names, labels in rows for name in re.findall(r"\w+", names)}
    async with a_daemon(tmp_path, free_port):
        names, values = await served(free_port)
    parts = ("_bucket", "_sum", "_count")
    assert told.keys() == {name for name in names if not name.endswith(parts)}
    found = {}
    for name, label in values:
        found.setdefault(name.removesuffix("_bucket"), set()).add(label)
    # What a daemon with one poll behind it has no samples of.
    silent = {
        "syndicator_source_lull_ratio",
        "syndicator_certificate_expiry_timestamp_seconds",
    }
    assert {name: labels for name, labels in told.items() if labels and name not in silent} == {
        name: labels for name, labels in found.items() if name not in silent
    }
