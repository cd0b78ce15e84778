"""Fingerprints: which keys texts share."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.fingerprint import MOST_KEYS, fingerprint, keys_of, least_shared

ENGLISH = (
    "The port of Beirut received its first grain ship in two months on Thursday, harbour officials said. "
    "The vessel left Odesa ten days ago and carries wheat for the mills of Tripoli. "
    "Dockers had been on strike over unpaid wages, and returned to work after the ministry promised to pay. "
    "Bakers warned that flour would last for a week only. Prices of bread have doubled since the winter. "
    "The union said that it would walk out again if the money did not arrive by the end of the month."
)
TEXTS = {
    "en": ENGLISH,
    "ar": "استقبل ميناء بيروت أول سفينة قمح منذ شهرين يوم الخميس بحسب مسؤولين في المرفأ. وقال العمال إنهم عادوا إلى العمل"
    " بعد أن وعدت الوزارة بدفع الأجور المتأخرة. وحذر أصحاب المخابز من أن الطحين يكفي أسبوعا واحدا فقط.",
    "fa": "بندر بیروت روز پنجشنبه پس از دو ماه نخستین کشتی گندم را پذیرفت. کارگران بندر گفتند که پس از وعدهٔ وزارتخانه برای پرداخت"
    " دستمزدها به کار بازگشته‌اند. نانوایان هشدار دادند که آرد تنها برای یک هفته بس است.",
    "ru": "Порт Бейрута впервые за два месяца принял судно с зерном, сообщили в четверг портовые службы. Докеры вернулись к работе"
    " после того, как министерство обещало выплатить зарплату. Пекари предупредили, что муки хватит лишь на неделю.",
    "tr": "Beyrut limanı iki ay sonra ilk buğday gemisini perşembe günü karşıladı. Liman işçileri, bakanlığın ücretleri ödeme sözü"
    " vermesinin ardından işe döndü. Fırıncılar unun yalnızca bir hafta yeteceği uyarısında bulundu.",
    "zh": "贝鲁特港星期四迎来两个月来的第一艘运粮船。港口官员说，工人在政府承诺支付工资后恢复工作。面包店警告说，面粉只够用一个星期。",
    "ja": "ベイルート港に木曜日、二か月ぶりに穀物船が入港した。港の職員によると、労働者は賃金の支払いが約束されたため仕事に戻った。",
    "th": "ท่าเรือเบรุตรับเรือขนข้าวสาลีลำแรกในรอบสองเดือนเมื่อวันพฤหัสบดี คนงานกลับมาทำงานหลังจากกระทรวงสัญญาว่าจะจ่ายค่าจ้าง",
}


def shared(one, other):
    return len(set(keys_of(fingerprint(*one))) & set(keys_of(fingerprint(*other))))


@pytest.mark.parametrize("language", TEXTS)
def test_a_new_headline_leaves_the_keys_of_a_text(language):
    keys = keys_of(fingerprint("", TEXTS[language]))
    assert 8 <= len(keys) <= MOST_KEYS
    assert shared(("One headline of ours", TEXTS[language]), ("", TEXTS[language])) == len(keys)


@pytest.mark.parametrize("language", TEXTS)
def test_texts_of_one_language_share_nothing_by_chance(language):
    other = TEXTS[language][::-1]
    assert shared(("", TEXTS[language]), ("", other)) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TEXTS["ar"].replace("أول", "اول").replace("ى", "ي").replace("إلى", "الى"), TEXTS["ar"]),
        (TEXTS["fa"].replace("ی", "ي").replace("ک", "ك"), TEXTS["fa"]),
        (TEXTS["ru"].upper(), TEXTS["ru"]),
        (ENGLISH.replace(", ", " - ").upper(), ENGLISH),
    ],
    ids=["Arabic spellings", "Arabic letters in Persian", "Cyrillic capitals", "punctuation"],
)
def test_spellings_of_the_same_words_have_the_same_keys(one, other):
    assert fingerprint("", one) == fingerprint("", other)


def test_a_first_sentence_alone_shares_keys_with_its_text():
    assert shared(("", ENGLISH.partition(". ")[0]), ("", ENGLISH)) >= 2


@pytest.mark.parametrize("length", [1, 5, 20])
def test_a_lead_shares_keys_with_a_text_of_any_length(length):
    """However much follows, the lead keeps keys of its own."""
    lead = ". ".join(ENGLISH.split(". ")[:2])
    rest = " ".join(f"Paragraph {n} tells of matter {n * n} in the year {1900 + n}." for n in range(10 * length))
    assert shared(("", lead), ("", f"{lead}. {rest}")) >= 8


def test_a_text_is_found_behind_another():
    other = " ".join(f"Quite another sentence, number {n}, with {n * n} words of its own." for n in range(10))
    assert shared(("", ENGLISH), ("", f"{other} {ENGLISH}")) >= 4


def test_a_short_item_is_known_by_its_headline_too():
    """Two outlets, the same headline, other summaries."""
    title = "Dockers of Beirut return to work after a promise of unpaid wages"
    assert shared((title, "They had been on strike."), (title, "The port had stood still.")) >= 2


@pytest.mark.parametrize(
    "said", [("", ""), ("Beirut port reopens", ""), ("", "Read more at our site"), ("港口重开", "")]
)
def test_what_says_too_little_has_no_keys(said):
    assert fingerprint(*said) == b""


def test_how_many_keys_must_be_shared_depends_on_how_many_there_are():
    assert least_shared(keys_of(fingerprint("", ENGLISH))) == 2
    assert least_shared(keys_of(fingerprint("", " ".join(ENGLISH.split()[:14])))) == 1


@given(st.text(), st.text())
def test_any_text_has_at_most_so_many_keys_each_once(title, text):
    keys = keys_of(fingerprint(title, text))
    assert len(keys) <= MOST_KEYS
    assert len(set(keys)) == len(keys)


def test_another_process_makes_the_same_keys():
    """Hashes of strings differ from process to process; those of fingerprints are stored."""
    code = "import sys; from syndicator.fingerprint import fingerprint; print(fingerprint('', sys.argv[1]).hex())"
    ran = subprocess.run([sys.executable, "-c", code, ENGLISH], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == fingerprint("", ENGLISH).hex()
    assert ran.stdout.startswith("efe340053fa43822e2aae15cfd55551f")  # stores hold fingerprints made before
