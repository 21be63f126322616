"""Pinyin that a site wrote in brackets behind the characters of its articles."""

import random
import unicodedata
from functools import cache

import numpy as np

from .align import Cuts
from .characters import Characters
from .kinds import Kind, convert_characters

_LETTERS = {**{letter: n for n, letter in enumerate("abcdefghijklmnopqrstuvwxyz", 1)}, "ü": 27}
_CLOSE, _SPACE, _OTHER = 41, 42, 255
_LONGEST = 6
_SHIFT = np.uint64(48)
# Of eight bytes at once: each byte's lowest and highest bit.
_LOW, _HIGH = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)


def find_pinyin(characters: Characters) -> Cuts:
    """The bracketed syllables that are a reading of the character before them, as removals.

    A reading counts whatever its tone, since crawled pinyin has neutral tones and tone sandhi that
    dictionaries lack; `軸承(鍛造)`, `(kg)` or `(CNAS)` are no readings and stay.
    """
    opens = characters.find(Kind.OPEN)
    opens = opens[opens > 0]
    if not len(opens):
        return Cuts.make([])
    codes = characters.codes
    letters = np.full(len(codes) + 8, _OTHER, dtype=np.uint8)
    _letters().take(codes, mode="clip", out=letters[:-8])
    starts = opens + 1
    starts += letters[starts] == _SPACE
    # Six letters, a space and the closing bracket are eight bytes, compared as one number: of the
    # numbers that begin at each byte, those behind the brackets.
    syllables = np.ndarray(len(codes) + 1, "<u8", letters, strides=(1,))[starts]
    # The lowest zero byte by Mycroft's test: what the first closing bracket leaves.
    zero = syllables ^ (_LOW * np.uint64(_CLOSE))
    zero = (zero - _LOW) & ~zero & _HIGH
    inside = ((zero & -zero) >> np.uint64(7)) - np.uint64(1)
    ends = starts + (np.bitwise_count(inside) >> 3).astype(np.intp) + 1
    syllables &= inside
    rows, spread, slots, known, table = _readings()
    found = slots[(syllables * spread) >> _SHIFT]
    row = rows.take(codes[opens - 1], mode="clip")
    right = (zero != 0) & (known[found] == syllables)
    right &= (table[row, found >> 3] >> (7 - (found & 7))) & 1 == 1
    return Cuts.remove(opens[right], ends[right])


@cache
def _letters() -> np.ndarray:
    """By code point below U+10000: a letter's number, a closing bracket, a space, or another."""
    table = np.full(0x10000, _OTHER, dtype=np.uint8)
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
def _readings() -> tuple[np.ndarray, np.uint64, np.ndarray, np.ndarray, np.ndarray]:
    """Which characters are read how; a character has the readings of its other script's forms too.

    Returns:
        rows: the table's row by code point, 0 for a character without a reading.
        spread, slots: where a syllable stands in `syllables`, by the upper 16 bits of its product
            with `spread`, which differ between any two of them.
        syllables: ascending, a letter a byte, each also with a space behind it.
        table: packed bits of shape (characters, syllables): whether the one is read as the other.
    """
    # Its dictionaries take a fifth of a second to import.
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    readings: dict[str, set[str]] = {
        chr(point): set(syllables.split(",")) for point, syllables in PINYIN_DICT.items()
    }
    in_words = {
        (character, syllable)
        for phrase, syllables in PHRASES_DICT.items()
        for character, options in zip(phrase, syllables)
        for syllable in options
    }
    for character, syllable in sorted(in_words):
        readings.setdefault(character, set()).add(syllable)
    for config in ("t2s", "s2t"):
        converted = convert_characters(config, readings)
        for other, syllables in zip(converted, list(readings.values())):
            readings.setdefault(other, set()).update(syllables)
            syllables.update(readings[other])
    readings["儿"] = readings["儿"] | {"r"}
    readings["兒"] = readings["兒"] | {"r"}
    packed = {s: keys for s in set().union(*readings.values()) if (keys := _pack(s))}
    known = np.array(sorted(set().union(*packed.values())), dtype=np.uint64)
    places = {key: place for place, key in enumerate(known.tolist())}
    rows = np.zeros(max(map(ord, readings)) + 2, dtype=np.uint16)
    table = np.zeros((len(readings) + 1, len(known)), dtype=bool)
    rows[[ord(character) for character in readings]] = np.arange(1, len(readings) + 1)
    pairs = [
        (row, places[key])
        for row, syllables in enumerate(readings.values(), 1)
        for syllable in syllables
        for key in packed.get(syllable, ())
    ]
    table[tuple(zip(*pairs))] = True
    chance = random.Random(1)
    # About one multiplier in thirty keeps them all apart.
    while True:
        spread = np.uint64(chance.getrandbits(64) | 1)
        hashes = (known * spread) >> _SHIFT
        if len(np.unique(hashes)) == len(known):
            break
    slots = np.zeros(1 << 16, dtype=np.int64)
    slots[hashes] = np.arange(len(known))
    return rows, spread, slots, known, np.packbits(table, axis=1)


def _pack(syllable: str) -> list[int]:
    """A syllable as eight bytes, without and with a space behind it; empty if it is none."""
    letters = _letters()
    numbers = [
        int(letters[ord(c)]) for c in unicodedata.normalize("NFC", syllable) if ord(c) < 65536
    ]
    if not numbers or len(numbers) > _LONGEST or max(numbers) > len(_LETTERS):
        return []
    return [int.from_bytes(bytes(word), "little") for word in (numbers, [*numbers, _SPACE])]
