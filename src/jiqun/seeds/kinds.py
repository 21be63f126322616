"""What kind a character is of, for the steps of restoration: one table, looked up once a text."""

from collections.abc import Iterable
from enum import IntEnum
from functools import cache

import numpy as np
import opencc

# Han characters that Simplified text has of right though a conversion would change them: in
# names, in set words, and in the shared stock of both scripts.
_SHARED = "乾著徵瞭藉昇堃喆鍾锺馀於髮甦脩淼犇龑鉴祇衹麼幺倖菓崑峯羣託遊徧陞甯讎亁"

# Printed variants that OpenCC leaves, and what they are; then characters of names that it changes.
VARIANTS = "衞眞値愼吿敎緖舎倣砲綳産淸靑銭歩黒壊徳" + "龑頔寀"
PRINTED = "卫真值慎告教绪舍仿炮绷产清青钱步黑坏德" + "龑頔寀"


class Kind(IntEnum):
    """Kinds that some step looks for; no character is of two.

    `VARIANT` are those whose conversion is not OpenCC's alone.
    """

    PLAIN = 0
    TRADITIONAL = 1
    SIMPLIFIED = 2
    OPEN = 3
    BLANK = 4
    INVISIBLE = 5
    RETURN = 6
    NEWLINE = 7
    AMPERSAND = 8
    LESS = 9
    EXCLAMATION = 10
    BAR = 11
    QUESTION = 12
    LOST = 13
    ODD_BLANK = 14
    VARIANT = 15


def get_kinds(codes: np.ndarray) -> np.ndarray:
    """The kind of each code point, uint8, of the same shape."""
    return _table().take(codes, mode="clip")


@cache
def _table() -> np.ndarray:
    table = np.zeros(0x110000, dtype=np.uint8)
    han = [chr(point) for point in range(0x3400, 0xA000)]
    forms = zip(han, convert_characters("t2s", han), convert_characters("s2t", han))
    for character, in_simplified, in_traditional in forms:
        traditional, simplified = in_simplified != character, in_traditional != character
        if traditional != simplified and character not in _SHARED:
            table[ord(character)] = Kind.TRADITIONAL if traditional else Kind.SIMPLIFIED
    for kind, characters in {
        Kind.OPEN: "(（",
        Kind.BLANK: " \t\u3000",
        Kind.ODD_BLANK: "\xa0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f",
        Kind.INVISIBLE: "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\xad",
        Kind.RETURN: "\r",
        Kind.NEWLINE: "\n",
        Kind.AMPERSAND: "&",
        Kind.LESS: "<",
        Kind.EXCLAMATION: "!",
        Kind.BAR: "|",
        Kind.QUESTION: "?",
        Kind.LOST: "\ufffd",
        Kind.VARIANT: VARIANTS + "著昇陞鉅脩乾瞭",
    }.items():
        table[[ord(character) for character in characters]] = kind
    table[0xE000:0xF900] = Kind.LOST
    return table


def convert_character(config: str, character: str) -> str:
    """One character through an OpenCC conversion (`t2s`, `s2t`), without its neighbours."""
    return get_converter(config).convert(character)


def convert_characters(config: str, characters: Iterable[str]) -> list[str]:
    """As `convert_character`, of thousands at once; none of them may be a line end."""
    # No word reaches over a line's end.
    return get_converter(config).convert("\n".join(characters)).split("\n")


@cache
def get_converter(config: str) -> opencc.OpenCC:
    """The OpenCC conversion of that name."""
    # Simplified forms that few fonts can show are worse than the Traditional ones they replace.
    return opencc.OpenCC(config, include_tofu_risk_dictionaries=False)
