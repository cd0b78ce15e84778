"""Alter texts as those do who copy them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from syndicator.ingest.copy_text import sentences_of
from tests.bench.copies.corpora import Item

_HEADERS = {
    "en": ("LONDON, March 3 (Reuters) - ", "(AP) -- "),
    "ar": ("بيروت (رويترز) - ", "دمشق (أ ف ب) - "),
    "fa": ("تهران، ایسنا - ", "به گزارش ایرنا، "),
    "ru": ("МОСКВА, 3 марта. /ТАСС/. ", "БЕЙРУТ, 3 мар - РИА Новости. "),
    "tr": ("BEYRUT (AA) - ", "İSTANBUL (DHA) - "),
}
_FOOTERS = {
    "en": (" (Reporting by our staff; editing by the night desk)", " Copyright 2026. All rights reserved."),
    "ar": (" (إعداد النشرة العربية، تحرير قسم الليل)", " جميع الحقوق محفوظة."),
    "fa": (" انتهای پیام", " کلیه حقوق محفوظ است."),
    "ru": (" Подписывайтесь на наш канал.", " Все права защищены."),
    "tr": (" Haberin devamı için tıklayın.", " Tüm hakları saklıdır."),
}


class Alterations:
    """Ways to alter a text; ``words`` and ``others`` are what is put in."""

    def __init__(self, others: Sequence[Item], words: Sequence[str], chance: random.Random) -> None:
        """Take headlines and texts that are put in from ``others``, of the language of what is altered."""
        self._others, self._words, self._chance = others, words, chance

    def all(self) -> dict[str, Callable[[Item], Item | None]]:
        """Return the alterations by name; one gives None for an item that it does not fit."""
        return {
            "5 %": lambda item: self._edited(item, 0.05),
            "10 %": lambda item: self._edited(item, 0.10),
            "20 %": lambda item: self._edited(item, 0.20),
            "first": lambda item: self._first(item, 1),
            "first 3": lambda item: self._first(item, 3),
            "headline": lambda item: self._titled(item, is_new=True),
            "framed": self._framed,
            "reordered": self._reordered,
            "merged": self._merged,
        }

    def _edited(self, item: Item, share: float) -> Item:
        """Replace, delete or insert words: half are replaced."""
        said: list[str] = []
        for word in item.text.split():
            what = self._chance.random() / share
            if what >= 1:
                said.append(word)
            elif what < 0.5:
                said.append(self._chance.choice(self._words))
            elif what < 0.75:
                said += [word, self._chance.choice(self._words)]
        return self._titled(replace(item, text=" ".join(said)))

    def _first(self, item: Item, count: int) -> Item | None:
        """Cut a text after some sentences, if they have twelve words and are not all of it."""
        sentences = sentences_of(item.text)
        text = ". ".join(sentences[:count]) + "."
        return self._titled(replace(item, text=text)) if len(sentences) > count and len(text.split()) >= 12 else None

    def _titled(self, item: Item, *, is_new: bool = False) -> Item:
        """Give every second item, or this one, another headline: of a story on something else."""
        if not is_new and self._chance.random() < 0.5:
            return item
        said, title = set(item.title.casefold().split()) or {""}, item.title
        while len(said & set(title.casefold().split())) > len(said) // 2:
            title = self._chance.choice(self._others).title
        return replace(item, title=title)

    def _framed(self, item: Item) -> Item:
        header, footer = self._chance.choice(_HEADERS[item.language]), self._chance.choice(_FOOTERS[item.language])
        return self._titled(replace(item, text=header + item.text + footer))

    def _reordered(self, item: Item) -> Item:
        """Shuffle paragraphs of two sentences."""
        sentences = [f"{sentence}." for sentence in sentences_of(item.text)]
        paragraphs = [" ".join(sentences[place : place + 2]) for place in range(0, len(sentences), 2)]
        self._chance.shuffle(paragraphs)
        return self._titled(replace(item, text=" ".join(paragraphs)))

    def _merged(self, item: Item) -> Item:
        texts = [item.text, self._chance.choice(self._others).text]
        self._chance.shuffle(texts)
        return self._titled(replace(item, text=" ".join(texts)))
