"""A crawled article as readable text, with every character traceable to the raw one."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import opencc
from pypinyin.constants import PINYIN_DICT

from .align import Alignment, Edit, apply

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SYLLABLE = "[a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿêɑɡ]{1,6}"
_BRACKETED = re.compile(rf"(?<=[{HAN}])[(（][ \u3000]?({_SYLLABLE})[ \u3000]?[)）]")
_LOST = re.compile(
    rf"\ufffd+|[\ue000-\uf8ff]+|(?<=[{HAN}])(?:\?(?:[;；]\?)?(?=[;；，、。）{HAN}])|(?:\?{_SYLLABLE}\))+)"
)
_COMBINING_TONES = dict.fromkeys(map(ord, "\u0304\u0301\u030c\u0300"))


@dataclass(frozen=True, slots=True)
class Damage:
    """Characters that were lost in the crawl and that nothing certain can bring back.

    Attributes:
        start, end: range in the restored text, code points.
        kind: `replacement` (U+FFFD), `private` (private use) or `question` (`?` in place of Han).
    """

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Aside:
    """A range of raw text kept aside because it is not the article, with the rule that says so."""

    raw_start: int
    raw_end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Article:
    """A restored article: what was crawled, what people read, and the way between them."""

    id: str
    raw: str
    text: str
    alignment: Alignment
    asides: tuple[Aside, ...] = ()
    damage: tuple[Damage, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)


def restore(raw: str, id: str, errata: Iterable[Edit] = (), meta: dict | None = None) -> Article:
    """Restore a crawled article.

    In this order: `errata` are applied, pinyin behind characters is removed, and a Traditional
    article becomes Simplified. A Simplified article passes through that last step untouched.

    Args:
        raw: the article as crawled.
        id: the article's name, kept as it is.
        errata: ascending corrections of this article's raw text, decided by a person.
        meta: what is known of the article (title, publisher, date).
    """
    text, alignment = apply(raw, list(errata))
    text, step = apply(text, find_pinyin(text))
    alignment = step.compose(alignment)
    if detect_script(text) == "Hant":
        text, step = simplify(text)
        alignment = step.compose(alignment)
    return Article(id, raw, text, alignment, (), find_damage(text), dict(meta or {}))


def find_pinyin(text: str) -> list[Edit]:
    """The bracketed syllables that are a reading of the Han character before them, as removals.

    The tone may be missing or another one than the dictionary's (neutral tones, tone sandhi).
    """
    return [
        Edit(*match.span())
        for match in _BRACKETED.finditer(text)
        if _strip_tone(match[1]) in _syllables(text[match.start() - 1])
    ]


@cache
def _syllables(character: str) -> frozenset[str]:
    readings = PINYIN_DICT.get(ord(character), "")
    return frozenset(_strip_tone(reading) for reading in readings.split(","))


@cache
def _strip_tone(syllable: str) -> str:
    plain = unicodedata.normalize("NFD", syllable).translate(_COMBINING_TONES)
    plain = plain.replace("ɑ", "a").replace("ɡ", "g")
    return unicodedata.normalize("NFC", plain)


def detect_script(text: str) -> str:
    """`Hant` if more characters are only Traditional than only Simplified, else `Hans`."""
    kinds = _script_table()[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)]
    return "Hant" if kinds.sum(dtype=np.int64) > 0 else "Hans"


@cache
def _script_table() -> np.ndarray:
    """For each code point: 1 if Simplified writes it otherwise, -1 if Traditional does, else 0."""
    table = np.zeros(0x110000, dtype=np.int8)
    han = [chr(point) for point in range(0x3400, 0xA000)]
    for config, sign in ("t2s", 1), ("s2t", -1):
        converter = _converter(config)
        for character in han:
            # Characters that both scripts write and both conversions change (乾, 著) tell nothing.
            table[ord(character)] += sign * (converter.convert(character) != character)
    return table


@cache
def _converter(config: str) -> opencc.OpenCC:
    # Simplified forms that few fonts can show are worse than the Traditional ones they replace.
    return opencc.OpenCC(config, include_tofu_risk_dictionaries=False)


def simplify(text: str) -> tuple[str, Alignment]:
    """Traditional text as Simplified, by OpenCC, with its alignment.

    OpenCC keeps the number of characters but for a few phrases; what changed its length is
    narrowed down to the sentence, which is then aligned as a whole.
    """
    converted = _converter("t2s").convert(text)
    if len(converted) == len(text):
        return converted, Alignment.identity(len(text))
    edits, position = [], 0
    for sentence in re.findall(r"[^。！？；\n]*[。！？；\n]|[^。！？；\n]+", text):
        edits.append(Edit(position, position + len(sentence), _converter("t2s").convert(sentence)))
        position += len(sentence)
    return apply(text, edits)


def find_damage(text: str) -> tuple[Damage, ...]:
    """Places where characters were lost: U+FFFD, private use, and `?` in the midst of Han."""
    kinds = {"\ufffd": "replacement", "?": "question"}
    return tuple(
        Damage(match.start(), match.end(), kinds.get(match[0][0], "private"))
        for match in _LOST.finditer(text)
    )
