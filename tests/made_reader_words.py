"""What made stories for readers' pages say: our own sentences in six languages on real places, and words that mean harm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_CORPUS = Path(__file__).parent / "data" / "xss.txt"


class Place(NamedTuple):
    """A place: its term, what holds it, its English name, its GeoNames id and point, its names by language."""

    term: str
    path: tuple[str, ...]
    label: str
    geonameid: int
    point: tuple[float, float]
    names: dict[str, str]


class Happening(NamedTuple):
    """A thing that happens somewhere: its topic, and headlines by language, with ``{}`` for the place."""

    topic: str
    titles: dict[str, str]


def _place(term: str, label: str, geonameid: int, lat: float, lon: float, names: str) -> Place:
    path = tuple(dict.fromkeys((term.partition("-")[0], term)))
    by_language = dict(zip(("en", "ar", "fa", "ru", "tr", "he"), names.split("|"), strict=True))
    return Place(term, path, label, geonameid, (lat, lon), by_language)


PLACES = (
    _place("SY-ID", "Idlib", 169387, 35.83, 36.69, "Idlib|إدلب|ادلب|Идлиб|İdlib|אידליב"),
    _place("SY-HL", "Aleppo", 170062, 36.25, 37.5, "Aleppo|حلب|حلب|Алеппо|Halep|חאלב"),
    _place("TR-31", "Hatay", 312394, 36.42, 36.23, "Hatay|هاتاي|هاتای|Хатай|Hatay|האטאיי"),
    _place("UA-63", "Kharkiv Oblast", 706482, 49.5, 36.5, "Kharkiv|خاركيف|خارکف|Харьков|Harkiv|חרקיב"),
    _place("PS-GZA", "Gaza", 281132, 31.5, 34.45, "Gaza|غزة|غزه|Газа|Gazze|עזה"),
    _place("IL-HA", "Haifa District", 294800, 32.6, 35.0, "Haifa|حيفا|حیفا|Хайфа|Hayfa|חיפה"),
    _place("IR-23", "Tehran", 110791, 35.5, 51.5, "Tehran|طهران|تهران|Тегеран|Tahran|טהרן"),
    _place("RU-MOW", "Moscow", 524894, 55.76, 37.61, "Moscow|موسكو|مسکو|Москва|Moskova|מוסקבה"),
    _place("LB-BA", "Beirut", 276778, 33.89, 35.5, "Beirut|بيروت|بیروت|Бейрут|Beyrut|ביירות"),
    _place("SD-KH", "Khartoum", 379253, 15.9, 33.1, "Khartoum|الخرطوم|خارطوم|Хартум|Hartum|חרטום"),
)
COUNTRIES = {
    "RU": ("Russia", {"en": "Russia", "ar": "روسيا", "fa": "روسیه", "ru": "Россия", "tr": "Rusya", "he": "רוסיה"}),
    "TR": ("Türkiye", {"en": "Turkey", "ar": "تركيا", "fa": "ترکیه", "ru": "Турция", "tr": "Türkiye", "he": "טורקיה"}),
}
HAPPENINGS = (
    Happening("ceasefire", {
        "en": "{}: ceasefire holds through a second night", "ar": "{}: الهدنة صامدة لليلة الثانية",
        "fa": "{}: آتش‌بس شب دوم هم برقرار ماند", "ru": "{}: перемирие держится вторую ночь",
        "tr": "{}: ateşkes ikinci gecesinde de sürüyor", "he": "{}: הפסקת האש נשמרת בלילה השני",
    }),
    Happening("humanitarian-aid", {
        "en": "{}: forty lorries bring flour and tents", "ar": "{}: أربعون شاحنة تحمل الطحين والخيام",
        "fa": "{}: چهل کامیون آرد و چادر آوردند", "ru": "{}: сорок грузовиков привезли муку и палатки",
        "tr": "{}: kırk kamyon un ve çadır getirdi", "he": "{}: ארבעים משאיות הביאו קמח ואוהלים",
    }),
    Happening("earthquake", {
        "en": "{}: weak earthquake wakes the old town", "ar": "{}: زلزال خفيف يوقظ المدينة القديمة",
        "fa": "{}: زلزله‌ای خفیف شهر کهنه را بیدار کرد", "ru": "{}: слабое землетрясение разбудило старый город",
        "tr": "{}: hafif deprem eski şehri uyandırdı", "he": "{}: רעידת אדמה קלה העירה את העיר העתיקה",
    }),
    Happening("", {
        "en": "{}: bridge over the river reopens after eleven weeks", "ar": "{}: الجسر فوق النهر يفتح بعد أحد عشر أسبوعا",
        "fa": "{}: پل رودخانه پس از یازده هفته باز شد", "ru": "{}: мост через реку открыт после одиннадцати недель",
        "tr": "{}: nehir köprüsü on bir hafta sonra açıldı", "he": "{}: הגשר מעל הנהר נפתח אחרי אחד עשר שבועות",
    }),
    Happening("", {
        "en": "{}: traders are back at the market by the station", "ar": "{}: الباعة يعودون إلى السوق قرب المحطة",
        "fa": "{}: فروشندگان به بازار کنار ایستگاه برگشتند", "ru": "{}: торговцы вернулись на рынок у вокзала",
        "tr": "{}: esnaf istasyon yanındaki pazara döndü", "he": "{}: הסוחרים חזרו לשוק ליד התחנה",
    }),
)  # fmt: skip
SENTENCES = {
    "en": "People queued from early morning, and shops stayed open until dusk. {} has not seen so many visitors since spring. Officials of {} said that they would speak again on Thursday.",
    "ar": "اصطف الناس منذ الصباح الباكر وبقيت المتاجر مفتوحة حتى الغروب. لم تشهد {} هذا العدد من الزوار منذ الربيع. وقال مسؤولون من {} إنهم سيتحدثون مجددا يوم الخميس.",
    "fa": "مردم از صبح زود صف کشیدند و مغازه‌ها تا غروب باز ماندند. {} از بهار این همه مهمان ندیده بود. مقام‌های {} گفتند که پنجشنبه دوباره گفتگو می‌کنند.",
    "ru": "Люди стояли в очереди с раннего утра, магазины работали до сумерек. {} с весны не видел столько гостей. Представители страны ({}) обещали вернуться к разговору в четверг.",
    "tr": "İnsanlar sabahın erken saatinden beri kuyruktaydı, dükkânlar akşama kadar açık kaldı. {} bahardan beri bu kadar konuk görmemişti. {} yetkilileri perşembe günü yeniden konuşacaklarını söyledi.",
    "he": "אנשים עמדו בתור מהבוקר המוקדם והחנויות היו פתוחות עד הערב. {} לא ראתה מבקרים רבים כל כך מאז האביב. נציגי {} אמרו שישובו לדבר ביום חמישי.",
}
TOPICS = {
    "ceasefire": ("Ceasefire", {"en": "ceasefire", "ar": "الهدنة", "fa": "آتش‌بس", "ru": "перемирие", "tr": "ateşkes", "he": "הפסקת האש"}),
    "humanitarian-aid": ("Humanitarian aid", {"en": "flour", "ar": "الطحين", "fa": "آرد", "ru": "муку", "tr": "un", "he": "קמח"}),
    "earthquake": ("Earthquake", {"en": "earthquake", "ar": "زلزال", "fa": "زلزله", "ru": "землетрясение", "tr": "deprem", "he": "רעידת אדמה"}),
}  # fmt: skip

LONG_TITLE = ("Word for word the council read out what had been agreed on bridges, bread, schools and wells, " * 4)[
    :300
]
LONG_NAME = (
    "The United Morning Messenger of the Upper and Lower Orontes Valley and of the Plains Beyond, Sunday Edition " * 2
)[:120]


def attacks() -> tuple[str, ...]:
    """Read the attacks; ``{200b}`` stands for a character that could not be seen."""
    lines = _CORPUS.read_text("utf-8").splitlines()
    return tuple(re.sub(r"\{([0-9a-f]{4})\}", lambda found: chr(int(found[1], 16)), line) for line in lines if line)


# Control characters that turn the text after them round: what opens with one of these may never be closed.
TURNING = (
    "\u202eevas \u2066cannot\u2069 \u202dbe\u202c closed \u202e",
    "\u2067\u2067\u2067 three isolates of the wrong direction",
    "\u202dهدنة تبدأ من اليسار",
    "\u2069\u2069\u202c\u202c closes what it has not opened \u200f",
    "\u202bembedded \u202a twice \u2068 and isolated",
)
HOSTILE = (
    *attacks(),
    *TURNING,
    LONG_TITLE,
    "x" * 200,
    "م" * 200,
    "<b>bold</b> &amp; 'quoted' \"twice\"",
    "كلمة " * 60,
    "",
    " ",
)
