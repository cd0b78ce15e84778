"""Random days of a newsroom: whatever outlets publish, edit, copy and mirror, and whatever becomes of the daemon.

What must hold is said by the making of the news: pieces of one matter are one story, others never. A piece that has
left its feed and returns, a configuration that is edited, a crash and a clock that is set change nothing of that.

``OPERATIONS=10000 pytest tests/flow/test_state_machine.py`` runs so many; without it there are some hundreds.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from syndicator.extract import COMMAND, Pool
from tests.flow.made_news import LANGUAGES, WORDS, Writer
from tests.flow.made_outlets import HOMES, MIRROR, Piece, Room, Stored
from tests.stores import speaks_sqlite

STEPS = 40
OPERATIONS = int(os.environ.get("OPERATIONS", "240"))
WINDOW = timedelta(hours=72)
# Of one mould, so many look-alikes are told apart at a time: the index remembers no more that have a key in common.
MOST_ALIKE = 4
OUTLETS = st.sampled_from(sorted(HOMES))
AGES = st.sampled_from([timedelta(minutes=7), timedelta(hours=5), timedelta(hours=30), timedelta(hours=-3)])


class Children:
    """An event loop and children for all examples: to start them costs more than an example."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self._pool: Pool | None = None

    async def pool(self) -> Pool:
        if self._pool is None:
            self._pool = Pool(COMMAND, size=1)
        return self._pool

    def close(self) -> None:
        if self._pool is not None:
            self.runner.run(self._pool.close())
        self.runner.close()


class DaysOfNews(RuleBasedStateMachine):
    """See the module. After every step all that is stored and published is compared with what must hold."""

    children: Children
    pieces = Bundle("pieces")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.writer, self.numbers = Writer(len(WORDS)), Counter()
        self.matter_of: dict[str, int] = {}  # by a story's uid
        self.number_of: dict[str, int] = {}
        self.outlet_of: dict[str, str] = {}
        self.uid_of: dict[Piece, str] = {}
        self.alike: dict[int, tuple[list[int], set[str]]] = {}  # the moulds of matters, and the numbers in them
        self.forgotten: set[str] = set()
        self.published: set[str] = set()
        self.room: Room | None = None

    def run(self, work):
        return self.children.runner.run(work)

    @initialize(languages=st.tuples(*[st.sampled_from(LANGUAGES)] * len(HOMES)))
    def begin(self, languages):
        async def start():
            self.room = Room(self.folder, await self.children.pool())
            await self.room.start()

        self.run(start())
        for of, language in zip(HOMES, languages, strict=True):
            self._publish(of, language, self.writer.report(language), self._new_matter())
            self._poll(of)

    def teardown(self):
        if self.room is not None:
            self.run(self.room.stop())
        shutil.rmtree(self.folder)

    # What outlets do.

    @rule(target=pieces, of=OUTLETS, language=st.sampled_from(LANGUAGES))
    def publish(self, of, language):
        """Publish something new."""
        piece = self._publish(of, language, self.writer.report(language), self._new_matter())
        self._poll(of)
        return piece

    @rule(target=pieces, original=pieces, of=OUTLETS, how=st.sampled_from(["verbatim", "headline", "lead"]))
    def copy(self, original, of, how):
        """Print what another outlet has: all of it, under another headline, or its beginning."""
        return self._copy(original, of, how)

    @rule(target=pieces, original=pieces, of=OUTLETS)
    def look_alike(self, original, of):
        """Print what differs in a number alone: a daily bulletin."""
        matters, taken = self.alike.setdefault(original.matter, ([original.matter], set()))
        is_full = len(matters) >= MOST_ALIKE
        words = original.now if is_full else self.writer.look_alike(original.now, taken)
        matter = original.matter if is_full else self._new_matter()
        if not is_full:
            matters.append(matter)
            self.alike[matter] = matters, taken
        piece = self._publish(of, original.language, words, matter, is_listed=not is_full)
        self._poll(of)
        return piece

    @rule(piece=pieces, how=st.sampled_from(["headline", "longer", "shorter"]))
    def edit(self, piece, how):
        """Rewrite what is out."""
        old = piece.now
        if how == "headline":
            new = replace(old, title=self.writer.headline(piece.language))
        elif how == "longer" and len(piece.editions) < 8:
            new = self.writer.longer(old, piece.language)
        else:
            new = self.writer.shorter(old)
        piece.editions.append(new)
        self._poll(piece.outlet)

    @rule(piece=pieces)
    def leave_or_return(self, piece):
        """Take an item out of the feed, or put it back."""
        piece.is_listed = not piece.is_listed
        self._poll(piece.outlet)

    @rule(is_down=st.booleans(), mirror=st.sampled_from(["same", "behind", "edited"]))
    def mirror(self, is_down, mirror):
        """Let the agency's home go down or come back, and its mirror fall behind or edit."""
        self.room.outlets.is_home_down, self.room.outlets.mirror = is_down, mirror
        self._poll("agency", after=timedelta(hours=2))

    # What becomes of the daemon.

    @rule(of=OUTLETS, after=AGES)
    def wait_and_poll(self, of, after):
        """Poll without news; the clock may have been set back."""
        self._poll(of, after=after)

    @rule(of=OUTLETS, word=st.sampled_from(["Aleppo", "Казань", "حلب", "İzmir", "تبریز"]))
    def reload(self, of, word):
        """Edit what a feed wants, and which outlet's words a story has."""
        self.room.preferred ^= {of}
        self.room.word = word
        self.run(self.room.reload())

    @rule(original=pieces, of=OUTLETS, index=st.sampled_from(["kept", "newer", "empty", "damaged"]))
    def crash_in_a_poll(self, original, of, index):
        """Lose a poll that was not on disk; its story's number is given again. The index of copies may know of it.

        What was told before is known afterwards, to whoever prints it.
        """
        room = self.room
        piece = self._publish(of, "en", self.writer.report("en"), self._new_matter())
        before = room.image()
        self.run(room.poll(of))
        newer = room.image()["-copies"]
        room.outlets.pieces.remove(piece)
        kept = before["-copies"]
        flipped = bytes(each ^ 0xFF for each in kept[64:4096])
        indexes = {"kept": kept, "newer": newer, "empty": b"", "damaged": kept[:64] + flipped + kept[4096:]}
        self.run(room.crash({**before, "-copies": indexes[index]}))
        self._copy(original, of, "headline")

    @rule(of=OUTLETS, other=OUTLETS, language=st.sampled_from(LANGUAGES))
    def write_that_fails_beside_polls(self, of, other, language):
        """Commit polls together with a work that fails: all are taken back, and written one by one."""
        if of != other:
            for each in (of, other):
                self._publish(each, language, self.writer.report(language), self._new_matter())

        def fail(tx):
            raise ValueError("a work that fails")

        async def all_at_once():
            store = self.room.app.store
            polls = [self.room.poll(each) for each in {of, other}]
            failures = [store.write(fail, may_wait=True) for _ in range(40)]
            found = await asyncio.gather(*polls, *failures, return_exceptions=True)
            return dict(zip({of, other}, found[: len(polls)], strict=True))

        self.room.clock.move(timedelta(minutes=5))
        for each, base in self.run(all_at_once()).items():
            self._note(each, base)

    @rule(piece=consumes(pieces))
    def forget(self, piece):
        """Let retention delete a story that nobody lists any more."""
        uid = self.uid_of.get(piece)
        if uid is None:
            return
        for each in self._pieces:
            if self.uid_of.get(each) == uid:
                each.is_listed = False
        number = self.number_of[uid]
        self.run(self.room.app.store.write(lambda tx: tx.retention.delete([number])))
        self.forgotten.add(uid)

    # What must hold.

    @invariant()
    @precondition(lambda self: self.room is not None)
    def everything_is_told_once(self):
        stored = self.run(self.room.stored())
        self._check_stories(stored)
        self._check_pieces(stored)
        self._check_feeds(stored)
        self._check_words(stored)

    def _check_stories(self, stored: Stored) -> None:
        """A story keeps its uid and its number, and no two have one."""
        numbers = stored.numbers
        assert len(set(numbers.values())) == len(numbers)
        left = {uid: number for uid, number in self.number_of.items() if uid not in self.forgotten}
        assert {uid: numbers.get(uid) for uid in left} == left
        for uid, number in numbers.items():
            assert uid not in self.forgotten
            self.number_of.setdefault(uid, number)

    def _check_pieces(self, stored: Stored) -> None:
        """Every piece is in one story, always the same, with all pieces of its matter and no others."""
        known_before = set(self.matter_of)
        for piece in self._pieces:
            if not piece.is_known:
                continue
            uid = stored.uid_of[piece.outlet, f"guid:{piece.slug}"]
            if piece in self.uid_of:
                assert uid == (None if self.uid_of[piece] in self.forgotten else self.uid_of[piece]), piece
                continue
            assert uid is not None
            self.uid_of[piece] = uid
            assert self.matter_of.setdefault(uid, piece.matter) == piece.matter, f"{piece} is in another's story"
            if uid not in known_before:
                self._check_that_nobody_had_it(piece, stored, known_before)

    def _check_that_nobody_had_it(self, piece: Piece, stored: Stored, known_before: set[str]) -> None:
        same = [uid for uid in known_before - self.forgotten if self.matter_of[uid] == piece.matter]
        late = [uid for uid in same if self.room.clock.now - stored.seen[uid] < WINDOW]
        assert not late, f"{piece} is new, although {late} tells it"

    def _check_feeds(self, stored: Stored) -> None:
        """A feed has every story that it wants once; what was published stays so."""
        for name, uids in stored.published.items():
            assert Counter(uids) == Counter(set(uids)) == Counter(stored.members[name])
            wanted = {uid for uid, feeds in stored.wanted.items() if name in feeds}
            assert wanted <= set(uids), name
        published = set(stored.published["all"])
        assert published == stored.numbers.keys() >= self.published - self.forgotten
        self.published = published

    def _check_words(self, stored: Stored) -> None:
        """A story whose page is a piece's says what that piece's home said last, whatever a mirror shows.

        It becomes another outlet's only by that one's home.
        """
        for uid, of in stored.outlets.items():
            if self.outlet_of.setdefault(uid, of) != of:
                told = [each for each in self._pieces if each.outlet == of and each.matter == self.matter_of[uid]]
                assert any(each.said_by_home for each in told), uid
                self.outlet_of[uid] = of
        faces = {f"{HOMES[each.outlet]}/{each.slug}": each for each in self._pieces if each.said_by_home}
        for uid, link in stored.links.items():
            piece = faces.get(link)
            if piece is not None and stored.outlets[uid] == piece.outlet:
                assert stored.titles[uid] == piece.said_by_home.title, piece

    # How it is played.

    @property
    def _pieces(self) -> list[Piece]:
        return self.room.outlets.pieces

    def _new_matter(self) -> int:
        self.numbers["matter"] += 1
        return self.numbers["matter"]

    def _publish(self, of, language, words, matter, *, is_listed=True) -> Piece:
        self.numbers["piece"] += 1
        slug = f"{of}-{self.numbers['piece']}"
        piece = Piece(outlet=of, slug=slug, language=language, matter=matter, editions=[words], is_listed=is_listed)
        self._pieces.append(piece)
        return piece

    def _copy(self, original, of, how) -> Piece:
        words = original.now.lead() if how == "lead" else original.now
        if how == "headline":
            words = replace(words, title=self.writer.headline(original.language))
        has_it = any(each.outlet == of and each.matter == original.matter for each in self._pieces)
        piece = self._publish(of, original.language, words, original.matter, is_listed=not has_it)
        self._poll(of)
        return piece

    def _poll(self, of: str, after: timedelta = timedelta(minutes=5)) -> None:
        self.room.clock.move(after)
        self._note(of, self.run(self.room.poll(of)))

    def _note(self, of: str, base: str | None) -> None:
        """Note what an answer has told."""
        for piece in self.room.outlets.listed(of) if base else ():
            piece.is_known = True
            if base != MIRROR:
                piece.said_by_home = piece.now


@pytest.fixture
def children():
    DaysOfNews.children = made = Children()
    yield made
    made.close()


@speaks_sqlite
def test_days_of_news(children):
    """Some hundreds of operations in every run, always the same ones; as many as one likes by ``OPERATIONS``."""
    run_state_machine_as_test(
        DaysOfNews,
        settings=settings(
            max_examples=max(1, OPERATIONS // STEPS),
            stateful_step_count=STEPS,
            derandomize="OPERATIONS" not in os.environ,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
