"""A crawled article as readable text, with every character traceable to the raw one."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace

from .align import Alignment, Edit, apply
from .characters import Characters
from .furniture import Aside, find_furniture
from .loss import Damage, find_damage, find_repairs
from .markup import find_markup
from .pinyin import find_pinyin
from .script import simplify
from .space import find_space, find_wraps

STEPS = ("markup", "space", "pinyin", "script", "repair", "wrap", "furniture")
"""The steps in their order; any may be left out."""

_ANYWHERE = re.compile(r"[\u3400-\u9fff](?=[\u3400-\u9fff])|(.)(?=\1)", re.DOTALL)
_FINDERS = {
    "markup": find_markup,
    "space": find_space,
    "pinyin": find_pinyin,
    "repair": find_repairs,
    "wrap": find_wraps,
}


@dataclass(frozen=True, slots=True)
class Article:
    """A restored article: what was crawled, what people read, and the way between them.

    Attributes:
        offset: where `raw` begins in its file, in characters.
    """

    id: str
    raw: str
    text: str
    alignment: Alignment
    asides: tuple[Aside, ...] = ()
    damage: tuple[Damage, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Crawled:
    """An article before restoration: its name, raw text, errata, and what is known of it.

    Attributes:
        offset: where `raw` begins in its file, in characters.
    """

    id: str
    raw: str
    errata: tuple[Edit, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)
    offset: int = 0

    def restore(self, steps: Collection[str] = STEPS) -> Article:
        article = restore(self.raw, self.id, self.errata, self.meta, steps)
        return replace(article, offset=self.offset) if self.offset else article


def restore(
    raw: str,
    id: str,
    errata: Iterable[Edit] = (),
    meta: dict[str, str] | None = None,
    steps: Collection[str] = STEPS,
) -> Article:
    """Restore a crawled article.

    Errata are applied first, then the steps in the order of `STEPS`: remains of the page's markup,
    white space, pinyin behind characters, Traditional to Simplified, lost characters that are
    certain, lines broken in the midst of a sentence, and what is not the article.

    Args:
        raw: the article as crawled.
        id: the article's name, kept as it is.
        errata: ascending corrections of this article's raw text, decided by a person.
        meta: what is known of the article (title, publisher, date).
        steps: which steps to take.

    Raises:
        ValueError: a step has no such name.
    """
    if unknown := set(steps) - set(STEPS):
        raise ValueError(f"no step is called {unknown.pop()!r}; there are {', '.join(STEPS)}")
    errata = list(errata)
    text, corrected = apply(raw, errata) if errata else (raw, None)
    chunks = [_Chunk(*bounds, steps) for bounds in split_chunks(text)]
    alignment = Alignment.join([chunk.alignment for chunk in chunks])
    asides = (aside for chunk in chunks for aside in chunk.asides)
    if corrected is not None:
        alignment = alignment.compose(corrected)
        asides = (Aside(*corrected.to_raw(a.raw_start, a.raw_end), a.rule) for a in asides)
    damage, position = [], 0
    for chunk in chunks:
        damage += (replace(d, start=d.start + position, end=d.end + position) for d in chunk.damage)
        position += len(chunk.text)
    restored = "".join(chunk.text for chunk in chunks)
    return Article(id, raw, restored, alignment, tuple(asides), tuple(damage), dict(meta or {}))


CHUNK = 1 << 17
REACH = 16 * CHUNK
"""A piece of `split_chunks` depends on no more than so many characters behind its beginning."""


def split_chunks(text: str, size: int = CHUNK) -> Iterator[tuple[int, str]]:
    """A text in pieces of about `size` characters, each with its offset.

    Arrays of this size stay in a processor's cache, which makes the steps twice as fast; it is many
    times an article's. Pieces end behind a line or a sentence, or, where eight times as many
    characters hold neither, between two Han or within a run of one character.
    """
    start = 0
    while start < len(text):
        end, window = len(text), size
        while start + window < len(text):
            stretch = (start + window, start + 2 * window)
            ends = [text.find(mark, *stretch) + len(mark) for mark in ("。\n", "\n", "。")]
            inside = [e for e, mark in zip(ends, ("。\n", "\n", "。")) if e >= len(mark)]
            if inside:
                end = inside[0]
                break
            window *= 2
            if window > 8 * size:
                place = _ANYWHERE.search(text, start + window)
                end = place.end() if place else len(text)
                break
        yield start, text[start:end]
        start = end


class _Chunk:
    """A piece of text, restored, with its alignment."""

    def __init__(self, offset: int, text: str, steps: Collection[str]):
        self.characters = Characters(text)
        self.aligned: Alignment | None = None
        self.asides: list[Aside] = []
        for step in (name for name in STEPS if name in steps):
            if step == "script":
                self._advance(*simplify(self.characters))
                continue
            if step == "furniture":
                cuts, rules = find_furniture(self.characters)
                for start, end, rule in zip(cuts.starts.tolist(), cuts.ends.tolist(), rules):
                    if self.aligned is not None:
                        start, end = self.aligned.to_raw(start, end)
                    self.asides.append(Aside(start + offset, end + offset, rule))
            else:
                cuts = _FINDERS[step](self.characters)
            if len(cuts):
                self._advance(*self.characters.cut(cuts))
        self.damage = find_damage(self.characters)
        self.text = self.characters.text
        self.alignment = self.aligned
        if self.alignment is None:
            self.alignment = Alignment.identity(len(text))
        # The arrays of one piece need not wait for the others'.
        del self.characters, self.aligned

    def _advance(self, characters: Characters, step: Alignment | None) -> None:
        self.characters = characters
        if step is not None:
            self.aligned = step if self.aligned is None else step.compose(self.aligned)
