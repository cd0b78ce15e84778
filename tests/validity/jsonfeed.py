"""JSON Feed 1.1 (jsonfeed.org/version/1.1), written down as rules: which members there are, and what they hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator

from tests.validity.values import (
    html_faults,
    language_faults,
    media_type_faults,
    plain_faults,
    rfc3339_faults,
    text_faults,
    web_faults,
)

_Check = Callable[[object, str], Iterator[str]]


def jsonfeed_faults(body: bytes) -> list[str]:
    """Return what is wrong with a JSON Feed."""
    try:
        feed = json.loads(body.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except ValueError as error:
        return [f"no JSON: {error}"]
    return list(_object_faults(feed, "feed", _FEED, required=("version", "title", "items")))


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _object_faults(
    value: object, what: str, members: dict[str, _Check], *, required: tuple[str, ...] = ()
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{what} is no object"
        return
    yield from (f"{what} has no {name}" for name in required if name not in value)
    for name, member in value.items():
        if name.startswith("_"):
            if not isinstance(member, dict) or "." in name:
                yield f"{what}: an extension is an object, and its name has no full stop"
        elif name in members:
            yield from members[name](member, f"{what} {name}")
        else:
            yield f"{what}: unknown member {name}"


def _string(check: Callable[[str, str], Iterator[str]]) -> _Check:
    def faults(value: object, what: str) -> Iterator[str]:
        if isinstance(value, str):
            yield from check(value, what)
        else:
            yield f"{what} is no string"

    return faults


def _list(check: _Check, *, is_set: bool = False) -> _Check:
    def faults(value: object, what: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{what} is no list"
            return
        for each in value:
            yield from check(each, what)
        if is_set and len(set(map(str, value))) < len(value):
            yield f"{what} has one twice"

    return faults


def _number(value: object, what: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        yield f"{what} is no number above 0"


def _version(value: object, what: str) -> Iterator[str]:
    if value != "https://jsonfeed.org/version/1.1":
        yield f"{what} is {value!r}"


def _author(value: object, what: str) -> Iterator[str]:
    yield from _object_faults(value, what, _AUTHOR)
    if isinstance(value, dict) and not value.keys() & _AUTHOR.keys():
        yield f"{what}: neither name nor url nor avatar"


def _hub(value: object, what: str) -> Iterator[str]:
    yield from _object_faults(value, what, {"type": _text, "url": _web}, required=("type", "url"))


def _attachment(value: object, what: str) -> Iterator[str]:
    yield from _object_faults(value, what, _ATTACHMENT, required=("url", "mime_type"))


def _items(value: object, what: str) -> Iterator[str]:
    yield from _list(_item)(value, what)
    if isinstance(value, list):
        ids = Counter(str(item.get("id")) for item in value if isinstance(item, dict))
        yield from (f"two items have the id {id_!r}" for id_, count in ids.items() if count > 1)


def _item(value: object, what: str) -> Iterator[str]:
    if isinstance(value, dict):
        what = f"item {value.get('id')}"
        if not value.keys() & {"content_html", "content_text"}:
            yield f"{what}: neither content_html nor content_text"
        if value.get("date_modified", "") < value.get("date_published", ""):
            yield f"{what}: modified before it was published"
    yield from _object_faults(value, what, _ITEM, required=("id",))


_text, _web, _html, _name = _string(text_faults), _string(web_faults), _string(html_faults), _string(plain_faults)
_date, _language = _string(rfc3339_faults), _string(language_faults)
_AUTHOR: dict[str, _Check] = {"name": _name, "url": _web, "avatar": _web}
_ATTACHMENT: dict[str, _Check] = {
    "url": _web, "mime_type": _string(media_type_faults), "title": _text, "size_in_bytes": _number,
    "duration_in_seconds": _number,
}  # fmt: skip
_ITEM: dict[str, _Check] = {
    "id": _text, "url": _web, "external_url": _web, "title": _text, "content_html": _html, "content_text": _text,
    "summary": _text, "image": _web, "banner_image": _web, "date_published": _date, "date_modified": _date,
    "authors": _list(_author), "tags": _list(_text, is_set=True), "language": _language,
    "attachments": _list(_attachment),
}  # fmt: skip
_FEED: dict[str, _Check] = {
    "version": _version, "title": _text, "home_page_url": _web, "feed_url": _web, "description": _text, "icon": _web,
    "favicon": _web, "authors": _list(_author), "language": _language, "hubs": _list(_hub), "items": _items,
}  # fmt: skip
