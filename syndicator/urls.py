"""Resolve and canonicalize URLs, compute the key of a page, and map links between an outlet's addresses. Pure.

``absolute`` admits http(s) URLs of bounded length; every other function expects one that it returned.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from syndicator.trackers import (
    names_place,
    without_former_trackers,
    without_session_ids,
    without_session_in_path,
    without_trackers,
)

_PORTS = {"http": 80, "https": 443}
_SECRETS = re.compile(r"(?:key|token|secret|pass|pwd|auth|sig)", re.IGNORECASE)
# Characters that a URL must encode (RFC 3986), and invisible ones.
_UNWRITTEN = re.compile(r"[\x00-\x20\x7f\"<>{}|\\^`\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Surrogates and noncharacters, which parsers of our output reject.
_UNFIT = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE_PATH = "/:@!$&'()*+,;=~-._"
# Removed by browsers, even within a scheme; so it has to be removed before the scheme is checked.
_DROPPED = re.compile(r"[\t\r\n]")
_BEFORE_QUERY = re.compile(r"[^?#]*+")
_C0 = "".join(map(chr, range(0x21)))
_HOST = re.compile(r"[a-z0-9._-]+")
_LITERAL = re.compile(r"[0-9a-f:.]+(?:%[a-z0-9]+)?")
# What redirectors write before the address of the page: redir.folha.com.br/…/*https://…, rd.yahoo.com/…/*http://…
_REDIRECTOR = re.compile(r"https?://[^?#]*/\*(?=https?://[^/?#*])", re.IGNORECASE)
_WRAPPED = "/*http"
# How addresses of pages begin that a script shows, in their fragment.
_ROUTES = ("/", "!")
_ASCII = "".join(map(chr, range(0x80)))
MAX_LENGTH = 2048
# Schemes by which readers are told to subscribe. What follows is an http(s) address, often without its own scheme.
_FEED_SCHEME = re.compile(
    r"(?:feeds?|rss|atom|pcast|podcasts?|itpc):(?://)?(?:(https?):)?(?://)?(?![a-z][a-z0-9+.-]*:(?!\d))(?=[^/])",
    re.IGNORECASE,
)
_FEW_SLASHES = re.compile(r"^(https?):(?:/|\\\\)?(?=[^/\\])", re.IGNORECASE)  # of a special scheme (WHATWG URL, 4.4)
# A host with a dot in it, a number in brackets, or this machine; a port; what follows. No scheme and no mail address.
_WITHOUT_SCHEME = re.compile(
    r"(?:[^\s/:@?#\\\[\]]+\.[^\s/:@?#\\\[\].]+\.?|localhost|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:[/?#].*)?", re.IGNORECASE
)
_FILE = re.compile(r"[^/?#]*\.(?:xml|rss|rdf|atom|json|opml|html?|php)", re.IGNORECASE)
# A percent sign that encodes nothing: "90% of them".
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
# The usual spelling of links. Canonicalization changes nothing in these but the query.
_PLAIN = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::(?:[1-9][0-9]{3}|[1-5][0-9]{4}))?)(/[A-Za-z0-9/@!$&'()*+,=~._-]*)(?:\?([A-Za-z0-9/@!$&'()*+,=~._%-]+))?(#[A-Za-z0-9/@!$&'()*+,=~._-]+)?"
)


def absolute(link: str | None, base: str | None = None) -> str | None:
    """Resolve ``link`` and return it if it is an http(s) URL of at most 2,048 characters, else None.

    Tabs and newlines are removed, as browsers do. Characters that XML does not allow and invalid hosts are refused.
    """
    if not link:
        return None
    if len(link) <= MAX_LENGTH and _PLAIN.fullmatch(link):
        return link
    cleaned = _DROPPED.sub("", link.strip().strip(_C0))
    cleaned = slashed(cleaned)
    if len(cleaned) > MAX_LENGTH:  # urlsplit normalizes hosts, which takes the square of a run of combining marks
        return None
    try:
        joined = urljoin(base or "", cleaned)
        parts = urlsplit(joined)
        _ = parts.port
        has_host = bool(parts.hostname and _ascii_host(parts.hostname))  # RFC 9110, 4.2.1
        if parts.scheme.lower() not in _PORTS or _UNFIT.search(joined) or not has_host:
            return None
    except ValueError:
        return None
    if _UNWRITTEN.search(joined):
        rest = (quote(part, safe="%/:=&?~#+!$,;'@()*[]") for part in parts[2:])
        joined = urlunsplit((parts.scheme, parts.netloc, *rest))
    return joined if len(joined) <= MAX_LENGTH and len(quote(joined, safe=_ASCII)) <= MAX_LENGTH else None


def as_uri(url: str) -> str | None:
    """Return an http(s) address as a URI, all ASCII and without user name (RFC 3986); None for what is no address."""
    found = absolute(url)
    if found is not None and not is_plain(found):
        parts = urlsplit(found)
        path, query, fragment = (each.replace("[", "%5B").replace("]", "%5D") for each in parts[2:])
        found = _spelt(found, path=path, query=query, fragment=fragment)
    return _BARE_PERCENT.sub("%25", found) if found and "%" in found else found


def slashed(link: str) -> str:
    """Return an http(s) or relative link with slashes for backslashes before its query (WHATWG URL, 4.4)."""
    if "\\" not in link:
        return link
    return _BEFORE_QUERY.sub(lambda found: found[0].replace("\\", "/"), link, count=1)


def without_feed_scheme(link: str, scheme: str = "https") -> str:
    """Return a link for readers (``feed://host/x``, ``feed:https://host/x``) as http(s), and any other as it is."""
    stripped = link.strip()
    found = _FEED_SCHEME.match(stripped)
    return f"{found[1] or scheme}://{stripped[found.end() :]}" if found else link


def written(text: str, scheme: str = "https") -> str | None:
    """Return the address that a person, or another reader's list, means; ``scheme`` is the default.

    Return None for anything that cannot be an http(s) address.
    """
    link = _FEW_SLASHES.sub(r"\1://", without_feed_scheme(text, scheme).strip().strip(_C0))
    if link.startswith("//"):
        link = f"{scheme}:{link}"
    elif has_no_scheme(link):
        link = f"{scheme}://{link}"
    return absolute(link)


def has_no_scheme(text: str) -> bool:
    """Return whether a text begins with a host: ``outlet.example/rss``, ``127.0.0.1:8080``; a file's name does not."""
    return len(text) <= MAX_LENGTH and bool(_WITHOUT_SCHEME.fullmatch(text)) and not _FILE.fullmatch(text)


def is_plain(link: str) -> bool:
    """Return whether a link is an absolute URL in the usual spelling, which no base changes."""
    return _PLAIN.fullmatch(link) is not None


def unwrapped(url: str) -> str:
    """Return the address that a redirector has within its own, behind ``/*``; any other URL as it is."""
    if _WRAPPED not in url:
        return url
    found = _REDIRECTOR.match(url)
    return (absolute(url[found.end() :]) or url) if found else url


def canonical(url: str) -> str:
    """Return ``url`` as it is published: host in lower-case ASCII; no default port, trackers, session ids or user.

    The rest of the query keeps its order, and a fragment that names a place stays. A redirector is left out.
    """
    url = unwrapped(url)
    plain = _PLAIN.fullmatch(url)
    if plain:
        path, query, fragment = plain[2], plain[3] or "", plain[4] or ""
        kept = without_trackers(query) if query else ""
        place = fragment if fragment and names_place(fragment[1:]) else ""
        page = without_session_in_path(path)
        if (page, kept, place) == (path, query, fragment):
            return url
        return url[: plain.start(2)] + (page or "/") + (f"?{kept}" if kept else "") + place
    parts = urlsplit(url)
    fragment = parts.fragment if names_place(parts.fragment) else ""
    return _spelt(url, path=without_session_in_path(parts.path), query=without_trackers(parts.query), fragment=fragment)


def _spelt(url: str, *, path: str, query: str, fragment: str) -> str:
    """Return an address of these parts, at the host of ``url``, in the canonical spelling."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    host = _ascii_host(parts.hostname or "")
    port = "" if parts.port in (None, _PORTS.get(scheme)) else f":{parts.port}"
    query, fragment = (quote(part, safe=_SAFE_PATH + "%?[]") for part in (query, fragment))
    return urlunsplit((scheme, host + port, canonical_path(path) or "/", query, fragment))


def canonical_path(path: str) -> str:
    """Decode unreserved characters only: %41 becomes A, but %2F and %25 stay (RFC 3986, 6.2.2)."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code is None:
            return "%25"
        char = chr(int(code, 16))
        return char if char in _UNRESERVED else f"%{code.upper()}"

    return re.sub(r"%([0-9A-Fa-f]{2})?", one, quote(path, safe=_SAFE_PATH + "%"))


def link_key(url: str, bases: Sequence[str] = ()) -> str | None:
    """Return the key that links to one page share: no scheme, no ``www.``, no trailing slash, no place in the page.

    Below any of an outlet's ``bases`` the key contains no host, so that it survives a move between them. Return None
    for a bare home page, which identifies no story.
    """
    return key_of(canonical(url), bases)


def former_link_key(url: str, bases: Sequence[str] = ()) -> str | None:
    """Return the key that a link was given until 0.1: stores hold entries that are known by it."""
    plain = _PLAIN.fullmatch(url)
    if plain:
        kept = without_former_trackers(plain[3]) if plain[3] else ""
        return key_of(url[: plain.end(2)] + (f"?{kept}" if kept else ""), bases)
    parts = urlsplit(url)
    return key_of(_spelt(url, path=parts.path, query=without_former_trackers(parts.query), fragment=""), bases)


def is_respelt(url: str) -> bool:
    """Return whether a link may have been given another key until 0.1: a redirector, or more than a path."""
    return _WRAPPED in url or any(mark in url for mark in "?;#(%")


def without_session(url: str) -> str:
    """Return an address, or whatever it is, as it is written but for session ids."""
    if not any(mark in url for mark in "?;(%"):
        return url
    path, mark, query = url.partition("?")
    return without_session_in_path(path) + (f"?{kept}" if mark and (kept := without_session_ids(query)) else "")


def anchor(url: str) -> str:
    """Return the place in its page that an address names, empty for none; a route of a script is a page's name."""
    fragment = url.partition("#")[2]
    return "" if fragment.startswith(_ROUTES) or not names_place(fragment) else fragment


def key_of(spelt: str, bases: Sequence[str] = ()) -> str | None:
    """Return the key of a canonical link."""
    page, _, fragment = spelt.partition("#")
    route = f"#{fragment}" if fragment.startswith(_ROUTES) else ""
    for base in bases:
        rest = _under(page, base)
        if rest is not None:
            rest = rest.rstrip("/") + route
            return f"~{rest}" if rest else None
    path, mark, query = page.partition("?")
    host, _, path = path.partition("://")[2].partition("/")
    path = f"/{path}".rstrip("/")
    if not path and not query and not route:
        return None
    return f"{host.removeprefix('www.')}{path}{mark}{query}{route}"


def fold(url: str, bases: Sequence[str]) -> str:
    """Map ``url`` from the one of an outlet's ``bases`` that it is below to the first; return others unchanged."""
    for base in bases:
        rest = _under(url, base)
        if rest is not None:
            return bases[0].rstrip("/") + rest
    return url


def is_below(url: str, bases: Sequence[str]) -> bool:
    """Return whether ``url`` is below any of an outlet's ``bases``."""
    return any(_under(url, base) is not None for base in bases)


def lead(url: str, to: str, bases: Sequence[str]) -> str:
    """Map ``url`` from the one of an outlet's ``bases`` that it is below to the base ``to``."""
    return fold(url, (to, *bases))


def _under(url: str, base: str) -> str | None:
    """Return the part of ``url`` below ``base`` (path, query, fragment), or None; ignore scheme and ``www.``."""
    site, prefix = _root(base)
    plain = _PLAIN.fullmatch(url)
    if plain:
        path = plain[2]
        is_under = plain[1].removeprefix("www.") == site and (path == prefix or path.startswith(prefix + "/"))
        return _rooted(url[plain.start(2) + len(prefix) :]) if is_under else None
    at = urlsplit(url)
    if _site(at.netloc) != site:
        return None
    if not (at.path == prefix or at.path.startswith(prefix + "/")):
        return None
    return _rooted(urlunsplit(("", "", at.path[len(prefix) :], at.query, at.fragment)))


def _rooted(rest: str) -> str:
    """Return an empty path before a query as "/" (RFC 3986, 6.2.3)."""
    return "/" + rest if rest.startswith("?") else rest


@lru_cache(maxsize=1024)
def _root(base: str) -> tuple[str, str]:
    """Return a base's site and path."""
    parts = urlsplit(base)
    return _site(parts.netloc), parts.path.rstrip("/")


def _site(netloc: str) -> str:
    host = netloc.rpartition("@")[2].lower()
    if not host.isascii():
        name, colon, port = host.partition(":")
        with contextlib.suppress(UnicodeError):  # an invalid host is below no base
            host = _ascii_host(name) + colon + port
    return host.removeprefix("www.").removesuffix(":443").removesuffix(":80")


def site(url: str) -> str:
    """Return the host and port that URLs of one site share: no user, no ``www.``, no default port."""
    return _site(urlsplit(url).netloc)


def without_user(url: str) -> str:
    """Return ``url`` without user name and password: they are for requests, never for display."""
    if "@" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def origin(url: str) -> str:
    """Return ``scheme://host[:port]``."""
    plain = _PLAIN.fullmatch(url)
    if plain:
        return url[: plain.end(1)]
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def host_key(url: str) -> str:
    """Return the host and port to which politeness applies."""
    plain = _PLAIN.fullmatch(url)
    if plain:
        return plain[1]
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def redact(url: str) -> str:
    """Return ``url`` for display: user info and parameters named like secrets as ``***``."""
    parts = urlsplit(url)
    host = f"***@{parts.netloc.rpartition('@')[2]}" if "@" in parts.netloc else parts.netloc
    query = "&".join(
        f"{pair.partition('=')[0]}=***" if _SECRETS.search(pair.partition("=")[0]) else pair
        for pair in parts.query.split("&")
    )
    return urlunsplit((parts.scheme, host, parts.path, query, parts.fragment))


def _ascii_host(host: str) -> str:
    """Return a host in ASCII; raise UnicodeError (a ValueError) for an invalid one."""
    host = host.rstrip(".").lower()
    if ":" in host and _LITERAL.fullmatch(host):
        return f"[{host}]"
    written = host if host.isascii() else host.encode("idna").decode("ascii")
    if written and not _HOST.fullmatch(written):
        raise UnicodeError(f"{host!r} is no name of a host")
    return written
