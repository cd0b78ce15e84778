"""The program of the children: ``python -m syndicator.extract.child [GAZETTEER] DESCRIPTOR``.

It imports all that a job needs, then forks workers on demand, see ``worker``.
"""

from __future__ import annotations

import socket
import sys
from dataclasses import replace
from pathlib import Path

from syndicator.errors import EndedError, NotAFeedError, UnsafeDocumentError, WorkerError
from syndicator.extract.document import MOST_NAMED, extract_document, extract_full_text, inspect_page
from syndicator.extract.job import (
    ClassificationRules,
    Classified,
    ClassifyJob,
    Job,
    Operation,
    StoryWords,
    decode_classify_job,
    decode_job,
    decode_rules,
    encode,
    split_request,
)
from syndicator.extract.normalize import Classification
from syndicator.extract.worker import Handler, serve_template
from syndicator.markup import words_of_safe
from syndicator.models import FullText, Outcome, ParsedDocument, Tag
from syndicator.parse.credits import wire_credit
from syndicator.query import Details, Filters, Subject
from syndicator.tag import Tagger, detect, warm_up
from syndicator.watch import named_addresses


def make_handler(set_up: bytes) -> Handler:
    """Return the function that answers a worker's requests by the rules in ``set_up``."""
    rules = CompiledRules(decode_rules(set_up))

    def handle(header: bytes, body: bytes) -> bytes:
        operation, encoded = split_request(header)
        if operation is Operation.CLASSIFY:
            return encode(rules.classify_stories(decode_classify_job(encoded)))
        job = decode_job(encoded)
        try:
            if operation is Operation.FULL_TEXT:
                return encode(rules.full_text(job, body))
            if operation is Operation.INSPECT:
                return encode(inspect_page(job, body))
            return encode(rules.document(job, body))
        except NotAFeedError as error:
            raise WorkerError(Outcome.NOT_A_FEED, str(error)) from error
        except EndedError as error:
            raise WorkerError(Outcome.GONE, str(error)) from error
        except UnsafeDocumentError as error:
            raise WorkerError(Outcome.POISON_XML, str(error)) from error

    return handle


class CompiledRules:
    """The rules in force, made ready: the tagger and all filters."""

    def __init__(self, rules: ClassificationRules) -> None:
        """Load the tagger; raise GazetteerError if the gazetteer cannot be read."""
        self._rules = rules
        self._tag = Tagger(rules.concepts, rules.gazetteer) if rules.gazetteer else None
        if self._tag:
            self._tag("Calm in Idlib", "", "en")  # the cost of a tagger's first story is not the first document's
        self._marker_words = self._tag.regions.gazetteer.marker_words if self._tag else {}
        self._select = Filters(rules.filters)

    def document(self, job: Job, body: bytes) -> ParsedDocument:
        """Return a document's entries, classified, and the addresses that they name as their outlet's own."""
        classify = _JobClassifier(self, job)
        parsed = extract_document(job, body, classify)
        named = tuple(classify.named.items())[:MOST_NAMED]
        return replace(parsed, named=named, rules_fingerprint=self._rules.fingerprint)

    def full_text(self, job: Job, body: bytes) -> FullText:
        """Return the text of a story's page, classified."""
        full_text = extract_full_text(job, body, _JobClassifier(self, job), self._is_place)
        return replace(full_text, rules_fingerprint=self._rules.fingerprint)

    def classify(self, job: Job, title: str, text: str, details: Details) -> Classification:
        """Return language, tags and feeds of a story that is read now."""
        language = detect(title, text, (job.language,), self._marker_words)
        country = self._rules.countries.get(job.outlet, "")
        tags = self._tag(title, text, language, country, job.shares) if self._tag else ()
        details = details._replace(source=job.source)
        age = details.age(job.now)
        subject = Subject(title, text, language, (job.outlet,), tags, details=details, age=age)
        return Classification(language, tags, self._feeds(subject))

    def classify_stories(self, job: ClassifyJob) -> Classified:
        """Return tags and feeds of stories that were stored before; their language stays."""
        return Classified(
            rules_fingerprint=self._rules.fingerprint,
            results=tuple(self._classify_story(story, job) for story in job.stories),
        )

    def _classify_story(self, story: StoryWords, job: ClassifyJob) -> tuple[tuple[Tag, ...], tuple[str, ...]]:
        text, tags = words_of_safe(story.html), story.tags
        if job.retag and self._tag:
            country = self._rules.countries.get(story.outlet, "")
            tags = self._tag(story.title, text, story.language, country, job.shares.get(story.outlet))
        age = story.details.age(job.now) if job.now else None
        fields = (story.language, story.outlets, tags, story.revised, story.is_deleted, story.details, age)
        return tags, self._feeds(Subject(story.title, text, *fields, events=story.events))

    def _feeds(self, story: Subject) -> tuple[str, ...]:
        return tuple(sorted(self._select(story)))

    def _is_place(self, name: str) -> bool:
        found = self._tag.regions.locate("", name).places if self._tag else ()
        return any(each.span.to - each.span.at == len(name) for each in found)


class _JobClassifier:
    """A ``Classifier`` for one job's entries; ``named`` collects the addresses that they name."""

    def __init__(self, rules: CompiledRules, job: Job) -> None:
        self._rules, self._job = rules, job
        self.named: dict[str, str] = {}

    def __call__(self, title: str, text: str, details: Details) -> Classification:
        self.named.update(named_addresses(text))
        return self._rules.classify(self._job, title, text, details)


if __name__ == "__main__":
    *gazetteers, descriptor = sys.argv[1:]
    warm_up(*map(Path, gazetteers))  # once, for all that are forked
    wire_credit("", "(", None)
    with socket.socket(fileno=int(descriptor)) as control_socket:
        serve_template(control_socket, make_handler)
