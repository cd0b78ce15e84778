"""Look-ups of names whose every answer a test decides."""

from __future__ import annotations

import socket
import threading

from tests.waiting import eventually

HERE = ((int(socket.AF_INET), "127.0.0.1"),)


class Names:
    """A look-up whose dead names hang until they are released, and then do not exist; other names are here."""

    def __init__(self, *dead, error=None, answer=HERE):
        self.dead, self.error, self.answer = set(dead), error, answer
        self.asked, self.hanging = [], set()
        self.released = threading.Event()

    def __call__(self, host, family):
        self.asked.append(host)
        if self.error is not None:
            raise self.error
        if host in self.dead:
            self.hanging.add(host)
            self.released.wait()
            self.hanging.discard(host)
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.answer

    async def hang(self, count):
        """Wait until so many threads hang."""

        async def do_they():
            return len(self.hanging) == count

        await eventually(do_they)
