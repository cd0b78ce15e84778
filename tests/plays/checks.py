"""What must hold at the end of a play, whoever was killed: nothing lost, doubled or asked too often, nobody blamed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.plays.newsroom import Newsroom, Request, shown_by_source
from tests.plays.stage import Stage

# A request leaves some time after its turn has come, and on a busy machine two of one process differ in that. Between
# two processes there is the whole pause more, since a host is let go when a poll has ended.
JITTER = 0.2
_GOOD = ("ok", "not_modified", "unchanged")
_OUTLETS_SUBJECTS = ("language", "country", "outlet", "source", "endpoint", "host", "series", "file", "story")


def problems(stage: Stage) -> list[str]:
    """Return all that is wrong, in words."""
    return [
        *stories_problems(stage),
        *manners_problems(stage.newsroom, stage.spacing),
        *blame_problems(stage),
        *log_problems(stage),
    ]


def grouped(rows: Iterable[tuple[str, str, int]]) -> frozenset[frozenset[tuple[str, str]]]:
    """Return which entries, by outlet and link, are one story."""
    stories: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for outlet, link, story in rows:
        stories[story].add((outlet, link))
    return frozenset(map(frozenset, stories.values()))


def stories_problems(stage: Stage) -> Iterator[str]:
    """Yield what of the news is lost, doubled, mixed up or old."""
    rows = stage.rows("SELECT source, outlet, link, story FROM entry ORDER BY source, link")
    shown = shown_by_source(stage.newsroom)
    sources = stage.rows("SELECT id, outlet FROM source WHERE is_active")
    stored = defaultdict(set)
    stories: dict[int, set[int]] = defaultdict(set)
    told: dict[int, set[int]] = defaultdict(set)
    for source, outlet, link, story in rows:
        matter = shown[outlet].get(link)
        if matter is None:
            yield f"an entry that nobody showed: {source} {link}"
            continue
        if link in stored[source]:
            yield f"an entry twice: {source} {link}"
        stored[source].add(link)
        told[matter.number].add(story)
        stories[story].add(matter.number)
    for source, outlet in sources:
        yield from (f"lost: {source} {link}" for link in shown[outlet].keys() - stored[source])
    for number, found in told.items():
        if len(found) > 1 or None in found:
            yield f"doubled: matter {number} is stories {sorted(map(str, found))}"
    yield from (f"mixed up: story {story} is matters {found}" for story, found in stories.items() if len(found) > 1)
    ((count,),) = stage.rows("SELECT count(*) FROM story")
    if count != len(stage.newsroom.matters):
        yield f"{count} stories of {len(stage.newsroom.matters)} matters"
    yield from _wording_problems(stage)


def _wording_problems(stage: Stage) -> Iterator[str]:
    """Yield stories in old words, and those that were rewritten more often than their outlet did."""
    edited = {each.words.title: each.editions - 1 for each in stage.newsroom.matters}
    rows = stage.rows("SELECT title, (SELECT count(*) FROM revision WHERE story = story.id) FROM story")
    for title, revisions in rows:
        if title not in edited:
            yield f"old words: {title}"
        elif revisions > edited[title]:
            yield f"rewritten {revisions} times, not {edited[title]}: {title}"


def manners_problems(newsroom: Newsroom, spacing: float) -> Iterator[str]:
    """Yield requests to one host that came too close to each other, or at once."""
    for domain in newsroom.domains:
        if domain.crowded:
            yield f"{domain.crowded} requests at once at {domain.site.base}"
        for earlier, later in zip(domain.requests, domain.requests[1:], strict=False):
            if (gap := gap_between(earlier, later)) < spacing - JITTER:
                yield f"two requests within {gap:.3f} s at {domain.site.base}"


def gap_between(earlier: Request, later: Request) -> float:
    """Return by how many seconds at most one came after the other: the earlier one may have been noticed late."""
    return later.noticed - earlier.noticed + earlier.late


def blame_problems(stage: Stage) -> Iterator[str]:
    """Yield what was counted against an outlet."""
    rows = stage.rows("SELECT url, outcome, failures, quarantine, note FROM endpoint WHERE outcome IS NOT NULL")
    for url, outcome, failures, quarantine, note in rows:
        if outcome not in _GOOD or failures or quarantine:
            yield f"blamed: {url} {outcome} {failures} {quarantine} {note}"
    for source, failed, worst in stage.rows("SELECT source, failed, worst FROM day WHERE failed > 0"):
        yield f"{failed} polls failed: {source} {worst}"
    for kind, subject, words in stage.rows("SELECT kind, subject, words FROM alert"):
        if subject.partition(":")[0] in _OUTLETS_SUBJECTS:
            yield f"alert: {kind} {subject} {words}"


def log_problems(stage: Stage) -> Iterator[str]:
    """Yield faults of ours that were logged: tracebacks."""
    for path in sorted(stage.folder.glob("*.log")):
        if "Traceback" in (text := path.read_text("utf-8")):
            yield f"{path.name}: {text[text.index('Traceback') :][:1500]}"
