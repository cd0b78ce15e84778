"""Whole articles: title, byline, dateline and body, without what stands around them."""

import pytest

from syndicator.errors import NotAFeedError
from syndicator.parse import read_article

URL = "https://outlet.example/1"
PLACES = {"Moscow", "Москва", "Şam", "دمشق", "تهران", "ANKARA"}
TEXTS = {
    "en": (
        ("Truce holds", "Sorry, the video player failed to load.(Error Code: 100013)", "Jane Weaver", "Courier, Moscow"),
        ("A truce took hold on Thursday along the road from Latakia to Aleppo, after weeks of talks.",
         "Both sides said that joint patrols would begin within a week, and that details would follow."),
        ("The Courier can also be accessed at the following alternate addresses:", "www.courier.ir", "SHARE THIS ARTICLE", "Courier News App"),
        ("Jane Weaver", "Moscow"),
    ),
    "ru": (
        ("Перемирие держится", "Автор: Иван Ткач", "Москва"),
        ("В четверг вступило в силу перемирие вдоль дороги из Латакии в Алеппо, после недель переговоров.",
         "Стороны сообщили, что совместные патрули начнутся в течение недели, а подробности последуют."),
        ("Читайте также: другие новости", "Поделиться"),
        ("Иван Ткач", "Москва"),
    ),
    "ar": (
        ("الهدنة صامدة", "كتب: سامي النجار", "البريد، دمشق"),
        ("دخلت الهدنة حيز التنفيذ يوم الخميس على امتداد الطريق من اللاذقية إلى حلب بعد أسابيع من المحادثات.",
         "وقال الطرفان إن الدوريات المشتركة ستبدأ في غضون أسبوع وإن التفاصيل ستعلن لاحقا في العاصمتين."),
        ("اقرأ أيضا", "شارك هذا الخبر"),
        ("سامي النجار", "دمشق"),
    ),
    "fa": (
        ("آتش‌بس برقرار است", "نویسنده: رضا بافنده", "تهران"),
        ("آتش‌بس از روز پنجشنبه در امتداد جاده لاذقیه به حلب پس از هفته‌ها گفت‌وگو اجرا شد.",
         "دو طرف گفتند که گشت‌های مشترک ظرف یک هفته آغاز می‌شود و جزئیات آن پس از آن اعلام خواهد شد."),
        ("بیشتر بخوانید", "کد خبر: ۱۲۳۴"),
        ("رضا بافنده", "تهران"),
    ),
    "tr": (
        ("Ateşkes sürüyor", "Haber: Elif Dokumacı", "Postacı, Şam"),
        ("Haftalarca süren görüşmelerin ardından Lazkiye'den Halep'e uzanan yol boyunca ateşkes perşembe günü başladı.",
         "Taraflar ortak devriyelerin bir hafta içinde başlayacağını, ayrıntıların ise daha sonra açıklanacağını söyledi."),
        ("Ayrıca bakınız", "Paylaş"),
        ("Elif Dokumacı", "Şam"),
    ),
}  # fmt: skip


def blocks(tag, lines):
    return "".join(f"<{tag}>{line}</{tag}>" for line in lines)


LAYOUTS = {
    "article": lambda h, b, e: (
        f"<body><nav>Home</nav><article><h1>{h[0]}</h1>{blocks('p', h[1:])}{blocks('p', b + e)}</article>"
    ),
    "divisions": lambda h, b, e: f"<body>{blocks('div', (*h, *b, *e))}",
    "breaks": lambda h, b, e: "<body>" + "<br>\n".join((*h, *b, *e)),
    "sections": lambda h, b, e: (
        f"<body><header>{blocks('div', h)}</header><div class='text'>{blocks('p', b)}</div><footer>{blocks('span', e)}</footer>"
    ),
}


def read(html, title=""):
    return read_article(
        html.encode(), url=URL, content_type="text/html; charset=utf-8", title=title, is_place=PLACES.__contains__
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", TEXTS)
def test_an_article_comes_out_without_what_stands_around_it(language, layout):
    """Five languages, four layouts."""
    header, body, end, (byline, dateline) = TEXTS[language]
    article = read(LAYOUTS[layout](header, body, end), title=header[0])
    assert (article.title, article.byline, article.dateline) == (header[0], byline, dateline)
    assert article.paragraphs[-2:] == body
    assert article.paragraphs[:-2] in ((), (header[-1],))


@pytest.mark.parametrize(
    ("first", "dateline"),
    [
        ("ANKARA (AA) - Ortak devriyelerin bir hafta içinde başlayacağı perşembe günü açıklandı.", "ANKARA"),
        ("Москва, 6 мар — ТАСК. Перемирие вступило в силу в четверг вдоль дороги в Алеппо.", "Москва"),
        ("دمشق - بريد: دخلت الهدنة حيز التنفيذ يوم الخميس على امتداد الطريق إلى حلب بعد المحادثات.", "دمشق"),
        ("Well-known lines - such as these - are no datelines, however the sentence may go on.", ""),
    ],
)
def test_a_dateline_may_lead_the_first_sentence(first, dateline):
    """As the agencies write it; the sentence stays as it is."""
    article = read(f"<article><h1>T</h1><p>{first}</p><p>{first}</p></article>", title="T")
    assert (article.dateline, article.paragraphs[0]) == (dateline, first)


FULL = "دخلت الهدنة حيز التنفيذ يوم الخميس على امتداد الطريق من اللاذقية إلى حلب بعد أسابيع من المحادثات"


@pytest.mark.parametrize("ends", [("", "", ""), (".", ".", ""), ("", ".", "")])
def test_bodies_without_full_stops_are_whole(ends):
    """As many are written in Arabic and Persian."""
    lines = tuple(f"{number} {FULL}{end}" for number, end in enumerate(ends))
    assert (
        read(f"<article><h1>الهدنة</h1>{blocks('p', lines)}<p>شارك</p></article>", title="الهدنة").paragraphs == lines
    )


@pytest.mark.parametrize(
    "line",
    [
        "شارك الآلاف في مظاهرة وسط المدينة يوم الخميس، وفق ما أفاد به سكان ومصادر محلية متطابقة.",
        "إعلان حالة الطوارئ في المدينة جاء بعد ساعات من بدء سريان الهدنة على الطريق الدولي.",
        "Paylaşılan görüntülerde yol boyunca ilerleyen araçlar ve onları karşılayan aileler görülüyor.",
        "Sponsored by a neighbour, the militia said that it would not leave the road before the summer.",
        "Подписка о невыезде отменена, сообщил адвокат, и семья может вернуться в город на этой неделе.",
        "По теме переговоров стороны высказались сдержанно, но патрули начнутся в назначенный срок.",
    ],
)
def test_sentences_of_the_body_are_no_boilerplate(line):
    """However they begin."""
    lines = (f"{FULL}.", line, f"{FULL} والمفاوضات.")
    assert read(f"<article><h1>T</h1>{blocks('p', lines)}</article>", title="T").paragraphs == lines


@pytest.mark.parametrize(
    "above",
    [("Haber Merkezi",), ("Автор фото, Getty Images",), ("كتب وفنون",), ("Von der Leyen in Kiew",), ("Breaking News",)],
)
def test_not_every_line_is_a_byline(above):
    """Sections, agencies, photographs."""
    article = read(f"<article><h1>T</h1>{blocks('p', above)}<p>1 {FULL}.</p><p>2 {FULL}.</p></article>", title="T")
    assert (article.byline, article.paragraphs) == ("", (f"1 {FULL}.", f"2 {FULL}."))


def test_a_section_above_the_title_is_no_dateline():
    """Nor is a place repeated that says nothing more than the dateline."""
    body = f"<p>{FULL}.</p><p>{FULL}.</p>"
    assert read(f"<body><div>Moscow</div><h1>Truce holds</h1>{body}", title="Truce holds").dateline == ""
    below = read(f"<body><h1>Truce holds</h1><div>Moscow</div>{body}", title="Truce holds")
    assert (below.dateline, below.paragraphs) == ("Moscow", (f"{FULL}.",) * 2)


@pytest.mark.parametrize("html", ["", "<p>Short.</p>", "<nav>" + "menu " * 100 + "</nav>"])
def test_a_page_without_sentences_has_no_article(html):
    """Better the feed's own few words than a menu."""
    with pytest.raises(NotAFeedError):
        read(html)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_article_of_the_archive_comes_out_whole(corpora, layout):
    """The typical case, laid out in four ways."""
    text = (corpora / "articles" / "moscow-ankara-ceasefire-idlib.txt").read_text(encoding="utf-8")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    header, body, end = lines[1:5], lines[5:12], lines[12:]
    article = read(LAYOUTS[layout](header, tuple(body), tuple(end)))
    title, _, byline, dated = header
    assert (article.title, article.byline, article.dateline) == (title, byline, dated.rpartition(", ")[2])
    assert article.paragraphs == (dated, *body)
