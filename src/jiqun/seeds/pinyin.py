"""Pinyin that a site wrote in brackets behind the characters of its articles."""

import unicodedata
from functools import cache

import numpy as np
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from .align import Cuts
from .characters import Characters
from .kinds import Kind, convert_character

_LONGEST = 6
_LETTERS = {**{letter: n for n, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)}, "ü": 27}
_CLOSE, _SPACE, _NONE = 41, 42, 0


def find_pinyin(characters: Characters) -> Cuts:
    """The bracketed syllables that are a reading of the character before them, as removals.

    A reading counts whatever its tone, since crawled pinyin has neutral tones and tone sandhi that
    dictionaries lack; `軸承(鍛造)`, `(kg)` or `(CNAS)` are no readings and stay.
    """
    codes, kinds = characters.codes, _kinds()
    opens = characters.find(Kind.OPEN)
    opens = opens[opens > 0]
    if not len(opens):
        return Cuts.make([])
    starts, ends, keys = [], [], []
    key = np.zeros(len(opens), dtype=np.int64)
    length = np.zeros(len(opens), dtype=np.int8)
    spaced = np.zeros(len(opens), dtype=bool)
    # One step for each place behind the bracket: at most two spaces, the letters, the bracket.
    for step in range(1, _LONGEST + 4):
        here = kinds.take(codes.take(opens + step, mode="clip"), mode="clip")
        here[opens + step >= len(codes)] = _NONE
        closed = (here == _CLOSE) & (length > 0)
        starts.append(opens[closed])
        ends.append(opens[closed] + step + 1)
        keys.append(key[closed])
        letter = (here >= 1) & (here <= 27) & ~spaced & (length < _LONGEST)
        live = letter | (here == _SPACE)
        if not live.any():
            break
        spaced = (spaced | ((length > 0) & ~letter))[live]
        key = np.where(letter, key * 32 + here, key)[live]
        length, opens = (length + letter)[live], opens[live]
    opens = np.concatenate(starts)
    order = np.argsort(opens, kind="stable")
    opens, ends, keys = opens[order], np.concatenate(ends)[order], np.concatenate(keys)[order]
    keys |= codes[opens - 1].astype(np.int64) << 32
    known = _readings()
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    right = known[places] == keys
    return Cuts.remove(opens[right], ends[right])


@cache
def _kinds() -> np.ndarray:
    """By code point below U+10000: a letter's number, a closing bracket, a space, or none."""
    table = np.zeros(0x10000, dtype=np.int8)
    for letter, number in _LETTERS.items():
        table[ord(letter)] = number
        for tone in "\u0304\u0301\u030c\u0300":
            toned = unicodedata.normalize("NFC", letter + tone)
            if len(toned) == 1:
                table[ord(toned)] = number
    # Forms that fonts and keyboards put in place of the usual letters.
    for odd, letter in {"ɑ": "a", "ɡ": "g", "v": "ü", "ĕ": "e", "ă": "a", "ŏ": "o"}.items():
        table[ord(odd)] = _LETTERS[letter]
    table[[ord(")"), ord("）")]] = _CLOSE
    table[[ord(" "), ord("\u3000"), ord("\xa0")]] = _SPACE
    return table


@cache
def _readings() -> np.ndarray:
    """Sorted keys `code point << 32 | letters`, five bits a letter, of every known reading.

    A character has the readings of its Traditional and Simplified forms too.
    """
    readings: dict[str, set[str]] = {
        chr(point): set(syllables.split(",")) for point, syllables in PINYIN_DICT.items()
    }
    for phrase, syllables in PHRASES_DICT.items():
        for character, options in zip(phrase, syllables):
            readings.setdefault(character, set()).update(options)
    for config in ("t2s", "s2t"):
        for character, syllables in list(readings.items()):
            readings.setdefault(convert_character(config, character), set()).update(syllables)
            syllables.update(readings.get(convert_character(config, character), ()))
    readings["儿"] = readings["儿"] | {"r"}
    readings["兒"] = readings["兒"] | {"r"}
    keys = {
        ord(character) << 32 | key
        for character, syllables in readings.items()
        for key in map(_make_key, syllables)
        if key
    }
    return np.array(sorted(keys), dtype=np.int64)


@cache
def _make_key(syllable: str) -> int:
    key, table = 0, _kinds()
    for letter in unicodedata.normalize("NFC", syllable):
        number = int(table[ord(letter)]) if ord(letter) < len(table) else 0
        if not 1 <= number <= 27:
            return 0
        key = key * 32 + number
    return key
