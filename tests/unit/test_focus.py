"""What a story is about: chosen by how it is named, by the dateline, by institutions; measured on our own items."""

import pytest

from syndicator.tag import Prior
from tests.bench.places.focus import Focused, items, made_articles, measure


def roles(tagger, title, text="", language="en", home=""):
    """Terms of countries and other widest regions, by role."""
    country = tagger.gazetteer.country(home) if home else None
    found: dict[str, set[str]] = {}
    for tag in tagger(title, text, language, Prior(country=country)):
        if len(tag.path) == 1:
            found.setdefault(tag.role, set()).add(tag.term)
    return found


_LONG = " The rest of the report tells of methods, of money and of patience, and names no place at all." * 12


@pytest.mark.parametrize(
    ("language", "title", "text", "country"),
    [
        ("en", "Microphones listen to bees", "A project has put microphones into hives across Scotland." + _LONG, "GB"),
        ("en", "Pills recalled", "The pills, which were marketed in the U.S., may hold glass, their maker said.", "US"),
        ("ru", "Пчёл слушают через микрофоны", "Датчики поставили в ульи пасек по всей Шотландии.", "GB"),
        ("ar", "ميكروفونات في خلايا النحل", "وضع باحثون أجهزة تسجيل في خلايا نحل في أنحاء تركيا.", "TR"),
        ("fa", "میکروفون در کندوها", "پژوهشگران در کندوهایی در سراسر ترکیه میکروفون گذاشتند.", "TR"),
        ("tr", "Kovanlara mikrofon", "Araştırmacılar Mısır genelindeki kovanlara mikrofon yerleştirdi.", "EG"),
    ],
)
def test_a_country_named_alone_is_what_a_story_is_about(tagger, language, title, text, country):
    """Named by the way, once, after a long text or a short one: there is no other."""
    assert roles(tagger, title, text, language).get("about") == {country}


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("en", "CHICAGO, Jan 3 (Reuters) - Wheat futures rose on Monday as traders waited.", "US"),
        ("en", "Futures rise as traders wait CHICAGO (Reuters) - Wheat rose on Monday.", "US"),
        ("ru", "МОСКВА, 5 марта. /ТАСС/. Выручка компании выросла на треть.", "RU"),
        ("tr", "ANKARA (AA) - Şirket yılın ilk yarısında zarar açıkladı.", "TR"),
        ("ar", "دمشق-سانا افتتح معرض الكتاب اليوم بمشاركة واسعة.", "SY"),
    ],
)
def test_a_story_that_names_nothing_else_is_about_its_dateline(tagger, language, text, country):
    """And the dateline is still told as such."""
    found = roles(tagger, "", text, language)
    assert (found["about"], found["dateline"]) == ({country}, {country})


def test_a_dateline_is_no_focus_beside_another_country(tagger):
    """Where it was written is told, and not more."""
    found = roles(tagger, "", "GENEVA, March 5 (Reuters) - Fighting in Sudan has closed half of its hospitals.")
    assert (found["about"], found["dateline"]) == ({"SD"}, {"CH"})


def found_by_region(tagger, title, text, language, home=""):
    """Terms of the countries that the filter `region:` finds the story by."""
    country = tagger.gazetteer.country(home) if home else None
    tags = tagger(title, text, language, Prior(country=country))
    return {tag.term for tag in tags if len(tag.path) == 1 and tag.role in {"about", "actor"} and tag.score >= 0.5}


_PACTS = [
    ("en", "Japan, the Philippines and Australia will share a naval base. The pact is meant to counter China.", " Officers have begun to train together, and a second agreement on fuel and repairs is due before the summer."),
    ("ru", "Япония, Филиппины и Австралия открывают общую базу. Соглашение направлено против Китая.", " Офицеры уже учатся вместе, а второе соглашение, о топливе и ремонте, должны подписать до лета."),
    ("tr", "Japonya, Filipinler ve Avustralya ortak üs kuruyor. Anlaşmanın amacı Çin'i dengelemek.", " Subaylar birlikte eğitime başladı; yakıt ve onarımla ilgili ikinci anlaşma yaza kadar imzalanacak."),
    ("ar", "وقعت اليابان والفلبين وأستراليا اتفاقا بحريا. ويهدف الاتفاق إلى مواجهة الصين.", " وبدأ الضباط يتدربون معا، ومن المنتظر توقيع اتفاق ثان بشأن الوقود والصيانة قبل حلول الصيف."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "lead", "filler"), _PACTS)
def test_the_third_party_that_leads_is_among_what_a_summary_is_about(tagger, language, lead, filler):
    """It is named once, by its own name, at the beginning; what only the end of a longer text names is not."""
    summary = lead + filler * ((1000 - len(lead)) // len(filler))
    assert "CN" in found_by_region(tagger, "", summary, language)
    first, last = lead.split(". ")
    assert "CN" not in found_by_region(tagger, "", f"{first}.{filler * 20} {last}", language)


_UNSURE = [
    ("en", "Greyhounds stroll in tutus", "Forty greyhounds in tutus walked along the beach in Timaru on Sunday.", "NZ"),
    ("en", "Inmates unable to call", "One in ten inmates of Parklea prison has caught the virus, families say.", "AU"),
    ("ru", "Ревда ждёт новый мост", "", "RU"),
    ("tr", "Simav halkı yeni köprüyü bekliyor", "", "TR"),
    ("fa", "مردم ساری منتظر پل‌اند", "", "IR"),
    ("ar", "جسر جديد في بنها", "", "EG"),
]


@pytest.mark.parametrize(("language", "title", "text", "home"), _UNSURE)
def test_an_unsure_name_counts_where_the_outlet_is(tagger, language, title, text, home):
    """Small towns and towns that are words, in a story that names nothing else."""
    assert found_by_region(tagger, title, text, language, home) == {home}
    assert found_by_region(tagger, title, text, language) == set()


@pytest.mark.parametrize(
    ("language", "title", "text", "home", "abroad"),
    [
        ("en", "Hastings and Napier row in Kenyan court", "The lawyers shouted at one another in Nairobi.", "NZ", "KE"),
        ("en", "Houston's widow speaks in Lagos", "Mary Houston told a church in Lagos so.", "US", "NG"),
        ("tr", "Deniz Aydın Paris'te sergi açtı", "Ressam Aydın'ın sergisi Paris'te açık.", "TR", "FR"),
        ("ar", "محمود المنصورة يفوز في باريس", "فاز اللاعب محمود المنصورة في باريس.", "EG", "FR"),
    ],
)
def test_an_unsure_name_is_no_place_at_home_in_a_story_from_elsewhere(tagger, language, title, text, home, abroad):
    """Persons are called like towns of the outlet's country."""
    assert found_by_region(tagger, title, text, language, home) == {abroad}


_DOMESTIC = [
    ("en", "Government to raise minimum wage", "The prime minister told parliament that the cabinet had agreed.", "GB"),
    ("ru", "Правительство повысит пенсии", "Премьер-министр сообщил об этом на заседании кабмина.", "RU"),
    ("tr", "Hükümet asgari ücreti açıkladı", "Cumhurbaşkanı, Bakanlar Kurulu sonrası konuştu.", "TR"),
    ("fa", "دولت حقوق بازنشستگان را افزایش داد", "هیئت دولت امروز این لایحه را به مجلس فرستاد.", "IR"),
    ("ar", "الحكومة ترفع الحد الأدنى للأجور", "قال رئيس الوزراء إن مجلس الوزراء أقر الزيادة.", "EG"),
]


@pytest.mark.parametrize(("language", "title", "text", "home"), _DOMESTIC)
def test_unnamed_institutions_stand_for_the_outlets_country(tagger, language, title, text, home):
    """If that is known; else for none."""
    assert roles(tagger, title, text, language, home).get("about") == {home}
    assert roles(tagger, title, text, language) == {}


def test_unnamed_institutions_are_anothers_in_a_story_that_leads_with_another_country(tagger):
    """Parliament and the prime minister are those of Sudan here."""
    text = "Near Khartoum, parliament has not met for a year. The prime minister promised a fund, the government roads."
    assert "GB" not in roles(tagger, "A city without water", text, "en", "GB").get("about", set())


def test_an_institution_of_one_country_stands_for_it_whoever_writes(tagger):
    """The words are kept as evidence."""
    (tag,) = tagger("NHS waiting lists fall again", "", "en")
    assert (tag.term, tag.role, [each.words for each in tag.evidence]) == ("GB", "about", ["NHS"])


def test_a_recipe_is_about_no_country(tagger):
    """Nor is a test of gadgets."""
    assert roles(tagger, "How to bake bread", "Flour, water, salt, and a night of rest.", "en", "GB") == {}


def test_our_own_items_are_about_what_their_authors_say(tagger):
    """Most of them, in all eight languages; and little else is said."""
    focused, stories = Focused(tagger), items()
    right = measure(stories, [focused.regions(each) for each in stories])
    assert {each.language for each in stories} == {"en", "ar", "ru", "tr", "fa", "de", "fr", "es"}
    assert right.first >= 0.84 * right.stories
    assert right.among >= 0.9 * right.stories
    assert right.right >= 0.95 * right.said


@pytest.mark.parametrize(
    ("is_home_known", "first", "among", "precision"), [(True, 0.96, 0.98, 0.95), (False, 0.95, 0.97, 0.93)]
)
def test_whole_articles_are_about_what_their_author_says(tagger, is_home_known, first, among, precision):
    """British, American and foreign stories, told with institutions, counties and clubs as often as with a country."""
    focused, stories = Focused(tagger), made_articles()
    right = measure(stories, [focused.regions(each, is_home_known=is_home_known) for each in stories])
    assert len(stories) >= 120
    assert right.first >= first * right.stories
    assert right.among >= among * right.stories
    assert right.right >= precision * right.said


_AWAY = [
    ("en", "A day out by the sea GRIMSBY - Even the gulls took their time on Monday. Nobody hurried here.", "GB"),
    ("en", "The judge and his bank MANILA - Even the drivers have opinions on forms these days.", "PH"),
    ("ru", "Новый мост ждали девять лет ТАШКЕНТ - Даже таксисты приехали посмотреть на открытие.", "UZ"),
    ("tr", "Yeni köprüyü dokuz yıl beklediler BAKÜ - Taksiciler bile açılışı görmeye geldi.", "AZ"),
]


@pytest.mark.parametrize(("language", "text", "country"), _AWAY)
def test_a_dateline_behind_a_headline_needs_no_agency(tagger, language, text, country):
    """Where a feed has the headline at the head of the text, the town in capitals and a dash are enough."""
    assert roles(tagger, "", text, language)["about"] == {country}


def test_where_a_story_was_written_counts_for_a_country_that_it_names(tagger):
    """A correspondent goes where the story is; only the wire's desk sits elsewhere."""
    body = "Retirees from Arizona used to cross for their teeth, and came home to Yuma by night." + _LONG
    far = f"{body} In Tijuana the mayor has tried posters."
    assert "MX" in roles(tagger, "Border dentists wait", f"LOS ALGODONES, Mexico - {far}")["about"]
    assert "MX" not in roles(tagger, "Border dentists wait", far)["about"]


_PARTS = [
    ("en", "Otago man charged over crash", "", "NZ", "NZ"),
    ("en", "Queensland Premier denies raid", "", "AU", "AU"),
    ("en", "Labor Department counts new jobs", "", "US", "US"),
    ("en", "Duke of Edinburgh was 'never bored'", "", "US", "GB"),
    ("en", "Tottenham draw with Everton", "", "US", "GB"),
    ("tr", "Fenerbahçe deplasmanda berabere kaldı", "", "DE", "TR"),
    ("fa", "پرسپولیس سه بر یک پیروز شد", "", "DE", "IR"),
    ("ar", "الزمالك يفوز بثلاثية نظيفة", "", "QA", "EG"),
]


@pytest.mark.parametrize(("language", "title", "text", "home", "country"), _PARTS)
def test_what_is_part_of_a_longer_name_tells_of_its_country(tagger, language, title, text, home, country):
    """A state's team, a ministry with a word that is a village too, a duke of a town, clubs."""
    assert found_by_region(tagger, title, text, language, home) == {country}


@pytest.mark.parametrize(
    ("title", "home"),
    [
        ("Virginia Woolf's diaries are read aloud", "US"),
        ("Hamilton Smith wins prize for tenors", "NZ"),
        ("Town reads aloud", "US"),
    ],
)
def test_a_person_tells_of_no_country(tagger, title, home):
    """Nor does an everyday word that is a village's name."""
    assert found_by_region(tagger, title, "", "en", home) == set()


def test_without_an_outlet_the_main_country_decides_whose_congress_it_is(tagger):
    """That of the story's places, or else of what only one country has; never two at once."""
    assert roles(tagger, "Congress votes on Medicaid", "The Senate follows.").get("about") == {"US"}
    assert "US" not in roles(tagger, "Brazil's farmers wait", "Congress votes on soy in Brasília.").get("about", set())
    assert roles(tagger, "Congress votes", "The Senate follows.") == {}
