"""Training articles told anew: other mentions, another script, pinyin, other punctuation.

Documents go in and come out; every transformation is a function of a document and of chance, and
gives the same for the same seed. Spans stay exact, because every text is put together from pieces
that end where they do. For training rows only: what is measured must be what people wrote.
"""

import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from ..scheme import PEOPLE
from ..seeds import damage
from ..seeds.align import Edit, apply
from ..seeds.kinds import convert_character, get_converter
from ..seeds.script import detect_script
from ..spans import Document, Span
from .amounts import change_amount
from .mentions import People, Trades
from .places import Atlas

_MARKS = dict(zip("，；：？！（）", ",;:?!()"))
_DIGITS = dict(zip("０１２３４５６７８９％", "0123456789%"))


def augment(
    document: Document, chance: random.Random, shares: Mapping[str, float] | None = None
) -> Document:
    """A document after transformations, each taken with its share, in their order.

    Args:
        document: an article; mentions agree with each other inside it. Of a paragraph too, but
            then not with those of its other paragraphs.
        chance: what decides; the same state gives the same document.
        shares: how often, from 0 to 1, each of `TRANSFORMATIONS` is taken; `SHARES` unless told.

    Raises:
        ValueError: no transformation has such a name.
    """
    shares = SHARES if shares is None else shares
    if unknown := shares.keys() - TRANSFORMATIONS.keys():
        names = ", ".join(TRANSFORMATIONS)
        raise ValueError(f"no transformation is called {min(unknown)!r}; there are {names}")
    for name, transform in TRANSFORMATIONS.items():
        if chance.random() < shares.get(name, 0):
            document = transform(document, chance)
    return document


def augment_rows(documents: Iterable[Document], copies: int, seed: int) -> Iterator[Document]:
    """`copies` augmented documents for each one, their ids with `~1`, `~2`, … behind them.

    A copy depends on the seed, its id and its document alone, whatever stands around it.

    Args:
        documents: training documents, and none of another split.
        copies: how many of each; the documents themselves are not among them.
        seed: what decides.

    Raises:
        ValueError: `copies` is negative.
    """
    if copies < 0:
        raise ValueError(f"copies is {copies}; expected 0 or more")
    for document in documents:
        for number in range(1, copies + 1):
            copy = replace(document, id=f"{document.id}~{number}")
            yield augment(copy, random.Random(f"{seed} {copy.id}"))


def replace_mentions(document: Document, chance: random.Random) -> Document:
    """Mentions replaced by others of their kind; the text around them stays.

    Each surface becomes one other throughout the document. People get other names, and a surname
    alone follows; a place becomes another of its level; an organisation gets other places and
    another trade name and keeps the rest; an amount keeps its grammar. What is none of these, as
    foreign places and 工信部 are, stays. In a Traditional document the new names are Traditional.
    """
    traditional = detect_script(document.text) == "Hant"
    read = _simplify if traditional else str
    text = get_converter("t2s").convert(document.text) if traditional else document.text
    surfaces: dict[str, list[str]] = {name: [] for name in ("people", "LOC", "ORG", "FIGURE")}
    for span in document.spans:
        kind = "people" if span.label in PEOPLE else span.label
        if kind in surfaces:
            surfaces[kind].append(read(document.surface(span)))
    people = People(surfaces["people"], text, chance)
    atlas = Atlas(surfaces["LOC"], surfaces["ORG"], text, chance)
    bodies = [name[atlas.find_body(name) :] for name in surfaces["ORG"]]
    trades = Trades(bodies, surfaces["LOC"], text, chance)

    def rename(label: str, surface: str) -> list[Edit]:
        if label == "LOC":
            return atlas.move_place(surface)
        if label == "ORG":
            return _join(trades.rename(surface, atlas.find_body(surface)), atlas.move_name(surface))
        if label == "FIGURE":
            return change_amount(surface, chance)
        return people.rename(surface) if label in PEOPLE else []

    renamed: dict[tuple[str, str], str] = {}
    for span in document.spans:
        surface = document.surface(span)
        if (span.label, surface) not in renamed:
            edits = rename(span.label, read(surface))
            if traditional:
                convert = get_converter("s2t").convert
                edits = [replace(edit, replacement=convert(edit.replacement)) for edit in edits]
            renamed[span.label, surface] = apply(surface, edits)[0]
    return _rewrite(
        document, lambda piece, span: renamed[span.label, piece] if span is not None else piece
    )


def _simplify(surface: str) -> str:
    """Simplified character by character, so that offsets hold in both."""
    return "".join(convert_character("t2s", character)[:1] for character in surface)


def _join(edits: list[Edit], more: list[Edit]) -> list[Edit]:
    """All edits in order, but for those of `more` that would change what the first ones change."""
    more = [m for m in more if not any(m.start < e.end and e.start < m.end for e in edits)]
    return sorted([*edits, *more], key=lambda edit: edit.start)


def make_traditional(document: Document, chance: random.Random) -> Document:
    """The document in Traditional, as machines convert, by the generator of damage.

    Mentions are converted apart from their surroundings, so that their ends hold whatever a phrase
    becomes; the whole document has the same mistakes.
    """
    seed = chance.random()
    return _rewrite(document, lambda piece, _: damage.make_traditional(piece, random.Random(seed)))


def add_pinyin(document: Document, chance: random.Random, share: float | None = None) -> Document:
    """The document with pinyin behind a share of its characters, by the generator of damage.

    Pinyin behind the last character of a mention stays outside the span: restoration removes it,
    and spans go from the first character to the last.
    """
    behind = damage.choose_pinyin(document.text, chance, share)
    places, position = [], 0
    for bracket in behind:
        places.append(position)
        position += 1 + len(bracket)
    spans = (Span(places[s.start], places[s.end - 1] + 1, s.label) for s in document.spans)
    text = "".join(character + bracket for character, bracket in zip(document.text, behind))
    return replace(document, text=text, spans=tuple(spans))


def change_width(document: Document, chance: random.Random) -> Document:
    """Punctuation and digits of the other width, some marks and not others, as sites mix them.

    Points, commas and colons between letters or digits stay; every character remains one.
    """
    table: dict[str, str] = {}
    for pairs, share in ((_MARKS, 0.7), (_DIGITS, 1)):
        way = chance.choice(["", "narrow", "wide"])
        chosen = [pair for pair in pairs.items() if chance.random() < share]
        if way == "narrow":
            table |= chosen
        elif way == "wide":
            table |= {narrow: wide for wide, narrow in chosen}
    inside = {
        m.start() for m in re.finditer(r"(?<=[0-9A-Za-z])[,:?!](?=[0-9A-Za-z/])", document.text)
    }
    text = "".join(c if n in inside else table.get(c, c) for n, c in enumerate(document.text))
    return replace(document, text=text)


def _rewrite(document: Document, write: Callable[[str, Span | None], str]) -> Document:
    """A document of rewritten pieces: each span, and what stands between two of them."""
    pieces, spans, length = [], [], 0
    position = 0
    for span in [*document.spans, None]:
        end = len(document.text) if span is None else span.start
        pieces.append(write(document.text[position:end], None))
        length += len(pieces[-1])
        if span is not None:
            pieces.append(write(document.surface(span), span))
            spans.append(Span(length, length + len(pieces[-1]), span.label))
            length, position = spans[-1].end, span.end
    return replace(document, text="".join(pieces), spans=tuple(spans))


TRANSFORMATIONS: dict[str, Callable[[Document, random.Random], Document]] = {
    "mentions": replace_mentions,
    "width": change_width,
    "Traditional": make_traditional,
    "pinyin": add_pinyin,
}
"""Transformations by name, in the order in which they are taken."""

SHARES = {"mentions": 1.0, "width": 0.3, "Traditional": 0.15, "pinyin": 0.1}
"""How often `augment` takes each transformation unless told."""
