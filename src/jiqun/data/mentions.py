"""Names of people and of companies, made from tables, in place of those an article mentions."""

import random
import re
from collections.abc import Callable, Iterable
from functools import cache

from ..seeds.align import Edit
from .tables import read_table

_HAN = re.compile("[\u3400-\u9fff〇\U00020000-\U0003ffff]+")
_DOTS = "·•・‧"
_UNNAMED = re.compile("[某×XxＸ*＊○]+")
_PAIRED = ("tibetan", "mongolian", "japanese")
_COMPANY = re.compile(
    "有限责任公司|(?:股份)?有限公司|股份公司|集团(?:总?公司)?|总?公司|[总分]?厂|专业合作社|合作社|[商车石]行"
)
# What stands at the head of a company's name without being its own: who runs it, and regions.
_COMMON = re.compile(
    "国[营有家网]|地方|地区|集体|公私|中外|全国|中[国华]|[华东西][东南西北中]|第|[省市县区州乡镇村]|"
    "开发|经开|高新|香港|澳门|台湾|日本|韩国|[美德法英泰]国|意大利|俄罗斯|二轻|供销|中心"
)


@cache
def _read_words(table: str) -> dict[str, dict[str, int]]:
    """The words of a table by what they are for, each with its weight."""
    words: dict[str, dict[str, int]] = {}
    for line in read_table(table).splitlines():
        head, _, row = line.partition(": ")
        key, _, weight = head.partition(" ")
        words.setdefault(key, {}).update(dict.fromkeys(row.split(), int(weight or 1)))
    return words


def split_name(name: str) -> tuple[str, str]:
    """Surname and given name of a Han name; the given name is empty if there is none."""
    length = 2 if name[:2] in _read_words("names.txt")["surname"] else 1
    return name[:length], name[length:]


class People:
    """The people an article names, each with another name.

    All who share a surname share the new one, so that a surname alone (李局长) follows the full
    name, whichever it belongs to. Names of other forms, with a dot or of four characters without a
    double surname, become names of that form; what is not in Han characters stays.

    Args:
        surfaces: every name the article mentions.
        text: the article's, in which no new name may occur.
        chance: what decides.
    """

    def __init__(self, surfaces: Iterable[str], text: str, chance: random.Random):
        self.text, self.chance = text, chance
        bare = {surface: "".join(surface.split()) for surface in surfaces}
        self.names = dict.fromkeys(bare.values())
        self.spaced = {name for surface, name in bare.items() if surface != name}
        self.others: dict[str, str] = {}
        self.surnames: dict[str, str] = {}

    def rename(self, surface: str) -> list[Edit]:
        """The name as another, with white space where it had some; nothing if it stays."""
        name = "".join(surface.split())
        other = self._replace(name)
        if other == name:
            return []
        if name != surface and len(other) == len(name):
            characters = iter(other)
            other = "".join(c if c.isspace() else next(characters) for c in surface)
        return [Edit(0, len(surface), other)]

    def _replace(self, name: str) -> str:
        if name not in self.others:
            self.others[name] = self._draw(name)
        return self.others[name]

    def _draw(self, name: str) -> str:
        dot = next((dot for dot in _DOTS if dot in name), None)
        parts = name.split(dot) if dot else [_UNNAMED.sub("某", name)]
        if len(parts) > 4 or not all(map(_HAN.fullmatch, parts)):
            return name
        if dot:
            known = _read_words("names.txt")["uyghur"]
            people = "uyghur" if any(part in known for part in parts) else "foreign"
            return self._invent(lambda: dot.join(self._take(people, len(parts))))
        surname, given = split_name(name)
        if not given:
            return self._replace_surname(surname)
        whole = next((n for n in self.names if n != name and split_name(n)[1] == name), None)
        if whole:
            return split_name(self._replace(whole))[1] or name
        if _UNNAMED.fullmatch(given):
            return self._replace_surname(surname) + given
        if len(name) > 4:
            return name
        if len(name) == 4 and len(surname) == 1:
            words, halves = _read_words("names.txt"), {name[:2], name[2:]}
            people = next((p for p in _PAIRED if halves & words[p].keys()), "tibetan")
            return self._invent(lambda: "".join(self._take(people, 2)))
        if name in self.spaced:
            new = self._replace_surname(surname)
            return self._invent(lambda: new + self._draw_given(max(1, len(name) - len(new))))
        if surname not in self.names and self.chance.random() < 0.03:
            people, dot = self.chance.choice([("uyghur", "·"), ("tibetan", ""), ("mongolian", "")])
            return self._invent(lambda: dot.join(self._take(people, 2)))
        new = self._replace_surname(surname)
        return self._invent(lambda: new + self._draw_given(self.chance.choice([1, 2, 2, 2, 2, 2])))

    def _replace_surname(self, surname: str) -> str:
        if surname not in self.surnames:
            taken = {surname, *self.surnames.values()}
            words = _read_words("names.txt")["surname"].items()
            free = {word: weight for word, weight in words if word not in taken} or {surname: 1}
            self.surnames[surname] = self.chance.choices(list(free), list(free.values()))[0]
        return self.surnames[surname]

    def _draw_given(self, length: int) -> str:
        return "".join(self._take("male" if self.chance.random() < 0.7 else "female", length))

    def _take(self, people: str, count: int) -> list[str]:
        return self.chance.sample(list(_read_words("names.txt")[people]), count)

    def _invent(self, draw: Callable[[], str]) -> str:
        """A name that neither the text nor another person has."""
        taken = set(self.others.values())
        while (name := draw()) in taken or name in self.text:
            pass
        return name


class Trades:
    """The trade names (字号) of an article's companies, each with another made by pattern.

    Args:
        bodies: names of organisations, each without the places at its head.
        places: surfaces of places: what stands in one is no trade name.
        text: the article's, in which no new trade name may occur.
        chance: what decides.
    """

    def __init__(self, bodies: Iterable[str], places: Iterable[str], text: str, chance):
        places = " ".join(places)
        words = _read_words("trades.txt")
        first, second = list(words["first"]), list(words["second"])
        self.others: dict[str, str] = {}
        for trade in filter(None, map(find_trade, bodies)):
            while trade not in self.others and trade not in places:
                length = chance.choices([1, 2, 3], [80, 14, 6])[0]
                other = "".join([*chance.sample(first, length), chance.choice(second)])
                if other not in text and other not in self.others.values():
                    self.others[trade] = other
        longest = sorted(self.others, key=len, reverse=True)
        self.known = re.compile("|".join(map(re.escape, longest)) or "(?!)")

    def rename(self, surface: str, start: int) -> list[Edit]:
        """The trade name that the name of an organisation has behind `start` as another."""
        match = self.known.match(surface, start)
        return [Edit(*match.span(), self.others[match[0]])] if match else []


def find_trade(body: str) -> str:
    """The trade name at the head of a company's name; empty if it has none or is no company's.

    It ends where a known industry begins (冠太|新材料科技有限公司), which a short form ends with
    (凌川|锻件); without one it is guessed by length.
    """
    tail = _COMPANY.search(body, 2)
    industry = _industries().search(body, 0, tail.start() if tail else len(body))
    if _COMMON.match(body) or (not tail and (not industry or industry.end() < len(body))):
        return ""
    length = industry.start() if industry else tail.start()
    if not industry or industry[0] in ("制造", "制品"):
        # A plant may be called after what it makes alone: 火柴厂 has no trade name.
        least = 4 if tail and tail[0].endswith("厂") else 2
        length = 0 if not least <= length <= 4 else 2 if length == 4 else length
    return body[:length] if 2 <= length <= 4 and _HAN.fullmatch(body[:length]) else ""


@cache
def _industries() -> re.Pattern:
    words = sorted(_read_words("trades.txt")["industry"], key=len, reverse=True)
    return re.compile("|".join([*words, "[一-鿿]业"]))
