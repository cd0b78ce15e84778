"""Tell whether an XML document is complete without parsing it: its root's end tag is the last thing in it. Pure."""

from __future__ import annotations

import re

_NEAR = 8192
# What may stand before the root: declarations and comments, but no document type with declarations of its own.
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->|<![A-Za-z][^>\[]*>)*+<([A-Za-z_][\w.:-]{0,63})[\s/>]", re.DOTALL
)
_END_TAG = re.compile(rb"</([A-Za-z_][\w.:-]{0,63})\s{0,32}>\Z")
_LONGEST_END_TAG = 128
_SECTIONS = ((b"<!--", b"-->"), (b"<![CDATA[", b"]]>"))


def is_closed(body: bytes) -> bool:
    """Return whether a document ends with the end tag of its root. It says nothing of what lies between."""
    if any(body.rfind(start) > body.rfind(end) for start, end in _SECTIONS):
        return False
    root = _ROOT.match(body[:_NEAR])
    tail = body[-_NEAR:].rstrip()
    if tail.endswith(b"-->"):  # a cache's remark
        tail = tail[: max(tail.rfind(b"<!--"), 0)].rstrip()
    end = _END_TAG.search(tail[-_LONGEST_END_TAG:])
    return root is not None and end is not None and root[1] == end[1]
