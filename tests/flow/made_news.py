"""Made news in five languages, of which a test knows by construction what tells the same story and what does not."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

WORDS = {
    "en": (
        "bridge harbour council teacher engineer winter harvest market repair school patient clinic carpenter road well"
        " pump baker flour river valley ferry lorry orchard olive cotton archive library museum stadium runner doctor"
        " nurse village district farmer fisherman reservoir turbine cable signal station platform ticket Aleppo Hama"
        " Izmir Mersin Kazan Tabriz Shiraz Basra Tartus Latakia Trabzon Samara"
    ),
    "ar": (
        "جسر ميناء مجلس معلم مهندس شتاء حصاد سوق إصلاح مدرسة مريض عيادة نجار طريق بئر مضخة خباز طحين نهر واد عبارة"
        " شاحنة بستان زيتون قطن أرشيف مكتبة متحف ملعب عداء طبيب ممرضة قرية ناحية مزارع صياد خزان عنفة كابل إشارة محطة"
        " رصيف تذكرة حلب حماة إزمير مرسين قازان تبريز شيراز البصرة طرطوس اللاذقية"
    ),
    "fa": (
        "پل بندر شورا معلم مهندس زمستان برداشت بازار تعمیر مدرسه بیمار درمانگاه نجار جاده چاه پمپ نانوا آرد رودخانه دره"
        " کشتی کامیون باغ زیتون پنبه بایگانی کتابخانه موزه ورزشگاه دونده پزشک پرستار روستا بخش کشاورز ماهیگیر مخزن"
        " توربین کابل علامت ایستگاه سکو بلیت حلب حما ازمیر مرسین کازان تبریز شیراز بصره"
    ),
    "ru": (
        "мост порт совет учитель инженер зима урожай рынок ремонт школа больной клиника плотник дорога колодец насос"
        " пекарь мука река долина паром грузовик сад маслина хлопок архив библиотека музей стадион бегун врач сестра"
        " деревня район крестьянин рыбак хранилище турбина кабель сигнал станция платформа билет Алеппо Хама Измир"
        " Мерсин Казань Тебриз Шираз Басра Тартус"
    ),
    "tr": (
        "köprü liman meclis öğretmen mühendis kış hasat pazar onarım okul hasta klinik marangoz yol kuyu pompa fırıncı"
        " un nehir vadi feribot kamyon bahçe zeytin pamuk arşiv kütüphane müze stadyum koşucu doktor hemşire köy ilçe"
        " çiftçi balıkçı baraj türbin kablo sinyal istasyon peron bilet Halep Hama İzmir Mersin Kazan Tebriz Şiraz"
    ),
}
LANGUAGES = tuple(WORDS)
_SENTENCES, _LEAD = 8, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A headline and a text by its sentences. The first three are never edited: they make a story the same one."""

    title: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)

    def lead(self) -> Words:
        """Leave out all that follows the lead."""
        return replace(self, sentences=self.sentences[:_LEAD])


class Writer:
    """Writes reports, no two of which have four words in a row in common."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def report(self, language: str) -> Words:
        """Write a report, with a number in its lead."""
        first, second, *rest = (self._sentence(language) for _ in range(_SENTENCES))
        head, _, tail = second.partition(" ")
        second = f"{head} {self._chance.randrange(10, 99)} {tail}"
        return Words(title=self.headline(language), sentences=(first, second, *rest))

    def headline(self, language: str) -> str:
        """Write a headline that has nothing to do with any other."""
        return self._salad(language, 6)

    def longer(self, words: Words, language: str) -> Words:
        """Add a sentence to a report."""
        return replace(words, sentences=(*words.sentences, self._sentence(language)))

    def shorter(self, words: Words) -> Words:
        """Leave out the last sentence of a report, if any follows its lead."""
        return replace(words, sentences=words.sentences[: max(_LEAD, len(words.sentences) - 1)])

    def look_alike(self, words: Words, taken: set[str]) -> Words:
        """Write what is the same but for a number, which no other of ``taken`` has: it tells of something else."""
        first, second, *rest = words.sentences
        head, _, tail = second.split(" ", 2)
        number = next(each for each in map(str, range(100, 999)) if each not in taken)
        taken.add(number)
        return replace(words, sentences=(first, f"{head} {number} {tail}", *rest))

    def _sentence(self, language: str) -> str:
        words = self._salad(language, 12)
        return f"{words[0].upper()}{words[1:]}."

    def _salad(self, language: str, count: int) -> str:
        return " ".join(self._chance.sample(WORDS[language].split(), count))
