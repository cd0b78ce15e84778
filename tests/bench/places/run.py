"""``make bench BENCH_ARGS=places``: the whole table."""

from __future__ import annotations

import gc
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from syndicator.tag import OutletHistory, Prior, RegionTagger, ensure_gazetteer, open_gazetteer
from syndicator.tag.compile import compile_gazetteer
from syndicator.tag.gazetteer import NO_PLACE, Gazetteer
from syndicator.tag.mention import Recognizer
from syndicator.tag.region import PLACE_THRESHOLD
from syndicator.tag.sense import Resolver
from syndicator.tag.weights import weights
from tests.bench.places.corpora import FOLDER, Story, Wire, modern, toponyms, wires
from tests.bench.places.fit import GEOWEBNEWS_COUNTS, Fitted
from tests.bench.places.focus import focus_calibration, print_focus
from tests.bench.places.learn import ResolutionCase, Seen, resolution_cases, see
from tests.bench.places.score import by_weights, calibration, misses, most_populous, recognition, resolution

_FOLDS = 5
_STORY = 1500


def places() -> None:
    """Print how well places are found, told apart and given a role, how fast, and what baselines do."""
    if not FOLDER.is_dir():
        print("places: set SYNDICATOR_CORPORA to the folder of the shared corpora")
        return
    gazetteer = open_gazetteer(ensure_gazetteer())
    lgl, gwn = toponyms("lgl"), toponyms("geowebnews")
    _in_force(gazetteer, lgl, gwn)
    _learned_elsewhere(lgl, gwn)
    _earlier(gazetteer, lgl)
    print_focus(RegionTagger(gazetteer), lgl, gwn)
    _countries(gazetteer, wires())
    _speed(lgl)
    _start()


def _in_force(gazetteer: Gazetteer, lgl: Sequence[Story], gwn: Sequence[Story]) -> None:
    """Print the figures of the tables as they are, which were fitted to both corpora."""
    recognizer, resolver = Recognizer(gazetteer), Resolver(gazetteer)
    for name, stories in (("LGL", lgl), ("GeoWebNews", gwn)):
        seen = [see(recognizer, story) for story in stories]
        print(f"{name:<11} found, countries and peoples only   {_dictionary(gazetteer, stories)}")
        print(f"{name:<11} found, weights in force (seen)      {recognition(stories, seen)}")
        likely = [
            [each for each in names if each.span.probability >= PLACE_THRESHOLD or not each.gold] for names in seen
        ]
        given = _cases(resolver, gazetteer, stories, seen)
        kept = {(id(each.gold)) for names in likely for each in names}
        matched = [each for each in given if id(each.gold) in kept]
        print(f"{name:<11} put, most populous                  {resolution(matched, most_populous, gazetteer)}")
        decide = by_weights(dict(weights("sense")))
        print(f"{name:<11} put, weights in force (seen)        {resolution(matched, decide, gazetteer)}")
        if any(story.outlet_country for story in stories):
            known = _cases(resolver, gazetteer, stories, seen, with_outlet=True)
            at_home = [each for each in known if id(each.gold) in kept]
            print(f"{name:<11} put, the outlet's country known     {resolution(at_home, decide, gazetteer)}")
        missed, wrong = misses(stories, seen)
        print(f"{name:<11} missed: {_listed(missed)}")
        print(f"{name:<11} wrongly found: {_listed(wrong)}")
        said = "  ".join(
            f"{probability:.2f} -> {share:.2f} ({size})"
            for probability, share, size in calibration(s for n in seen for s in n)
        )
        print(f"{name:<11} probability -> share of places: {said}")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items(), key=lambda item: -item[1]))


def _cases(
    resolver: Resolver,
    gazetteer: Gazetteer,
    stories: Sequence[Story],
    seen: Sequence[Sequence[Seen]],
    *,
    with_outlet: bool = False,
) -> list[ResolutionCase]:
    return [
        case
        for story, names in zip(stories, seen, strict=True)
        for case in resolution_cases(resolver, gazetteer, story, names, with_outlet=with_outlet)
    ]


def _learned_elsewhere(lgl: list[Story], gwn: list[Story]) -> None:
    """Print the honest figures: fitted to the other corpus, and to other stories of both (five folds)."""
    mention, sense = GEOWEBNEWS_COUNTS["mention"], GEOWEBNEWS_COUNTS["sense"]
    from_lgl = Fitted([(story, 1.0, 1.0) for story in lgl])
    _judge("GeoWebNews  fitted to LGL", [(from_lgl, gwn)])
    from_gwn = Fitted([(story, 1.0, 1.0) for story in gwn])
    _judge("LGL         fitted to GeoWebNews", [(from_gwn, lgl)])
    folds = []
    for fold in range(_FOLDS):
        rest = [(story, 1.0, 1.0) for place, story in enumerate(lgl) if place % _FOLDS != fold]
        rest += [(story, mention, sense) for place, story in enumerate(gwn) if place % _FOLDS != fold]
        folds.append(Fitted(rest))
    _judge("LGL         other stories of both", [(each, lgl[fold::_FOLDS]) for fold, each in enumerate(folds)])
    _judge("GeoWebNews  other stories of both", [(each, gwn[fold::_FOLDS]) for fold, each in enumerate(folds)])


def _judge(what: str, pairs: Iterable[tuple[Fitted, Sequence[Story]]]) -> None:
    """Score each fitted model on its stories, all counted together."""
    all_stories: list[Story] = []
    all_seen: list[list[Seen]] = []
    put: list[tuple[ResolutionCase, int]] = []
    at_home: list[tuple[ResolutionCase, int]] = []
    gazetteer = open_gazetteer(ensure_gazetteer())
    for fitted, stories in pairs:
        decide = by_weights(fitted.sense)
        for story in stories:
            seen = see(fitted.recognizer, story)
            kept = {id(each.gold) for each in seen if each.gold and each.span.probability >= PLACE_THRESHOLD}
            all_stories.append(story)
            all_seen.append(seen)
            for with_outlet, into in ((False, put), (True, at_home)):
                found = resolution_cases(fitted.resolver, gazetteer, story, seen, with_outlet=with_outlet)
                into += [(case, decide(case)) for case in found if id(case.gold) in kept]
    print(f"{what:<36} {recognition(all_stories, all_seen)}")
    for named, given in (("", put), ("outlet's country known", at_home)):
        if not named or any(story.outlet_country for story in all_stories):
            chosen = {id(case): number for case, number in given}
            score = resolution([case for case, _ in given], lambda case: chosen[id(case)], gazetteer)  # noqa: B023
            print(f"{named:>36} {score}")


def _earlier(gazetteer: Gazetteer, stories: Sequence[Story]) -> None:
    """Print LGL read as it came, each story with what its outlet's earlier ones were about."""
    tagger, recognizer, resolver = RegionTagger(gazetteer), Recognizer(gazetteer), Resolver(gazetteer)
    earlier = OutletHistory(gazetteer.number_of)
    decide, given = by_weights(dict(weights("sense"))), []
    for story in stories:
        shares = earlier.shares(story.outlet)
        seen = see(recognizer, story)
        kept = {id(each.gold) for each in seen if each.span.probability >= PLACE_THRESHOLD}
        found = resolution_cases(resolver, gazetteer, story, seen, shares=shares)
        given += [case for case in found if id(case.gold) in kept]
        earlier.learn(story.outlet, [tagger("", story.text, "en", Prior(shares=shares))])
    print(f"{'LGL         put, earlier stories known':<46} {resolution(given, decide, gazetteer)}")


def _dictionary(gazetteer: Gazetteer, stories: Sequence[Story]) -> str:
    """Find names of countries and peoples and nothing else: the baseline."""
    pattern = re.compile(
        rf"\b(?:{'|'.join(map(re.escape, sorted(_country_names(gazetteer), key=len, reverse=True)))})\b"
    )
    right = found = 0
    for story in stories:
        gold = {(each.start, each.phrase) for each in story.gold}
        hits = {(match.start(), match.group()) for match in pattern.finditer(story.text)}
        right += len(gold & hits)
        found += len(hits)
    precision, recall = right / max(1, found), right / sum(len(story.gold) for story in stories)
    return f"P {precision:.3f}  R {recall:.3f}  F1 {2 * precision * recall / (precision + recall):.3f}"


def _country_names(gazetteer: Gazetteer) -> dict[str, str]:
    from syndicator.tag import tables  # noqa: PLC0415

    names = {label: code for code, label in tables.country_labels().items()}
    for table in ("aliases.tsv", "demonyms.tsv"):
        names |= {name: row["code"] for row in tables.rows(table) for name in tables.cell(row, "en")}
    assert gazetteer.find("SY")
    return names


def _countries(gazetteer: Gazetteer, stories: Sequence[Wire]) -> None:
    """Print how well the countries are told of the wire stories that focus is not fitted to: every other one."""
    stories = stories[1::2]
    tagger = RegionTagger(gazetteer)
    names = _country_names(gazetteer)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\b")
    found: dict[str, list[frozenset[str]]] = defaultdict(list)
    for story in stories:
        roles: dict[str, set[str]] = defaultdict(set)
        for each in tagger.locate(story.title, story.text).regions:
            if each.place.parent == NO_PLACE:
                roles[str(each.role)].add(modern(gazetteer.region(each.place).term))
        found["about, actor or dateline"].append(frozenset(roles["about"] | roles["actor"] | roles["dateline"]))
        found["about or actor"].append(frozenset(roles["about"] | roles["actor"]))
        found["about"].append(frozenset(roles["about"]))
        said = (match.group() for match in pattern.finditer(f"{story.title}\n{story.text}"))
        found["dictionary of names and peoples"].append(frozenset(names[word] for word in said))
    gold = [story.countries for story in stories]
    for what, given in found.items():
        print(f"Reuters     {what:<33} {_f1(gold, given)}   without the USA {_f1(gold, given, {'US'})}")
    print(f"Reuters     focus -> share chosen by editors: {focus_calibration(tagger, stories)}")


def _f1(gold: Sequence[frozenset[str]], given: Sequence[frozenset[str]], without: Collection[str] = ()) -> str:
    pairs = [(right - frozenset(without), said - frozenset(without)) for right, said in zip(gold, given, strict=True)]
    both = sum(len(right & said) for right, said in pairs)
    micro = 2 * both / max(1, sum(len(right) + len(said) for right, said in pairs))
    each: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for right, said in pairs:
        for country in right | said:
            each[country][0] += 2 * (country in right and country in said)
            each[country][1] += (country in right) + (country in said)
    known = {country for right, _ in pairs for country in right}
    macro = sum(each[country][0] / each[country][1] for country in known) / max(1, len(known))
    return f"micro {micro:.3f} macro {macro:.3f}"


def _speed(stories: Sequence[Story]) -> None:
    """Print stories and megabytes a second of one core, warm and with the words of the first thousand new."""
    texts = [story.text[:_STORY].ljust(_STORY) for story in stories if len(story.text) > _STORY // 2]
    size = sum(len(text.encode()) for text in texts)
    tagger = RegionTagger(open_gazetteer(ensure_gazetteer()))
    for name in ("first time", "warm"):
        gc.collect()
        before = time.process_time()
        for text in texts:
            tagger(text[:60], text[60:])
        spent = time.process_time() - before
        print(
            f"speed, {name:<11} {len(texts) / spent:6.0f} stories/s of {_STORY} characters, {size / spent / 1e6:.2f} MB/s"
        )


def _start() -> None:
    """Print what making the gazetteer costs, what opening it does, and what a process that tags holds of its own."""
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        compile_gazetteer(Path(folder) / "g.bin", progress=lambda _: None)
        print(f"gazetteer made in {time.process_time() - before:.1f} CPU s, peak {_peak()} MB")
    code = (
        "import time; a = time.perf_counter()\n"
        "from syndicator.tag import Tagger, ensure_gazetteer\n"
        "b = time.perf_counter(); tag = Tagger((), ensure_gazetteer()); tag('Calm in Idlib', 'x', 'en'); c = time.perf_counter()\n"
        "smaps = open('/proc/self/smaps_rollup').read()\n"
        "print(f'{b - a:.2f} s of imports, then ready after {c - b:.3f} s')\n"
        "for text in open(0).read().split('\\0'): tag('', text, 'en')\n"
        "kb = {l.split(':')[0]: int(l.split()[1]) for l in open('/proc/self/smaps_rollup') if l.endswith('kB\\n')}\n"
        "print(f\"own memory {(kb['Private_Dirty'] + kb['Private_Clean']) // 1024} MB, of which written to \"\n"
        "      f\"{kb['Private_Dirty'] // 1024} MB; all {kb['Rss'] // 1024} MB\")\n"
    )
    texts = "\0".join(story.text for story in toponyms("lgl"))
    done = subprocess.run([sys.executable, "-c", code], input=texts, capture_output=True, text=True, check=True)
    print("later start and memory after 588 stories: " + "; ".join(done.stdout.splitlines()))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
