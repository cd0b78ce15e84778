"""How elements of plain items are read: what feedparser's handlers do, and which of them reads which element.

Each rule follows feedparser's handler for the element, with its order and its side effects on the elements that follow.
A ``_begin`` function takes an element's attributes and returns whether the element is regular; a ``_finish`` function
takes its text. Elements that feedparser handles and that have no rule here make an item irregular: feedparser reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from feedparser.mixin import _FeedParserMixin

from syndicator import urls
from syndicator.parse import names
from syndicator.parse.bases import join
from syndicator.parse.candidates import Rank, relations
from syndicator.parse.dates import parse_date
from syndicator.parse.feedparser_item import Attributes, Item, repaired
from syndicator.parse.raw import MOST_CATEGORIES, Markup, is_permalink

# Items are often published and updated at the same time.
_date = lru_cache(maxsize=64)(parse_date)

_XML = "http://www.w3.org/XML/1998/namespace "
ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"
LANGUAGE = _XML + "lang"
HARMLESS_ATTRIBUTES = frozenset({LANGUAGE, _XML + "space"})
_PERSON = frozenset({"name", "email", "uri", "url", "homepage"})
_ABOUT_SOURCE = _PERSON | {
    "title", "id", "link", "updated", "published", "author", "contributor", "category", "rights", "logo", "icon",
}  # fmt: skip
_MOST_NAMES = 4096
_TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html"}
_TEXTS = frozenset({"text/plain", "text/html"})
# URIs without a path to resolve.
_NAME = re.compile(r"(?:tag|urn):[A-Za-z0-9/:@!$&'()*+,=~._-]+")


# --- texts, which feedparser calls content ---------------------------------------------------------------------


def _begin_text(item: Item, attributes: Attributes, default: str) -> bool:
    given = attributes.get("type", default)
    item.type = _TYPES.get(given, given)
    return item.type in _TEXTS and "mode" not in attributes and "src" not in attributes


def _begin_title(item: Item, attributes: Attributes) -> bool:
    return _begin_text(item, attributes, "text/plain") and not item.has_source


def _finish_title(item: Item, text: str, rank: Rank = Rank.OWN) -> None:
    item.candidates.add_title(rank, item.depth, _markup(item, text))


def _begin_description(item: Item, attributes: Attributes) -> bool:
    return _begin_text(item, attributes, "text/html")


def _begin_summary(item: Item, attributes: Attributes) -> bool:
    return _begin_text(item, attributes, "text/plain")


def _finish_summary(item: Item, text: str, rank: Rank = Rank.OWN) -> None:
    item.candidates.add_summary(rank, item.depth, _markup(item, text))


def _begin_content(item: Item, attributes: Attributes) -> bool:
    return _begin_text(item, attributes, "text/plain")


def _finish_content(item: Item, text: str) -> None:
    item.candidates.contents.append(_markup(item, text))


def _markup(item: Item, text: str) -> Markup:
    is_guess = item.type == "text/plain" and not item.is_atom and ("&" in text or "</" in text)
    if is_guess and _FeedParserMixin.looks_like_html(text):
        item.type = "text/html"
    return Markup(repaired(text), item.type)


# --- addresses ---------------------------------------------------------------------------------------------------


def _begin_guid(item: Item, attributes: Attributes) -> bool:
    item.is_permalink = is_permalink(attributes.get("ispermalink", "true"))
    return True


def _finish_guid(item: Item, text: str) -> None:
    item.guid = _joined(item.base, text) if text and item.is_permalink else repaired(text)
    if item.is_permalink and item.guid:
        item.candidates.add_permalink(text, item.guid)


def _joined(base: str, link: str) -> str:
    return link if urls.is_plain(link) or _NAME.fullmatch(link) else repaired(join(base, link))


def _begin_link(item: Item, attributes: dict[str, str]) -> bool:
    relation = attributes.get("rel", "alternate")
    named = (relation,) if relation == "alternate" else relations(relation)
    kind = attributes.setdefault("type", "text/html")
    href = _take_href(attributes)
    item.is_linked = href is not None
    if href is None:
        return True
    if "alternate" in named:
        item.candidates.add_alternate(href, item.base, kind=kind, language=attributes.get("hreflang", ""))
    elif "enclosure" in named:
        attributes["href"] = href if urls.is_plain(href) else join(item.base, href)
        item.enclosures.append(attributes)
    return True


def _finish_link(item: Item, text: str) -> None:
    if not item.is_linked:
        item.candidates.add_link(repaired(text), item.base)


def _finish_origin(item: Item, text: str) -> None:
    item.candidates.add_origin(repaired(text))


def _begin_enclosure(item: Item, attributes: dict[str, str]) -> bool:
    href = _take_href(attributes)
    if href is not None:
        attributes["href"] = href
    item.enclosures.append(attributes)
    return True


# --- names, subjects, dates --------------------------------------------------------------------------------------


def _begin_author(item: Item, _attributes: Attributes) -> bool:
    item.person = {}
    return True


def _finish_author(item: Item, text: str) -> None:
    name, email = item.person.get("name"), item.person.get("email")
    item.author = f"{name} ({email})" if name and email else name or email or repaired(text)


def _begin_category(item: Item, attributes: Attributes) -> bool:
    scheme = attributes.get("scheme", attributes.get("domain"))
    _add_tag(item, attributes.get("term"), scheme, attributes.get("label"))
    return True


def _finish_category(item: Item, text: str) -> None:
    term = repaired(text)
    if not term:
        return
    if item.tags and not item.tags[-1][0]:
        item.tags[-1][0] = term
    else:
        _add_tag(item, term, None, None)


def _add_tag(item: Item, term: str | None, scheme: str | None, label: str | None) -> None:
    tag = [term, scheme, label]
    if any(tag) and len(item.tags) <= MOST_CATEGORIES and tag not in item.tags:
        item.tags.append(tag)


def _finish_published(item: Item, text: str) -> None:
    item.published = _date(repaired(text))


def _finish_updated(item: Item, text: str) -> None:
    item.updated = _date(repaired(text))


def _finish_created(item: Item, text: str) -> None:
    item.created = _date(repaired(text))


def _begin_source(item: Item, _attributes: Attributes) -> bool:
    item.has_source = True
    return True


def _begin_media(item: Item, attributes: dict[str, str], *, is_thumbnail: bool) -> bool:
    item.candidates.add_picture(attributes, item.base, is_thumbnail=is_thumbnail)
    return True


def _take_href(attributes: dict[str, str]) -> str | None:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if href:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        return href
    return attributes.get("href")


# --- which element is read how --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """How to read an element.

    ``is_known`` is false for elements that are left to feedparser. The children of ``is_open`` elements count as
    children of the item. Other elements may have only children called one of ``parts``. ``is_deep`` elements may stand
    deeper than the item's own children.
    """

    name: str = ""
    begin: Callable[[Item, dict[str, str]], bool] | None = None
    finish: Callable[[Item, str], None] | None = None
    parts: frozenset[str] = frozenset()
    is_known: bool = True
    is_open: bool = False
    is_deep: bool = False


_TITLE = Rule("title", _begin_title, _finish_title)
_ORIGIN = Rule("origlink", None, _finish_origin, is_deep=True)
_CATEGORY = Rule("category", _begin_category, _finish_category)
_AUTHOR = Rule("author", _begin_author, _finish_author, parts=_PERSON)
_PUBLISHED = Rule("published", None, _finish_published)
_UPDATED = Rule("updated", None, _finish_updated)
_CREATED = Rule("created", None, _finish_created)
_GUID = Rule("id", _begin_guid, _finish_guid)
_OPEN = Rule(is_open=True, is_deep=True)
_CLOSED = Rule("rights")
_IRREGULAR = Rule(is_known=False)
_BY_NAME: dict[str, Rule] = {
    "title": _TITLE,
    "dc:title": Rule("dc:title", _begin_title, partial(_finish_title, rank=Rank.DUBLIN_CORE)),
    "media:title": Rule("media:title", _begin_title, partial(_finish_title, rank=Rank.PICTURE), is_deep=True),
    "description": Rule("description", _begin_description, _finish_summary),
    "dc:description": Rule("dc:description", _begin_description, partial(_finish_summary, rank=Rank.DUBLIN_CORE)),
    "media:description": Rule(
        "media:description", _begin_description, partial(_finish_summary, rank=Rank.PICTURE), is_deep=True
    ),
    "summary": Rule("summary", _begin_summary, _finish_summary),
    "itunes:summary": Rule("itunes:summary", _begin_summary, partial(_finish_summary, rank=Rank.EPISODE)),
    "content": Rule("content", _begin_content, _finish_content),
    "content:encoded": Rule("content:encoded", _begin_description, _finish_content),
    "feedburner:origlink": _ORIGIN,
    "pheedo:origlink": _ORIGIN,
    "link": Rule("link", _begin_link, _finish_link),
    "guid": _GUID,
    "id": _GUID,
    "enclosure": Rule("enclosure", _begin_enclosure),
    "author": _AUTHOR,
    "dc:creator": _AUTHOR,
    "dc:author": _AUTHOR,
    "itunes:author": _AUTHOR,
    "category": _CATEGORY,
    "dc:subject": _CATEGORY,
    "pubdate": _PUBLISHED,
    "published": _PUBLISHED,
    "issued": _PUBLISHED,
    "dcterms:issued": _PUBLISHED,
    "updated": _UPDATED,
    "modified": _UPDATED,
    "dc:date": _UPDATED,
    "date": _UPDATED,
    "created": _CREATED,
    "dcterms:created": _CREATED,
    "dcterms:modified": _UPDATED,
    "contributor": Rule("contributor", parts=_PERSON),
    "source": Rule("source", _begin_source, parts=_ABOUT_SOURCE),
    "media:content": Rule("media:content", partial(_begin_media, is_thumbnail=False), is_open=True, is_deep=True),
    "media:thumbnail": Rule("media:thumbnail", partial(_begin_media, is_thumbnail=True), is_open=True, is_deep=True),
    "logo": Rule("logo", is_open=True, is_deep=True),
    "icon": Rule("icon", is_open=True, is_deep=True),
    **{name: Rule(name, is_known=False) for name in (*_PERSON, "georss:point", "geo:lat", "geo:long", "geo:point")},
    **dict.fromkeys(("rights", "copyright", "dc:rights", "subtitle", "itunes:subtitle", "generator"), _CLOSED),
    **dict.fromkeys(
        (
            "webmaster", "dc:publisher", "language", "dc:language",
            "georss:line", "georss:polygon", "georss:box", "itunes:image", "itunes:block", "itunes:explicit",
            "media:group", "media:credit", "media:rating", "media:restriction",
            "media:license", "media:player",
        ),
        _OPEN,
    ),
}  # fmt: skip
RULES: dict[str, Rule] = {}
# Elements that feedparser does not know, and whose names are keys of its results.
_TAKEN = frozenset({"links", "authors", "enclosures", "items", "entries"})


def rule_of(name: str) -> Rule:
    """Return the rule for an element by expat's name for it; cached."""
    rule = _find(name)
    if len(RULES) < _MOST_NAMES:  # a hostile document may have any number of them
        RULES[name] = rule
    return rule


def _find(name: str) -> Rule:
    spelt = names.spelt(name)
    local = name.rpartition(" ")[2].lower()
    if spelt in _BY_NAME:
        return _BY_NAME[spelt]
    if (spelt and names.is_handled(spelt)) or local in ("detail", "parsed"):
        return _IRREGULAR
    is_taken = spelt == local and ("_" in local or local in _TAKEN)
    return _IRREGULAR if is_taken else _OPEN


def is_mistaken(name: str) -> bool:
    """Return whether feedparser would take an element of an unknown namespace for one of the feed's own."""
    return names.spelt(name) is None and _find(name.rpartition(" ")[2]) is not _OPEN


def has_base(attributes: Attributes) -> bool:
    """Return whether an element has a base of its own; for feedparser ``base`` of any namespace is one."""
    return any(name.rpartition(" ")[2].lower() == "base" for name in attributes)


def plain(attributes: Attributes) -> dict[str, str] | None:
    """Return attributes as feedparser sees them; None where it might take foreign ones for the feed's own."""
    found = {}
    for name, value in attributes.items():
        if " " not in name:
            key = name.lower()
            found[key] = value.lower() if key in ("rel", "type") else value
        elif name not in HARMLESS_ATTRIBUTES:
            return None
    return found
