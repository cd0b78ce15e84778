"""Map names of encodings to Python's codecs: those of the WHATWG Encoding Standard (4.2), and other spellings. Pure.

Of a name only letters and digits count: ``cp-1251``, ``Windows_1251`` and ``"x-cp1251"`` mean the same.
"""

from __future__ import annotations

import codecs
import re

from syndicator.errors import NotAFeedError

# Where the standard has a larger encoding for a smaller one's name, it is taken. ASCII is what programs say that have
# not asked, and is read as UTF-8.
_LABELS = """
utf-8: utf8 utf8mb3 utf8mb4 utf8sig utf8bom unicode11utf8 unicode20utf8 xunicode20utf8 ascii usascii ansix341968
utf-16-le: utf16 utf16le unicode unicodefeff csunicode ucs2 iso10646ucs2
utf-16-be: utf16be unicodefffe
cp866: 866 cp866 ibm866 csibm866
iso8859-2: latin2 l2 csisolatin2 isoir101
iso8859-3: latin3 l3 csisolatin3 isoir109
iso8859-4: latin4 l4 csisolatin4 isoir110
iso8859-5: cyrillic csisolatincyrillic isoir144
iso8859-6: arabic asmo708 csisolatinarabic ecma114 isoir127 csiso88596e csiso88596i
iso8859-7: greek greek8 csisolatingreek ecma118 elot928 isoir126 suneugreek
iso8859-8: hebrew csisolatinhebrew isoir138 visual logical csiso88598e csiso88598i
iso8859-10: latin6 l6 csisolatin6 isoir157
iso8859-15: latin9 l9 csisolatin9
koi8-r: koi8r koi koi8 cskoi8r
koi8-u: koi8u koi8ru
mac-roman: macintosh mac csmacintosh xmacroman
mac-cyrillic: xmaccyrillic xmacukrainian maccyrillic
cp874: windows874 dos874 cp874 tis620 iso885911
cp1252: latin1 l1 csisolatin1 isoir100 cp819 ibm819
cp1254: latin5 l5 csisolatin5 isoir148
gb18030: gb18030 gbk xgbk gb2312 gb231280 csgb2312 csiso58gb231280 chinese isoir58 cp936 ms936 windows936
big5hkscs: big5 big5hkscs cnbig5 csbig5 xxbig5 cp950 windows950
euc_jp: eucjp xeucjp cseucpkdfmtjapanese
iso2022_jp: iso2022jp csiso2022jp
cp932: shiftjis sjis xsjis csshiftjis mskanji ms932 windows31j cp932 windows932
cp949: euckr cseuckr korean ksc5601 ksc56011987 ksc56011989 csksc56011987 isoir149 windows949 cp949 uhc
"""
_CODECS = {
    label: codec
    for codec, _, labels in (line.partition(": ") for line in _LABELS.split("\n"))
    for label in labels.split()
}
_WINDOWS = re.compile("[a-z]*(125[0-8])")
_ISO_8859 = re.compile("(?:x?iso)?8859(1[0134-6]|[1-9])(?:19[0-9]{2}|20[0-9]{2})?[ei]?")
_LARGER = {"iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874"}
_OTHER = re.compile("[^a-z0-9]+")
_LONGEST = 40
# Python has codecs that the web does not use. UTF-7 among them would get around every filter.
_KNOWN = frozenset("utf-32 utf-32-le utf-32-be johab koi8-t hz".split()) | frozenset(_CODECS.values())
_FAMILIES = re.compile(r"cp8[56]\d|mac-[a-z]+")
# What the standard's "replacement" stands for, and bytes without a meaning: no text comes of them.
_REFUSED = frozenset("iso2022kr csiso2022kr iso2022cn iso2022cnext utf7 csutf7 unicode11utf7".split())


def codec_of(name: str) -> str | None:
    """Return Python's name for an encoding, None if unknown; raise NotAFeedError for one that feeds may not have."""
    squeezed = _OTHER.sub("", name.lower())
    if not squeezed or len(squeezed) > _LONGEST:
        return None
    if squeezed in _CODECS:
        return _CODECS[squeezed]
    windows, iso = _WINDOWS.fullmatch(squeezed), _ISO_8859.fullmatch(squeezed)
    if windows:
        return f"cp{windows[1]}"
    known = f"iso8859-{iso[1]}" if iso else _own(name)
    if squeezed in _REFUSED or (known and not iso and known not in _KNOWN and not _FAMILIES.fullmatch(known)):
        raise NotAFeedError(f"its encoding, {name}, is none that feeds may have")
    return _LARGER.get(known, known) if known else None


def _own(name: str) -> str | None:
    """Return the codec that Python has under a name."""
    try:
        return codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return None
