"""Detect whether a document is complete: an XML one whose root's end tag is the last thing in it, or JSON. Pure."""

from __future__ import annotations

import json
import re

_NEAR = 8192
# What may stand before the root: declarations and comments, but no document type with declarations of its own.
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->|<![A-Za-z][^>\[]*>)*+<([A-Za-z_][\w.:-]{0,63})[\s/>]", re.DOTALL
)
_END_TAG = re.compile(rb"</([A-Za-z_][\w.:-]{0,63})\s{0,32}>\Z")
_LONGEST_END_TAG = 128
_BLANK = b"\xef\xbb\xbf \t\r\n"
_SECTIONS = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"))


def is_closed(body: bytes) -> bool:
    """Return whether a document is JSON, or ends with its root's end tag, which says nothing of what lies between."""
    if body[:64].lstrip(_BLANK)[:1] == b"{":
        return _is_json(body)
    if any(body.rfind(start) > body.rfind(end) for start, end in _SECTIONS):
        return False
    root = _ROOT.match(body[:_NEAR])
    tail = body[-_NEAR:].rstrip()
    if tail.endswith(b"-->"):  # a cache's remark
        tail = tail[: max(tail.rfind(b"<!--"), 0)].rstrip()
    end = _END_TAG.search(tail[-_LONGEST_END_TAG:])
    return root is not None and end is not None and root[1] == end[1]


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True
