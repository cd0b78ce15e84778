"""Other addresses of an outlet, as its own words name them."""

import pytest

from syndicator.models import CandidateKind, Document, Link, Outcome, Outlet
from syndicator.watch import mirror_candidates, named_addresses

OUTLET = Outlet(
    id="o", name="O", country="IR", language="en", home="https://www.courier.com", mirrors=("https://courier.co.uk",)
)
ONION = "a" * 56 + ".onion"


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("The Courier's site can also be accessed at these alternate addresses: www.courier.ir", ["www.courier.ir"]),
        (
            "Our mirror sites: courier.net, https://courier.org and courier.info.",
            ["courier.net", "courier.org", "courier.info"],
        ),
        ("The website has been blocked. Read us at https://courier.press/en", ["courier.press"]),
        ("Зеркало нашего сайта: kurier.media. Подписывайтесь!", ["kurier.media"]),
        ("Сайт заблокирован? Наш новый адрес — https://kurier.online", ["kurier.online"]),
        ("يمكنكم متابعتنا عبر الرابط البديل www.albareed.net بعد حجب الموقع", ["www.albareed.net"]),
        ("العناوين البديلة للموقع: albareed.info", ["albareed.info"]),
        ("آدرس‌های جایگزین سایت: peyk.news و www.peyk.co", ["peyk.news", "www.peyk.co"]),
        ("نشانی جدید ما peyk.online است", ["peyk.online"]),
        ("Erişim engeli nedeniyle yeni adresimiz: https://www.postaci.com.tr", ["www.postaci.com.tr"]),
        ("İLETİŞİM İSTANBUL: güncel adres postaci.net", ["postaci.net"]),
        ("Unsere Ausweichadresse lautet kurier-ersatz.de", ["kurier-ersatz.de"]),
        ("Une adresse alternative : courrier.example.fr", ["courrier.example.fr"]),
        ("Dirección alternativa: correo.org", ["correo.org"]),
        ("备用网址：xinshi.net", ["xinshi.net"]),
        (f"Tor address: http://{ONION}", [ONION]),
        ("Read more at www.other.org about the talks in Astana.", []),
        ("The ceasefire line follows the M4.highway and e.g. the river; alternate address: none.such", []),
        ("Write to editor@courier.ir, our new address: there is none", []),
        ("They can also be reached at 10.0.0.1 or at localhost", []),
        ("Our mirror site: MIRROR.COURIER.NET:8443", ["mirror.courier.net:8443"]),
        ("зеркало: x.io", ["x.io"]),
        ("We moved to courier.net", ["courier.net"]),
        ("حجب موقعنا ويمكنكم متابعتنا عبر albareed.net", ["albareed.net"]),
        ("The website was blocked last week, NetBlocks.org reported.", []),
        ("Portal заблокирован; агентство запустило новый сайт, сообщает tass.ru.", []),
        ("تصوير نساء محجبات في باريس بحسب lemonde.fr", []),
        ("البرلمان يناقش حجب الثقة عن الحكومة، reuters.com", []),
        ("Siteye erişim engeli getirildi; haberi bianet.org yazdı.", []),
        ("Bakanlık yeni site alanları için ihale açtı: ekap.gov.tr", []),
        ("اطلاعات بیشتر در نشانی زیر: salamat.gov.ir", []),
        ("", []),
    ],
)
def test_words_for_another_address_point_at_it(text, addresses):
    """In the languages outlets write; hosts that nobody can have registered are none."""
    found = [address.partition("://")[2] for address, _ in named_addresses(text)]
    assert list(dict.fromkeys(found)) == addresses


def test_the_words_are_kept_as_evidence():
    """A person has to judge them."""
    text = "x " * 500 + "It can also be accessed at the following alternate addresses: www.courier.ir " + "y " * 500
    (address, words), *_ = named_addresses(text)
    assert address == "https://www.courier.ir"
    assert words == "also be accessed at the following alternate addresses: www.courier.ir"


@pytest.mark.usefixtures("corpora")
def test_the_article_names_its_alternate_address(corpora):
    """The typical case, as its page has it."""
    text = (corpora / "articles" / "moscow-ankara-ceasefire-idlib.txt").read_text(encoding="utf-8")
    assert {address for address, _ in named_addresses(text)} == {"https://www.presstv.ir"}


def document(**what):
    values = {"endpoint": "https://www.courier.com/f", "outcome": Outcome.OK, "url": "https://www.courier.com/f"}
    return Document(**{**values, **what})


@pytest.mark.parametrize(
    ("what", "links", "named", "kind", "address"),
    [
        ({}, (), (("https://courier.ir", "words"),), CandidateKind.NAMED, "https://courier.ir"),
        ({"onion": f"http://{ONION}/f"}, (), (), CandidateKind.ONION, f"http://{ONION}"),
        ({"moved_to": "https://courier.press/feed"}, (), (), CandidateKind.MOVED, "https://courier.press"),
        ({}, (Link(rel="self", href="https://courier.net/f"),), (), CandidateKind.LINKED, "https://courier.net"),
        ({}, (Link(rel="canonical", href="https://courier.net/"),), (), CandidateKind.LINKED, "https://courier.net"),
    ],
)
def test_each_kind_of_hint_is_met(what, links, named, kind, address):
    """Words, Onion-Location, lasting redirects, links to another host; each says where it was met."""
    (hint,) = mirror_candidates(OUTLET, document(**what), links, named)
    assert (hint.kind, hint.address, hint.outlet) == (kind, address, "o")
    assert hint.evidence.startswith("courier.com: ")


@pytest.mark.parametrize(
    "link",
    [
        "https://feeds.courier.com/f",
        "https://courier.co.uk/x",
        "https://feeds.feedburner.com/courier",
        "https://t.me/courier",
        "https://user:word@www.courier.com/",
    ],
)
def test_what_is_known_or_everybodys_is_no_hint(link):
    """The outlet's own domains, and platforms where everybody has a page."""
    assert mirror_candidates(OUTLET, document(moved_to=link), (Link(rel="self", href=link),), ((link, "words"),)) == ()


@pytest.mark.parametrize("header", ["http://[", "foo", "javascript:alert(1)", "", "https://"])
def test_what_is_no_address_is_no_hint(header):
    """Whatever a header says, a poll goes on."""
    assert mirror_candidates(OUTLET, document(onion=header), (), ((header, "words"),)) == ()


def test_evidence_is_fit_to_be_shown():
    """On a terminal too."""
    text = "Our mirror site \x1b]0;title\x07 is \u202ekurier.media"
    ((_, words),) = named_addresses(text)
    assert words.isprintable()
