"""Spans and documents, and every rule about offsets and tags.

Offsets are Unicode code points, half-open. Tags are IOB2, one a character.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The characters `start:end` of a text, marked with `label`."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A span with its score, 0 to 1: how sure what predicted it is."""

    span: Span
    score: float

    def shift(self, distance: int) -> "Prediction":
        """The same, so many characters further on."""
        span = self.span
        return Prediction(Span(span.start + distance, span.end + distance, span.label), self.score)


@dataclass(frozen=True, slots=True)
class Document:
    """A text and its spans.

    Attributes:
        id: the article's name; with `#n` behind it, its n-th paragraph.
        text: what the offsets count in.
        spans: ascending and flat.
    """

    id: str
    text: str
    spans: tuple[Span, ...] = ()

    def __post_init__(self):
        check_spans(self.spans, len(self.text))

    def surface(self, span: Span) -> str:
        return self.text[span.start : span.end]


class Marked(NamedTuple):
    """A document in plain values, where there are many: made in a tenth of the time.

    Attributes:
        id, text: as a document's.
        spans: rows `(start, end, label)`, ascending and flat; nothing here checks them.
    """

    id: str
    text: str
    spans: list[tuple[int, int, str]]

    @classmethod
    def of(cls, document: Document) -> "Marked":
        return cls(document.id, document.text, [(s.start, s.end, s.label) for s in document.spans])

    def to_document(self) -> Document:
        return Document(self.id, self.text, tuple(Span(*row) for row in self.spans))


def check_spans(spans: Sequence[Span], length: int) -> None:
    """Raise ValueError unless `spans` are non-empty, ascending, flat and inside `length`."""
    position = 0
    for span in spans:
        if not 0 <= span.start < span.end <= length:
            raise ValueError(f"{span} does not lie in a text of {length} characters")
        if span.start < position:
            raise ValueError(f"{span} overlaps the span before it or comes out of order")
        position = span.end


def encode_tags(spans: Iterable[Span], length: int) -> list[str]:
    """IOB2 tags of `length` characters."""
    tags = ["O"] * length
    for span in spans:
        tags[span.start] = f"B-{span.label}"
        tags[span.start + 1 : span.end] = [f"I-{span.label}"] * (span.end - span.start - 1)
    return tags


def decode_tags(tags: Sequence[str]) -> list[Span]:
    """The spans that IOB2 tags mark, strictly: an `I-` that continues nothing marks nothing."""
    spans: list[Span] = []
    start, label = 0, None
    for position, tag in enumerate([*tags, "O"]):
        prefix, _, name = tag.partition("-")
        if label is not None and not (prefix == "I" and name == label):
            spans.append(Span(start, position, label))
            label = None
        if prefix == "B":
            start, label = position, name
    return spans


def split_paragraphs(document: Document) -> Iterator[tuple[int, Document]]:
    """The lines of a document that hold more than white space, each with its offset.

    Yields:
        (offset, paragraph): the paragraph's text is `document.text[offset:offset + length]`,
        its id the document's with `#0`, `#1`, … behind it.

    Raises:
        ValueError: a span crosses a line end, or lies on a line that is left out.
    """
    offset, number, spans = 0, 0, list(document.spans)
    for line in document.text.split("\n"):
        end = offset + len(line)
        here = []
        while spans and spans[0].start < end:
            span = spans.pop(0)
            if span.start < offset or span.end > end:
                raise ValueError(f"{span} of {document.id} crosses the end of its line")
            here.append(Span(span.start - offset, span.end - offset, span.label))
        if line.strip():
            yield offset, Document(f"{document.id}#{number}", line, tuple(here))
            number += 1
        elif here:
            raise ValueError(f"{span} of {document.id} lies on a line of white space")
        offset = end + 1
