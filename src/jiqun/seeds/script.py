"""Traditional text as Simplified, mistakes of machine conversion included."""

import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

import numpy as np

from .align import Alignment, Edit, apply
from .characters import Characters, decompose
from .kinds import PRINTED, VARIANTS, Kind, get_converter

# Characters that stand for another in some words only: what comes before or behind them there,
# what they are in those words, and what elsewhere; elsewhere most are a name's.
_IN_WORDS = (
    (
        "著",
        "显顯卓昭名专專论論编編译譯原合巨遗遺拙土撰所",
        "名称稱作述者书書录錄有论論文",
        "著",
        "着",
    ),
    ("瞭", "", "望哨", "瞭", "了"),
    ("昇", "提上晋晉跃躍攀回爬飙飆直擢东東高", "级級华華降起高温溫迁遷旗学學任值格幅", "升", "昇"),
    ("陞", "晋晉擢提", "迁遷官任职職级級调調", "升", "陞"),
    ("鉅", "艰艱", "额額大款变變著献獻作子细細资資", "巨", "钜"),
    ("脩", "维維装裝整进進检檢", "改建理复復订訂缮繕正养養", "修", "脩"),
)
# Behind these 乾 is a given name's, unless a word like 乾旱 goes on.
_SURNAMES = (
    "李王张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮董程曹袁邓鄧许許"
    "沈曾彭吕呂苏蘇卢盧蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪任姜范方姚谭譚廖邹鄒熊金陆陸郝孔崔邱秦"
)
_DRY = "燥净淨脆旱货貨部劲勁预預涉扰擾线線流活警群杯枯洗瘪癟果粉冰涸酪湿濕洁潔式法电電料股将將什事"
_HANT_SHARE = 0.1


def detect_script(text: str) -> str:
    """`Hant` if of the characters that one script alone writes a tenth are Traditional."""
    return "Hant" if _prevails(*_count(Characters(text).kinds)) else "Hans"


def _prevails(traditional: int, simplified: int) -> bool:
    """Whether an article with so many characters of one script alone is a Traditional one."""
    # A Traditional name in a short Simplified text does not make it Traditional.
    enough = traditional >= 3 or not simplified
    return enough and traditional > _HANT_SHARE * (traditional + simplified)


def simplify(characters: Characters) -> tuple[Characters, Alignment | None]:
    """Traditional text as Simplified, with its alignment; None where it is one-to-one.

    A Traditional article is converted as a whole, in a Simplified one only the lines that are
    Traditional; every other character passes untouched. OpenCC keeps the number of characters
    but for rare phrases; what changed its length is aligned sentence by sentence.
    """
    if _prevails(*_count(characters.kinds)):
        text = characters.text
        converted = _convert(characters)
        if len(converted) == len(text):
            return converted, None
        pieces = re.findall(r"[^。！？；\n]*[。！？；\n]|[^。！？；\n]+", text)
        return _replace(text, [(piece, True) for piece in pieces])
    pieces = _cut_hant_lines(characters)
    return _replace(characters.text, pieces) if len(pieces) else (characters, None)


def _cut_hant_lines(characters: Characters) -> list[tuple[str, bool]]:
    """The text in pieces, each Traditional line one of its own and marked; none without any."""
    text = characters.text
    starts, edges, end = set(), {0, len(text)}, 0
    for place in np.flatnonzero(characters.kinds == Kind.TRADITIONAL).tolist():
        if place < end:
            continue
        start, stop = text.rfind("\n", 0, place) + 1, text.find("\n", place)
        end = stop if stop >= 0 else len(text)
        traditional, simplified = _count(characters.kinds[start:end])
        if traditional >= 3 and traditional > simplified:
            starts.add(start)
            edges |= {start, end}
    if not starts:
        return []
    return [(text[a:b], a in starts) for a, b in pairwise(sorted(edges))]


def _replace(text: str, pieces: Iterable[tuple[str, bool]]) -> tuple[Characters, Alignment]:
    """Text with the pieces that are marked converted, each aligned as a whole."""
    edits, position = [], 0
    for piece, marked in pieces:
        changed = _convert(Characters(piece)).text if marked else piece
        if changed != piece:
            edits.append(Edit(position, position + len(piece), changed))
        position += len(piece)
    changed, alignment = apply(text, edits)
    return Characters(changed), alignment


def _convert(characters: Characters) -> Characters:
    converted = Characters(get_converter("t2s").convert(characters.text))
    raw = characters.codes
    if len(converted) != len(raw):
        return converted
    codes = converted.codes.copy()
    places = characters.find(Kind.VARIANT)
    odd = raw[places]
    known = np.isin(odd, decompose(VARIANTS))
    codes[places[known]] = _variant_table()[odd[known]]
    for character, before, behind, inside, elsewhere in _IN_WORDS:
        here = places[odd == ord(character)]
        if len(here):
            in_word = _stand(characters, here, before, behind)
            codes[here] = np.where(in_word, ord(inside), ord(elsewhere))
    here = places[odd == ord("乾")]
    if len(here):
        named = _stand(characters, here, _SURNAMES, "") & ~_stand(characters, here, "", _DRY)
        codes[here[named]] = ord("乾")
    # What other steps look for stands where it stood; that some Han were Traditional is past.
    simplified = Characters(codes=codes, kinds=characters.kinds)
    simplified.specials = characters.specials
    return simplified


def _stand(characters: Characters, places: np.ndarray, before: str, behind: str) -> np.ndarray:
    """Whether each place has one of the characters `before` it or `behind` it."""
    first = np.isin(characters.neighbour(places, -1), decompose(before))
    return first | np.isin(characters.neighbour(places, 1), decompose(behind))


@cache
def _variant_table() -> np.ndarray:
    table = np.arange(0x10000, dtype=np.uint32)
    table[decompose(VARIANTS)] = decompose(PRINTED)
    return table


def _count(kinds: np.ndarray) -> tuple[int, int]:
    return tuple(np.count_nonzero(kinds == kind) for kind in (Kind.TRADITIONAL, Kind.SIMPLIFIED))
