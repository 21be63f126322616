"""Amounts as others of their grammar: numbers change; units, classifiers and limiters stay."""

import math
import random
import re
from dataclasses import dataclass

from ..seeds.align import Edit

_DIGITS = "零一二三四五六七八九"
_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_WIDE, _NARROW = "０１２３４５６７８９．，％", "0123456789.,%"
_TO_NARROW, _TO_WIDE = str.maketrans(_WIDE, _NARROW), str.maketrans(_NARROW, _WIDE)
# 两 behind a number is the unit of weight, 百分点 a unit, and 万 in 900多万 or 十几万 no number.
_HAN = (
    "(?:[一二三四五六七八九]|(?<![0-9一二三四五六七八九十百千万])两"
    "|(?<![多余来])(?<![十百千]几)[十百千万亿](?!分点))"
    "(?:[零〇一二三四五六七八九十百千万亿]|两(?=[十百千万亿]))*"
)
_NUMBER = re.compile(
    r"(?P<arabic>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<scale>[十百千万亿]*)"
    f"|(?P<whole>{_HAN})分之(?P<part>{_HAN})|(?P<han>{_HAN})"
)
_RANGE = re.compile("[^-—–~～至到]{0,8}[-—–~～至到]+")
_PAIR = re.compile("一两|二三|两三|三四|三五|四五|五六|六七|七八|八九")
_PAIRS = ("两三", "三四", "三五", "四五", "五六", "六七", "七八", "八九")
_ROUND = (("百", "千", "万"), ("十万", "百万", "千万"), ("十亿", "百亿", "千亿", "万亿"))
_MONEY = re.compile("元|(?:人民|港|澳门|新台)?币|[美欧日港澳]+元")
_PERCENT = re.compile("%|个百分点|个点")


def read_han(numeral: str) -> int | None:
    """The integer of a Chinese numeral; None where two digits say "about" (三五, 七八十)."""
    total = section = 0
    digit, place = None, 1
    for character in numeral.replace("两", "二").replace("〇", "零"):
        if character in "万亿":
            place = _PLACES[character]
            inside = section + (digit or 0)
            if character == "亿":
                total, inside = 0, total + inside
            total, section, digit = total + (inside or 1) * place, 0, None
        elif character in _PLACES:
            place = _PLACES[character]
            section, digit = section + (1 if digit is None else digit) * place, None
        elif character == "零":
            place = 1
        elif digit is not None:
            return None
        else:
            digit = _DIGITS.index(character)
    # A digit right behind a place counts the next lower one: 一千二 is 1200.
    return total + section + (digit or 0) * (place // 10 if place > 10 else 1)


def write_han(number: int) -> str:
    """An integer from 1 to 10^12 - 1 as a Chinese numeral; 2 as it stands before a classifier."""
    if number == 2:
        return "两"
    text = re.sub("^一十", "十", _write_section(number))
    return re.sub("(^|[万亿])二(?=[千万亿])", r"\1两", text)


def _write_section(number: int) -> str:
    for name in "亿万千百十":
        high, low = divmod(number, _PLACES[name])
        if high:
            gap = "零" if 0 < low < _PLACES[name] // 10 else ""
            return _write_section(high) + name + gap + (_write_section(low) if low else "")
    return _DIGITS[number]


def change_amount(surface: str, chance: random.Random) -> list[Edit]:
    """The numbers of an amount as others; nothing where none can change.

    They keep their order of magnitude, roundness and bounds: a percentage of at most 100 remains
    one, ranges ascend, 一个 stays. Now and then money goes from 万 to 亿 or back, and a number from
    Arabic to Chinese numerals or back.

    Args:
        surface: an amount in Simplified characters, its digits of either width.
        chance: what decides.

    Returns:
        Ascending edits of the surface, in its code points.
    """
    plain = surface.translate(_TO_NARROW)
    matches = list(_NUMBER.finditer(plain))
    if not matches or re.search(r"\d[/:：×]\d", plain):
        return []
    between = plain[matches[0].end() : matches[-1].start()]
    is_range = len(matches) == 2 and _RANGE.fullmatch(between) is not None
    table = _TO_WIDE if any(c in _WIDE[:10] for c in surface) else {}
    for _ in range(20):
        factor = _draw_factor(chance) if is_range else None
        numbers = [_Number(m, chance, factor, len(matches) > 1) for m in matches]
        texts = [number.change() for number in numbers]
        edits = [Edit(*m.span(), new) for m, new in zip(matches, texts) if new != m[0]]
        if is_range:
            old, new = ([_measure(text) for text in row] for row in zip(*zip(matches, texts)))
            if len(edits) < 2 or (old[0] < old[1]) is not (new[0] < new[1]):
                continue
        if edits:
            return [Edit(e.start, e.end, e.replacement.translate(table)) for e in edits]
    return []


@dataclass(slots=True)
class _Number:
    """A number found in an amount.

    Attributes:
        match: of `_NUMBER`.
        factor: what both ends of a range grow by; None outside ranges.
        shared: whether the amount has other numbers (六元二角), so that this one keeps its form.
    """

    match: re.Match
    chance: random.Random
    factor: float | None
    shared: bool

    @property
    def behind(self) -> str:
        return self.match.string[self.match.end() :]

    def change(self) -> str:
        if self.match["whole"]:
            return self._change_fraction()
        return self._change_han() if self.match["han"] else self._change_arabic()

    def _change_arabic(self) -> str:
        number, scale = self.match["arabic"], self.match["scale"]
        old, decimals = float(number.replace(",", "")), len(number.partition(".")[2])
        percent = _PERCENT.match(self.behind)
        if not self.shared:
            large = scale == "亿" or (scale == "万" and old >= 500)
            if large and _MONEY.match(self.behind) and self.chance.random() < 0.15:
                return self._change_scale()
            if (decimals or scale or percent) and old < 100:
                decimals = self.chance.choice([decimals] * 3 + [1 if old < 2 else 0, 1, 2])
        most = 100 if percent and old <= 100 else 10**4 if scale and old < 10**4 else math.inf
        new = self._vary(old, decimals, most)
        bare = not (self.shared or decimals or scale or percent or "," in number)
        if bare and new < 100 and re.match("[一-鿿]", self.behind) and self.chance.random() < 0.08:
            return write_han(int(new))
        return f"{new:{',' if ',' in number else ''}.{decimals}f}{scale}"

    def _change_scale(self) -> str:
        if self.match["scale"] == "万":
            return f"{self.chance.randint(1, 9)}.{self.chance.randint(1, 9)}亿"
        return f"{self.chance.randint(100, 999) * 10}万"

    def _change_fraction(self) -> str:
        whole, part = read_han(self.match["whole"]), read_han(self.match["part"])
        if not whole or not part or part >= whole:
            return self.match[0]
        if whole >= 10:
            new = write_han(int(self._vary(part, 0, whole)))
            return f"{self.match['whole']}分之{'二' if new == '两' else new}"
        whole = self.chance.randint(3, 9)
        part = self.chance.choice([n for n in range(1, whole) if math.gcd(n, whole) == 1])
        return f"{_DIGITS[whole]}分之{_DIGITS[part]}"

    def _change_han(self) -> str:
        numeral, behind = self.match["han"], self.behind
        family = next((row for row in _ROUND if numeral in row), ())
        if numeral == "十" and self.match.string.endswith(
            ("数", "几", "上"), 0, self.match.start()
        ):
            family = ("十", "百", "千")
        if family:
            return self.chance.choice([other for other in family if other != numeral])
        if _PAIR.search(numeral):
            return _PAIR.sub(self.chance.choice(_PAIRS), numeral, count=1)
        old = read_han(numeral)
        article = numeral == "一" and not self.shared and not re.match("[成折倍角分毛点]", behind)
        if not old or old >= 10**11 or numeral == "亿" or article:
            return numeral
        new = int(self._vary(old, 0, 10 if re.match("[成折角分毛大点]", behind) else math.inf))
        if not self.shared and 10 <= new < 1000 and self.chance.random() < 0.08:
            return str(new)
        # Behind all units 2 is 二, as in 八块二.
        return "二" if new == 2 and not behind else write_han(new)

    def _vary(self, old: float, decimals: int, most: float) -> float:
        """A positive number near another, as round as it is, and below `most`."""
        about = re.match("[多余来几]", self.behind)
        if self.factor is None and decimals == 0 and 1 <= old < 10:
            if self.shared or most == 10 or self.chance.random() < 0.8:
                least = 1 if most == 10 else 2
                return self.chance.choice([n for n in range(least, 10) if n != old])
            old = 24
        digits = len(str(int(old)).rstrip("0")) or 1
        if self.factor is None and not about:
            digits = max(1, digits + self.chance.choice([0, 0, 0, 0, 1, -1]))
        for _ in range(50):
            new = old * (self.factor or _draw_factor(self.chance))
            if decimals:
                new = round(new, decimals)
                fits = 0 < new < most and f"{new:.{decimals}f}"[-1] != "0"
            else:
                new = round(new, digits - 1 - math.floor(math.log10(new))) if new >= 1 else 0
                fits = 2 <= new < most and new == int(new) and not (about and new % 10)
            if fits and new != old:
                return new
        return old


def _draw_factor(chance: random.Random) -> float:
    return math.exp(chance.uniform(math.log(0.4), math.log(2.5)))


def _measure(number: str | re.Match) -> float:
    """What a number comes to."""
    match = _NUMBER.match(number) if isinstance(number, str) else number
    if match["whole"]:
        return (read_han(match["part"]) or 0) / (read_han(match["whole"]) or 1)
    if match["han"]:
        return read_han(match["han"]) or 0
    scale = math.prod(_PLACES[place] for place in match["scale"])
    return float(match["arabic"].replace(",", "")) * scale
