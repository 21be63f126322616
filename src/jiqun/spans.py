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


class Tagged(NamedTuple):
    """A document in plain values, where there are many: made in a tenth of the time.

    Attributes:
        id, text: as a document's.
        tags: of each character the number that a `Tagset` gives its tag, a byte each.
    """

    id: str
    text: str
    tags: bytes


class Tagset:
    """The IOB2 tags of labels by number: 0 is `O`, odd ones are `B-`, the next one is their `I-`.

    Attributes:
        names: the tags.
    """

    def __init__(self, labels: Iterable[str]):
        labels = list(labels)
        self.names = ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
        self._outside = _Runs(0, 0, least=0)
        self._inside = {label: _Runs(2 * n + 1, 2 * n + 2) for n, label in enumerate(labels)}

    def encode(self, rows: Iterable[tuple[int, int, str]], length: int) -> bytes:
        """The numbers of `length` characters' tags.

        Args:
            rows: spans as `(start, end, label)`.

        Raises:
            ValueError: the rows are not ascending, flat and inside `length`, or one is empty.
        """
        position, runs = 0, []
        outside, inside = self._outside, self._inside
        for start, end, label in rows:
            runs.append(outside[start - position])
            runs.append(inside[label][end - start])
            position = end
        runs.append(outside[length - position])
        return b"".join(runs)

    def tag(self, document: Document) -> Tagged:
        rows = ((span.start, span.end, span.label) for span in document.spans)
        return Tagged(document.id, document.text, self.encode(rows, len(document.text)))

    def untag(self, tagged: Tagged) -> Document:
        tags = [self.names[number] for number in tagged.tags]
        return Document(tagged.id, tagged.text, tuple(decode_tags(tags)))


class _Runs(dict[int, bytes]):
    """So many numbers, a byte each: one for the first, one for all others."""

    def __init__(self, first: int, other: int, least: int = 1):
        self.first, self.other, self.least = bytes([first]), bytes([other]), least

    def __missing__(self, length: int) -> bytes:
        if length < self.least:
            raise ValueError(f"a run of {length} characters: expected at least {self.least}")
        run = (self.first + self.other * (length - 1))[:length]
        # Long ones are rare, and too much to keep.
        if length < 1000:
            self[length] = run
        return run


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
