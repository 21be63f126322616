"""The places an article names, as others of their level."""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from ..seeds.align import Edit
from .divisions import Division, count_kinds, group_divisions, index_divisions, read_signs

# What may follow a division's name inside the name of a place; behind it the division still means
# itself. Rivers and mountains only sound like the town that was named after them.
_TAIL = re.compile(
    ".{0,12}(?:区|园|城|港|基地|市场|村|社|嘎查|口岸|站|中心|路|街|大道|码头|机场|[省市州盟县旗镇乡])"
)
# A village or a street has its name from many a word that is a division's too.
_STREET = re.compile("[村屯庄路街道巷桥门]")
_EVERYDAY = {"东方", "和平", "通道", "商城"}

Found = tuple[int, int, str, Division]
"""Where a division is named, by which of its names, and which it is."""


class Atlas:
    """The divisions an article names, each with another that takes its place.

    That other is of the same kind and lies, where it can, in what takes the place of the division
    above, so that 浙江省丽水市 becomes a province and a city of its own. No division takes two
    places, none has a name that the text uses already, and a name that several share means the one
    nearest to the article's other places.

    Args:
        places: surfaces of places; each is read as one address.
        names: surfaces of organisations.
        text: the article's, in which no new name may occur.
        chance: what decides.
    """

    def __init__(
        self, places: Iterable[str], names: Iterable[str], text: str, chance: random.Random
    ):
        self.text, self.chance = text, chance
        self.anchors: set[Division] = set()
        self.others: dict[Division, Division] = {}
        self.stems: set[str] = set()
        places, names = list(dict.fromkeys(places)), list(dict.fromkeys(names))
        # The first reading knows only what is certain; the second leans on it.
        for _ in range(2):
            found = [self._read_address(place)[0] for place in places]
            named = {division for address in found for *_, division in address}
            self.anchors = named | {above for d in named for above in d.climb() if above.level}
        self.named = named
        found += [self._read_name(name) for name in names]
        known = dict.fromkeys(d for address in found for *_, d in address)
        self.needs = defaultdict(Counter)
        for division in {one for d in known for one in (d, *d.climb())}:
            for above in division.climb():
                self.needs[above][division.parent.kind, division.kind] += 1
        for division in known:
            self._replace(division)

    def move_place(self, surface: str) -> list[Edit]:
        """The divisions of a place's name as others; nothing for a place that is not known."""
        found, end = self._read_address(surface)
        if found and (end == len(surface) or _TAIL.fullmatch(surface, end)):
            return self._edit(found)
        if found or not re.fullmatch(".[东南西北中]{1,2}", surface):
            return []
        signs = read_signs()
        signed = {signs.get(d.stem): signs.get(other.stem) for d, other in self.others.items()}
        other = signed.get(surface[0])
        return [Edit(0, 1, other)] if other else []

    def move_name(self, surface: str) -> list[Edit]:
        """The divisions in the name of an organisation as others."""
        return self._edit(self._read_name(surface))

    def find_body(self, surface: str) -> int:
        """Where the name of an organisation goes on behind the places at its head."""
        end = 0
        for start, stop, *_ in self._read_name(surface):
            end = stop if start == end else end
        return end

    def _edit(self, found: list[Found]) -> list[Edit]:
        others = [(self._replace(division), *rest, division) for *rest, division in found]
        return [
            Edit(start, end, getattr(other, form))
            for other, start, end, form, division in others
            if other is not division
        ]

    def _read_address(self, surface: str) -> tuple[list[Found], int]:
        """Divisions at the head of a surface, one behind the other, and where they end."""
        found, position, above = [], 0, None
        while match := self._match(surface, position, above, self.anchors):
            found.append(match)
            position, above = match[1], match[3]
        return found, position

    def _read_name(self, surface: str) -> list[Found]:
        """Divisions at the head of a name, and further in those that are beyond doubt."""
        found, position, above = [], 0, None
        while position < len(surface):
            match = self._match(surface, position, above, self.named)
            sure = match and (position == 0 or above)
            if match and (
                sure or match[3] in self.named or (match[2] == "name" and match[3].level < 3)
            ):
                found.append(match)
                position, above = match[1], match[3]
            else:
                position, above = position + 1, None
        return found

    def _match(self, surface: str, start: int, above: Division | None, trusted) -> Found | None:
        """The longest name of a division at a place."""
        for end in range(min(len(surface), start + 16), start + 1, -1):
            name = surface[start:end]
            for form in ("name", "short", "stem"):
                options = [
                    d
                    for d in index_divisions().get(name, ())
                    if getattr(d, form) == name and self._means(d, form, above, trusted)
                ]
                if options and not (form == "stem" and _STREET.match(surface, end)):
                    return start, end, form, min(options, key=self._rank)
        return None

    def _means(self, division: Division, form: str, above, trusted: set[Division]) -> bool:
        """Whether a name can mean the division here: short ones of towns are everyday words."""
        if above is not None and above not in division.climb():
            return False
        # Within its county a town goes by its stem; within a province that is any word (工业大学).
        inside = above is not None and (division.level < 3 or above.level == 2)
        if form != "stem" or inside or division in trusted or division.level < 2:
            return True
        if division.level == 3 and division.stem[-1] in "江河湖海山岭":
            return False
        if trusted is self.anchors and any(d in trusted for d in division.climb() if d.level):
            return True
        if division.level == 3 or division.stem in _EVERYDAY:
            return False
        # Districts share their stems with streets and squares; counties seldom do.
        return division.kind != "区" or len(index_divisions()[division.stem]) == 1

    def _rank(self, division: Division) -> tuple[int, ...]:
        known = division in self.anchors
        near = sum(d in self.anchors for d in division.climb())
        return (-known, 0 if known else -near, division.level)

    def _replace(self, division: Division) -> Division:
        """The division that takes the place of another; itself if there is none left."""
        if division in self.others:
            return self.others[division]
        above = [self._replace(d) for d in division.climb()]
        pools = [above[0].children] if above else []
        pools += [list(d.descend()) for d in above] + [group_divisions()[division.kind]]
        chosen = division
        for pool in pools:
            options = [d for d in pool if d.kind == division.kind and self._fits(d, division)]
            if options:
                lacks = [self._count_lacks(option, division) for option in options]
                least = min(lacks)
                chosen = self.chance.choice([d for d, n in zip(options, lacks) if n == least])
                break
        self.others[division] = chosen
        self.stems.add(chosen.stem)
        return chosen

    def _count_lacks(self, option: Division, division: Division) -> int:
        """How many of the article's divisions in one would find no place in the other."""
        return (self.needs[division] - count_kinds(option)).total()

    def _fits(self, option: Division, division: Division) -> bool:
        new = option.stem not in self.stems and option.stem not in self.text
        return option is not division and new
