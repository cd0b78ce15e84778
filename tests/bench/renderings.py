"""What feeds' files cost as rows: written by the daemon, taken over by a web node, looked for each second."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing

from syndicator.store import Rendering, open_store
from syndicator.store.renderings import packed, unpacked
from tests.bench.cost import Cost
from tests.conftest import NOW

_FILES, _ROUNDS, _LOOKS = 20, 20, 2000
_KILOBYTES = (5, 72)
_WORDS = "هدنة в Идлибе İdlib'de ateşkes the ceasefire holds درباره کمک و جاده Aleppo <entry> </entry>".split()


async def renderings(url: str, cost: Callable[[], Cost]) -> None:
    """Print the cost of a file that is written, of one that is read, and of finding that nothing is newer."""
    chance = random.Random(9)
    bodies = [_made(chance) for _ in range(_FILES)]
    with closing(open_store(url)) as store:
        began = cost()
        for number in range(_ROUNDS):
            for each, body in enumerate(bodies):
                file = Rendering(file=f"f{each}.atom", digest=f"{number}", modified=NOW, body=packed(body))
                await store.write(lambda tx, file=file: tx.renderings.put([file]))  # type: ignore[misc]
        print(f"{'PostgreSQL':<11} a feed's file packed and put, ms: {began.ms(_ROUNDS * _FILES)}", flush=True)
        began = cost()
        for _ in range(_ROUNDS):
            for each, body in enumerate(bodies):
                found = await store.read(lambda tx, each=each: tx.renderings.get(f"f{each}.atom"))  # type: ignore[misc]
                assert found is not None
                assert unpacked(found.body) == body
        print(f"{'PostgreSQL':<11} the same got and unpacked, ms: {began.ms(_ROUNDS * _FILES)}", flush=True)
        began = cost()
        for _ in range(_LOOKS):
            await store.read(lambda tx: tx.renderings.stamp())
        print(f"{'PostgreSQL':<11} a look at what is newer, ms: {began.ms(_LOOKS)}", flush=True)


def _made(chance: random.Random) -> bytes:
    size = 1024 * chance.randint(*_KILOBYTES)
    return " ".join(chance.choices(_WORDS, k=size // 6)).encode()[:size]
