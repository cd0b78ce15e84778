"""The hub's decisions: whose turn it is, who may be asked, when to try again, what a request says."""

from datetime import timedelta

import pytest

from syndicator.models import Feed
from syndicator.models.hub import Delivered, HubMode, HubRequest, HubSettings
from syndicator.outbox.delivery_queue import DeliveryLimits, DeliveryQueue
from syndicator.outbox.hub import after_failure, signature
from syndicator.outbox.hub_context import HubContext, read_request, verification
from syndicator.outbox.verification_gate import VerificationGate, VerificationLimits
from syndicator.web.hub import HubRefusedError
from tests.conftest import NOW

FEED = Feed(name="idlib", title="Idlib", where="", formats=("atom",))
CONTEXT = HubContext(settings=HubSettings(is_enabled=True), base_url="https://here.example", feeds={"idlib": FEED})
FORM = {
    "hub.mode": "subscribe",
    "hub.topic": "https://here.example/feeds/idlib.atom",
    "hub.callback": "https://there.example/cb?x=1",
}


def queue(**limits):
    return DeliveryQueue(DeliveryLimits(**{"at_once": 4, "per_domain": 2, "failing": 1, **limits}))


def taken(waiting):
    found = []
    while (id_ := waiting.take()) is not None:
        found.append(id_)
    return found


def test_domains_take_turns_and_have_a_few_places_each():
    """One with many subscriptions does not keep others waiting."""
    waiting = queue()
    for id_ in range(1, 6):
        waiting.add(id_, "many.example", is_failing=False)
    waiting.add(9, "one.example", is_failing=False)
    assert taken(waiting) == [1, 9, 2]
    waiting.done(1)
    assert taken(waiting) == [3]
    waiting.done(9)
    assert taken(waiting) == []


def test_what_failed_before_goes_last_and_has_few_places():
    """However many have failed, those that have not are served."""
    waiting = queue()
    for id_ in (1, 2):
        waiting.add(id_, f"dead{id_}.example", is_failing=True)
    waiting.add(3, "well.example", is_failing=False)
    assert taken(waiting) == [3, 1]
    waiting.done(1)
    assert taken(waiting) == [2]


def test_a_subscription_is_in_the_queue_once():
    """Also while it is being delivered to."""
    waiting = queue()
    waiting.add(1, "a.example", is_failing=False)
    waiting.add(1, "a.example", is_failing=True)
    assert taken(waiting) == [1]
    waiting.add(1, "a.example", is_failing=False)
    assert taken(waiting) == []
    waiting.done(1)
    assert len(waiting) == 0
    waiting.add(1, "a.example", is_failing=False)
    assert taken(waiting) == [1]


def test_a_domain_that_never_confirms_is_left_alone_for_a_while():
    """Strangers decide who is asked: whoever says no so often is asked no more."""
    gate = VerificationGate(VerificationLimits(refusals=2, rest=timedelta(minutes=10)))
    for _ in range(2):
        gate.enter("victim.example", NOW)
        gate.leave("victim.example", NOW, is_confirmed=False)
    with pytest.raises(HubRefusedError) as refused:
        gate.enter("victim.example", NOW)
    assert (refused.value.status, refused.value.retry_after) == (429, 600)
    gate.enter("other.example", NOW)
    gate.enter("victim.example", NOW + timedelta(minutes=11))


def test_so_many_are_verified_at_a_time():
    """In all, and at one domain; a place is free when one has ended."""
    gate = VerificationGate(VerificationLimits(at_once=2, per_domain=1))
    gate.enter("a.example", NOW)
    with pytest.raises(HubRefusedError):
        gate.enter("a.example", NOW)
    gate.enter("b.example", NOW)
    with pytest.raises(HubRefusedError):
        gate.enter("c.example", NOW)
    gate.leave("a.example", NOW, is_confirmed=True)
    gate.enter("c.example", NOW)


def test_waits_grow_up_to_an_hour_until_it_is_given_up():
    """Chance takes away up to half of a wait."""
    delivered, now, waits = Delivered(digest="d"), NOW, []
    while (after := after_failure(delivered, now, 0.0)) is not None:
        waits.append(after.next_try_at - now)
        delivered, now = after, after.next_try_at
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert max(waits) == timedelta(hours=1)
    assert timedelta(days=3) <= now - NOW < timedelta(days=3, hours=1)
    assert after_failure(Delivered(digest="d"), NOW, 1.0).next_try_at == NOW + timedelta(seconds=15)


@pytest.mark.parametrize(
    ("asked", "days"), [("", 10), ("864000", 10), ("1", 1 / 24), ("999999999", 30), ("0", 1 / 24), ("86400", 1)]
)
def test_leases_are_bounded(asked, days):
    """Ten days unless another is asked for; from an hour to thirty days."""
    request = read_request(FORM | {"hub.lease_seconds": asked}, CONTEXT)
    assert request.lease == timedelta(days=days)


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"hub.mode": ""}, 400, "hub.mode"),
        ({"hub.mode": "publish"}, 400, "hub.mode"),
        ({"hub.topic": "https://here.example/feeds/idlib.rss"}, 404, "hub.topic"),
        ({"hub.topic": "https://here.example/feeds/IDLIB.atom"}, 404, "hub.topic"),
        ({"hub.topic": "https://here.example/feeds/idlib.atom?x"}, 404, "hub.topic"),
        ({"hub.topic": ""}, 404, "hub.topic"),
        ({"hub.secret": "я" * 100}, 400, "hub.secret"),
        ({"hub.callback": "https://there.example/ سراقب"}, 400, "hub.callback"),
        ({"hub.callback": "https://there.example/a b"}, 400, "hub.callback"),
        ({"hub.callback": "javascript:alert(1)"}, 400, "hub.callback"),
        ({"hub.callback": "https://user@there.example/"}, 400, "hub.callback"),
        ({"hub.callback": "https://there.example/#x"}, 400, "hub.callback"),
        ({"hub.callback": "//there.example/"}, 400, "hub.callback"),
        ({"hub.lease_seconds": "1e3"}, 400, "hub.lease_seconds"),
        ({"hub.lease_seconds": "٣٦٠٠"}, 400, "hub.lease_seconds"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_by_the_field_that_is_wrong(change, status, word):
    """With a sentence for whoever wrote the subscriber."""
    with pytest.raises(HubRefusedError) as refused:
        read_request(FORM | change, CONTEXT)
    assert (refused.value.status, word in refused.value.reason) == (status, True)


def test_a_secret_of_199_bytes_is_the_longest():
    """Less than 200 (WebSub, 5.1)."""
    assert read_request(FORM | {"hub.secret": "s" * 199}, CONTEXT).secret == "s" * 199


def test_what_a_callback_is_asked():
    """Its own query first; a lease only where there is one (WebSub, 5.3)."""
    request = HubRequest(mode=HubMode.SUBSCRIBE, file="idlib.atom", callback="https://t.example/?x", lease=timedelta(1))
    asked = "hub.topic=https%3A%2F%2Fhere.example%2Ffeeds%2Fidlib.atom&hub.challenge=c"
    assert verification(request, CONTEXT, "c") == (
        f"https://t.example/?x&hub.mode=subscribe&{asked}&hub.lease_seconds=86400"
    )
    ending = HubRequest(mode=HubMode.UNSUBSCRIBE, file="idlib.atom", callback="https://t.example/", lease=timedelta(1))
    assert verification(ending, CONTEXT, "c") == f"https://t.example/?hub.mode=unsubscribe&{asked}"


def test_a_body_is_signed_only_where_there_is_a_secret():
    """HMAC-SHA256 in hexadecimal digits (RFC 4231, 4.3)."""
    wanted = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature("Jefe", b"what do ya want for nothing?") == {"X-Hub-Signature": wanted}
    assert signature("", b"x") == {}
