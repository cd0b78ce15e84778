"""Separate what names a page in an address from what follows its readers: trackers and session ids. Pure.

A parameter is a tracker's by a name that nobody else uses, or by its value: a channel ("rss"), or an address. What only
looks like one (``ref=71``, ``mod=viewthread``) names a page.
"""

from __future__ import annotations

import re
from functools import lru_cache

# Names of advertisers' and analytics' products, by their documentation.
_SURE = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign\w*|custom\d*|link\w*|bbc_\w+|ptr_\w+|format|creation|variant|network|term|channel"
    r"|platform|type|identifier|emailtype|recipient\w*|send_\w+|detail_\w+|general_\w+|affiliate\w*)"
    r"|ns_(?:mchannel|source|campaign|linkname|fee|ige|alias)|mc_[ce]id|(?:fb|g|dc|y|ys|tt|tw|wi)clid"
    r"|msclkid|gbraid|wbraid|igshid|igsh|_openstat|_g[al]|_hs(?:enc|mi)|__hs\w+|hsctatracking|mkt_tok|vero_id"
    r"|oly_(?:enc|anon)_id|(?:pk|piwik|mtm|matomo)_(?:campaign|kwd|keyword|source|medium|content|cid|group|placement)"
    r"|s_kwcid|ef_id|li_fat_id|sc_cid|srsltid|wickedid|guce_referrer(?:_sig)?|guccounter|wt\.mc_id|xtor|ref_src"
    r"|sr_share|traffic_source|soc_(?:src|trk))",
    re.IGNORECASE,
)
# Outlets' own names for campaigns. With a number, and without a surer tracker beside them, they may name a page.
_LIKELY = re.compile(r"(?:ito|ocid|ncid|taid|ftag|smid|cmpid|partnerid|spm)", re.IGNORECASE)
# Names for anything: their value tells.
_BY_VALUE = re.compile(r"(?:ref|mod|feature|partner|cmp)", re.IGNORECASE)
_CHANNEL = re.compile(
    r"(?:rss\d?|atom|rdf|feedburner|newsletter|twitter|twt|tw|facebook|fb|telegram|whatsapp|linkedin|instagram|reddit"
    r"|youtube|youtu\.be|email)(?:[-_.:+]\w{1,30}){0,4}|(?:share|social)(?:_\w{1,60})?|feeds?|shared|sharing|mail|push|app|google(?:news)?",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"https?(?::|%3a)\S*|(?:[a-z0-9-]+\.)+(?!(?:html?|php\d?|aspx?|jspx?|cgi|cfm|pl|py|pdf|xml|json|txt|jpe?g|png|gif)\Z)[a-z]{2,}",
    re.IGNORECASE,
)
# Session ids by names that nobody else uses, and by names that need a value of that kind.
_SESSION = re.compile(
    r"(?:phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|cftoken|oscsid|zenid|xtcsid|modsid|bv_sessionid"
    r"|bv_engineid)=.*"
    r"|(?:sid|s|phpsid)=(?:[0-9a-f]{32}|[0-9a-f]{40})"
    r"|(?:sess|session|sessid|sessionid|session_id|sid)=(?=[a-z_-]*\d)[\w-]{20,128}",
    re.IGNORECASE,
)
_SESSION_IN_PATH = re.compile(
    r";(?:(?:jsessionid|phpsessid)=[^/;?#]*|(?:sid|sessionid)=[\w-]{16,128}(?=[/;?#]|\Z))"
    r"|/(?:\(|%28)(?:(?:[A-Z](?:\(|%28)[\w-]{1,200}(?:\)|%29))*[SF](?:\(|%28)[\w-]{10,200}(?:\)|%29)|[a-z0-9]{24})(?:\)|%29)(?=/|\Z)",
    re.IGNORECASE,
)
# Fragments for nothing, for the top of a page, for words in it; and trackers.
_NO_PLACE = re.compile(
    r"|top|\.[\w-]{6,20}|:~:.*|(?:tk\.)?(?:rss|atom|feed)(?:[-_.]\w{1,30}){0,3}|echobox=\d+", re.IGNORECASE
)
# The list that keys were made by until 0.1; stores hold entries that are known by them.
_BEFORE = re.compile(
    r"^(?:(?:utm_\w+|at_\w+|ns_\w+|mc_[ce]id|fbclid|gclid|dclid|yclid|msclkid|igshid|ito|cmp|cmpid|ocid|ref|ref_src"
    r"|partner|partnerid|smid|sr_share|traffic_source|xtor|wt\.mc_id|ftag|ncid|taid|mod|_ga|spm|feature)(?:=|$)|source=rss$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1024)
def without_trackers(query: str) -> str:
    """Return a query without trackers and session ids; the rest keeps its order. Cached: outlets repeat theirs."""
    pairs = query.split("&")
    sure = [_is_sure(pair) for pair in pairs]
    is_tracked = any(sure)
    is_coldfusion = any(pair[:8].lower() == "cftoken=" for pair in pairs)
    return "&".join(
        pair
        for pair, is_sure in zip(pairs, sure, strict=True)
        if not (is_sure or _is_likely(pair, is_tracked=is_tracked) or (is_coldfusion and pair[:5].lower() == "cfid="))
    )


def without_session_ids(query: str) -> str:
    """Return a query without session ids, and with its trackers."""
    return "&".join(pair for pair in query.split("&") if not _SESSION.fullmatch(pair))


def without_session_in_path(path: str) -> str:
    """Return a path without session ids: in parameters of Java's servers, in segments of ASP.NET's."""
    return _SESSION_IN_PATH.sub("", path) if ";" in path or "(" in path or "%28" in path else path


def names_place(fragment: str) -> bool:
    """Return whether a fragment names a place in its page, or a page behind it; not a tracker or nothing at all."""
    return not _NO_PLACE.fullmatch(fragment) and ("=" not in fragment or bool(without_trackers(fragment)))


@lru_cache(maxsize=1024)
def without_former_trackers(query: str) -> str:
    """Return a query as keys were made of it until 0.1."""
    return "&".join(pair for pair in query.split("&") if not _BEFORE.match(pair))


def _is_sure(pair: str) -> bool:
    name, equals, value = pair.partition("=")
    if _SURE.fullmatch(name) or _SESSION.fullmatch(pair):
        return True
    if not equals:
        return False
    if name.lower() == "source":
        return value.lower() == "rss"
    return bool(_BY_VALUE.fullmatch(name) and (_CHANNEL.fullmatch(value) or _ADDRESS.fullmatch(value)))


def _is_likely(pair: str, *, is_tracked: bool) -> bool:
    name, _, value = pair.partition("=")
    return bool(_LIKELY.fullmatch(name)) and (is_tracked or not value.isdecimal())
