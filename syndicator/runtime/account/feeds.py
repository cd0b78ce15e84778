"""Why a story is in which feeds, and why not in others: readers are told of a few of thousands."""

from __future__ import annotations

from collections.abc import Sequence

from syndicator.models import Story
from syndicator.models.account import FeedAccount
from syndicator.query import Subject
from syndicator.rules import subject_of
from syndicator.runtime.account.event import Surroundings
from syndicator.runtime.scope import Scope

# What readers are told of: feeds that hold a story, and such as nearly do.
_MOST_HOLDING, _MOST_MISSED = 20, 5
# Up to so many feeds all are tried. Of more, those that hold most of so many other stories of the event are.
_FEW, _NEIGHBOURS = 30, 8


def feed_accounts(scope: Scope, story: Story, around: Surroundings) -> tuple[tuple[FeedAccount, ...], int]:
    """Return the feeds that hold a story and then others, and how many more hold it; operators are told of all."""
    holding = scope.tx.feeds.holding(story.id) & scope.feeds.keys()
    assignment = around.assignment
    subject = subject_of(story, events=[assignment.event] if assignment else ())
    first = sorted(holding)
    if not scope.is_public:
        names = [*first, *sorted(scope.feeds.keys() - holding)]
        return tuple(_account(scope, name, subject, is_member=name in holding) for name in names), 0
    shown = first[:_MOST_HOLDING]
    missed = _nearly_holding(scope, story, around, subject, holding)
    found = [_account(scope, name, subject, is_member=True) for name in shown]
    return tuple(found + [_account(scope, name, subject, is_member=False) for name in missed]), len(first) - len(shown)


def _nearly_holding(
    scope: Scope, story: Story, around: Surroundings, subject: Subject, holding: set[str]
) -> Sequence[str]:
    """Return the feeds of which a story has most, of those that hold others of its event, or of a few."""
    nearest = sorted(around.others, key=lambda number: abs(number - story.id))[:_NEIGHBOURS]
    beside = scope.tx.feeds.holding_most(nearest, _FEW) if nearest else []
    tried = [name for name in beside if name in scope.feeds and name not in holding]
    if len(scope.feeds) <= _FEW:
        tried = list(dict.fromkeys([*tried, *sorted(scope.feeds.keys() - holding)]))
    shares = {name: scope.rules.explain.share(name, subject) for name in tried}
    near = [name for name in tried if shares[name] or name in beside]
    return sorted(near, key=lambda name: -shares[name])[:_MOST_MISSED]


def _account(scope: Scope, name: str, subject: Subject, *, is_member: bool) -> FeedAccount:
    feed = scope.feeds[name]
    matches, terms = scope.rules.explain(name, subject)
    return FeedAccount(
        name=name,
        title=feed.title,
        url=f"{scope.rules.config.base_url}/feeds/{name}.{feed.formats[0]}",
        is_member=is_member,
        matches=matches,
        # A filter that uses a private feed names it.
        terms=() if scope.is_public and scope.rules.uses_private(name) else tuple(term.in_words() for term in terms),
    )
