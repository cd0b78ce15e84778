"""A process beside the daemon follows the configuration in the store."""

import pytest

from syndicator.config import own_settings, shared_texts
from syndicator.runtime.following import Follower
from tests.apps import Shown, an_app
from tests.newsroom import EVERYTHING
from tests.stores import store_url

pytestmark = pytest.mark.xdist_group("postgresql")


async def test_what_cannot_be_read_is_told_until_there_is_something_else(tmp_path):
    """The one before stays in force; it is well again also if the daemon goes back to just that."""
    url = store_url(tmp_path / "x.db", "postgresql")
    async with an_app(tmp_path, Shown(), store=url) as app:
        own = own_settings(None, environ={}, state=tmp_path / "n", overrides={"store": url})
        adopted = []

        async def adopt(config):
            adopted.append(sorted(config.feeds))

        def save(texts, rules=app.rules.fingerprint):
            return app.store.write(lambda tx: tx.configuration.save(texts, rules))

        good = shared_texts(app.config)
        follower = Follower(app, own, await app.store.read(lambda tx: tx.configuration.stamp()), adopt)
        await follower.begin()
        await follower.look()
        assert (adopted, follower.fault) == ([["all"]], "")
        for bad in ({"syndicator.toml": "listen = ["}, {"feeds/новая.toml": EVERYTHING}):
            await save(good | bad)
            await follower.look()
            assert next(iter(bad)) in follower.fault
            await save(good)
            await follower.look()
            assert (adopted, follower.fault) == ([["all"]], "")
        await save(good | {"feeds/more.toml": EVERYTHING}, "another version's")
        await follower.look()
        assert adopted[1:] == [["all", "more"]]
        assert "let both be of one version" in follower.fault
