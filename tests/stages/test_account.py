"""All that is known of a story: for a person on a page, for programs as JSON, and by ``syndicator explain``."""

import json
import re
from datetime import timedelta

import aiohttp
import pytest

from syndicator.cli.explain import lines
from syndicator.publish import FeedFiles
from syndicator.runtime.account import account_of
from syndicator.web import SiteContext, serve
from tests.stages.test_copies import AGENCY, EN_TEXT, EN_TITLE, PAPER, TEXTS, at, newsroom


async def told_twice(room):
    """Have an agency's story in a paper too, and then another headline at the agency."""
    await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, EN_TEXT))
    await room.show(PAPER, at(PAPER, "p", "Bridge <opens>", EN_TEXT), after=timedelta(minutes=39))
    await room.show(AGENCY, at(AGENCY, "1", "Bridge at Jisr al-Shughur reopens to lorries", EN_TEXT))


@pytest.mark.parametrize("wanted", ["1", f"{AGENCY}/1", f"{PAPER}/p?utm_source=x", "uid", "page"])
async def test_a_story_is_found_by_any_of_its_addresses(tmp_path, wanted):
    """By its number, the id in feeds, its page here, and those at every outlet, trackers or not."""
    async with newsroom(tmp_path) as room:
        await told_twice(room)
        (story,) = await room.stories()
        page = f"{room.app.config.base_url}/stories/{story.id}"
        asked = {"uid": story.uid, "page": page}.get(wanted, wanted)
        account = await account_of(room.app.store, room.app.rules, asked, now=room.clock())
        assert (account.uid, account.page) == (story.uid, page)


@pytest.mark.parametrize("wanted", ["2", "9" * 30, "https://nobody.example/x", "tag:x", "", "هدنة"])
async def test_what_no_story_is_known_by_is_none(tmp_path, wanted):
    """Whatever it looks like."""
    async with newsroom(tmp_path) as room:
        await told_twice(room)
        assert await account_of(room.app.store, room.app.rules, wanted, now=room.clock()) is None


async def test_an_account_says_who_told_it_what_changed_and_which_feeds_have_it(tmp_path):
    """In one screen of text."""
    async with newsroom(tmp_path) as room:
        await told_twice(room)
        account = await account_of(room.app.store, room.app.rules, "1", now=room.clock())
        text = "\n".join(lines(account))
        assert "(+39 min)  Paper" in text
        assert "“Bridge <opens>”" in text
        assert "a copy of agency by 100%" in text
        assert "reopens {+to lorries+}" in text
        assert "region:SY  Syria, about" in text
        assert "all: in: *" in text
        assert len(text.splitlines()) < 40


@pytest.mark.parametrize(("policy", "shown"), [("full", True), ("excerpt", False), ("link", False)])
async def test_the_page_of_a_story_shows_no_more_of_it_than_feeds_do(tmp_path, policy, shown):
    """Neither its text nor what of it was rewritten."""
    before, after = (" ".join(f"слово{n}" for n in range(90)) + f" {word} конец" for word in ("было", "стало"))
    async with newsroom(tmp_path, agency={"republish": policy}) as room:
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, before))
        await room.show(AGENCY, at(AGENCY, "1", EN_TITLE, after))
        account = await account_of(room.app.store, room.app.rules, "1", now=room.clock())
        said = "\n".join([account.text, *lines(account)])
        assert ("слово0" in account.text) is (policy != "link")
        assert ("слово89" in said) is shown
        assert ("было" in said) is ("стало" in said) is shown


@pytest.mark.parametrize("language", TEXTS)
async def test_the_page_of_a_story_is_its_account(tmp_path, language):
    """As HTML, escaped and in the story's direction, and as JSON; both can be asked for again cheaply."""
    title, text = TEXTS[language]
    async with newsroom(tmp_path, agency={"language": language}) as room:
        await room.show(AGENCY, at(AGENCY, "1", title, text))
        await room.show(PAPER, at(PAPER, "p", "Bridge <opens>", text))
        context = SiteContext(files=FeedFiles(tmp_path / "f"), status=None, trouble=tuple, pages=room.app.reader_pages)
        runner, port = await serve(context, "127.0.0.1", 0)
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
                answer = await client.get("/stories/1")
                page = await answer.text()
                found = json.loads(await (await client.get("/stories/1.json")).text())
                again = await client.get("/stories/1", headers={"If-None-Match": answer.headers["ETag"]})
                missing = [(await client.get(path)).status for path in ("/stories/2", "/stories/x", "/stories/1.xml")]
        finally:
            await runner.cleanup()
        assert (answer.status, again.status, missing) == (200, 304, [404, 404, 404])
        assert "&lt;opens&gt;" in page
        assert "<opens>" not in page
        direction = "rtl" if language in ("ar", "fa") else "ltr"
        assert re.search(rf'<h1 lang="{language}" dir="{direction}">', page)
        assert [each["outlet"] for each in found["tellings"]] == ["agency", "paper"]
