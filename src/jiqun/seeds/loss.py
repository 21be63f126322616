"""Characters that a crawl lost: what can be said for certain is repaired, the rest is told."""

import re
from dataclasses import dataclass
from functools import cache

from .align import Cuts
from .characters import Characters
from .kinds import Kind

_SYLLABLE = "[a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]{1,6}"
_HAN = "\u3400-\u9fff"
# 模化 behind 規, which sites of this kind lose on every page: `規(guī)?；?`.
_SCALE = re.compile(r"(?<=[规規])\?[;；](?:\?(?=[、，。；,\s]))?")
# One character between its neighbour's reading and its own: `日?qǐng)?bào)`, `大?dāng)?shù)據`.
_HALVED = re.compile(rf"(?<=[{_HAN}])\?{_SYLLABLE}\)\?({_SYLLABLE})\)")
_LOST = re.compile(
    rf"\ufffd+|[\ue000-\uf8ff]+"
    rf"|(?<=[{_HAN}])(?:\?[;；]\??|\?(?=[，、。）])|(?:\?{_SYLLABLE}\))+)"
)
# What such a character is, by its neighbour and its reading.
_HALVED_WORDS = {
    ("bào", "日晚早周年月简簡快公通申举舉汇匯情預预警海壁"): "报",
    ("shù", "大"): "数",
}


@dataclass(frozen=True, slots=True)
class Damage:
    """Characters that were lost in the crawl and that nothing certain can bring back.

    Attributes:
        start, end: range in the restored text, code points.
        kind: `replacement` (U+FFFD), `private` (private use) or `question` (`?` in place of Han).
        guess: what may have stood there, or None.
    """

    start: int
    end: int
    kind: str
    guess: str | None = None


def find_repairs(characters: Characters) -> Cuts:
    """Lost characters of which there is only one possible reading, as replacements."""
    cuts, taken = [], 0
    for place in characters.find(Kind.QUESTION).tolist():
        if place < taken:
            continue
        text = characters.text
        if match := _SCALE.match(text, place):
            taken = match.end()
            cuts += [(place, place + 1, ord("模")), (place + 1, taken, ord("化"))]
        elif match := _HALVED.match(text, place):
            character = _halved(text[place - 1], match[1])
            if character:
                taken = match.end()
                cuts.append((place, taken, ord(character)))
    return Cuts.make(cuts)


def _halved(before: str, reading: str) -> str | None:
    for (syllable, neighbours), character in _HALVED_WORDS.items():
        if reading == syllable and before in neighbours:
            return character
    return None


def find_damage(characters: Characters) -> tuple[Damage, ...]:
    """Places where characters were lost: U+FFFD, private use, and `?` in the midst of Han."""
    kinds = {"\ufffd": "replacement", "?": "question"}
    found, taken = [], 0
    places, special = characters.specials
    of_loss = (special == Kind.QUESTION) | (special == Kind.LOST)
    for place in places[of_loss].tolist():
        match = _LOST.match(characters.text, place) if place >= taken else None
        if match:
            taken = match.end()
            kind = kinds.get(match[0][0], "private")
            found.append(
                Damage(place, taken, kind, _guess(characters.text[place - 1 : place], match[0]))
            )
    return tuple(found)


def _guess(before: str, lost: str) -> str | None:
    """What makes a word with the character before it and is read as the last reading says."""
    syllables = re.findall(_SYLLABLE, lost)
    return _words().get((before, syllables[-1])) if syllables else None


@cache
def _words() -> dict[tuple[str, str], str | None]:
    """By a character and a reading: the one character so read that follows it in words."""
    # Its dictionaries take a fifth of a second to import.
    from pypinyin.constants import PHRASES_DICT

    table: dict[tuple[str, str], str | None] = {}
    for phrase, readings in PHRASES_DICT.items():
        for before, after, options in zip(phrase, phrase[1:], readings[1:]):
            for reading in options:
                same = table.setdefault((before, reading), after) == after
                table[before, reading] = after if same else None
    return table
