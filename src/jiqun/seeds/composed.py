"""Articles written for the data set, labelled as they are written: `{LABEL|surface}`."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files import read_text
from ..spans import Document, Span

ASIDE = "ASIDE"
_MARK = re.compile(r"\{(\w*)\|([^{}|\n]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text that was written with inline labels, without them.

    Attributes:
        document: the text, and the mentions in it.
        asides: lines of page furniture, marked `{ASIDE|…}`; no mention lies in them.
    """

    document: Document
    asides: tuple[Span, ...]


def read_marked(path: Path | str, labels: Collection[str]) -> Marked:
    """A file with inline labels; raises what `parse_marked` raises."""
    path = Path(path)
    text, spans = parse_marked(read_text(path), [*labels, ASIDE], path)
    mentions = tuple(span for span in spans if span.label != ASIDE)
    asides = tuple(span for span in spans if span.label == ASIDE)
    return Marked(Document(path.stem, text, mentions), asides)


def parse_marked(marked: str, labels: Collection[str], name: Path | str) -> tuple[str, list[Span]]:
    """The text without its inline labels, and the spans they mark.

    Every other character stays as it is. Braces stand for nothing else.

    Args:
        marked: text with mentions written `{LABEL|surface}`.
        labels: the labels there are.
        name: what errors call the text.

    Raises:
        InputError: a brace belongs to no mention, a mention is empty or begins or ends with white
            space, or its label is unknown.
    """
    pieces: list[str] = []
    spans: list[Span] = []
    position = length = 0
    for match in _MARK.finditer(marked):
        label, surface = match.groups()
        where = f"{name}: line {marked.count(chr(10), 0, match.start()) + 1}"
        if label is None:
            raise InputError(f"{where}: a stray {match[0]!r}; write {{LABEL|surface}} in one line.")
        if label not in labels:
            raise InputError(f"{where}: {match[0]!r} needs one of {', '.join(labels)}.")
        if not surface or surface != surface.strip():
            raise InputError(f"{where}: {match[0]!r} must not be empty or touch white space.")
        pieces += marked[position : match.start()], surface
        length += match.start() - position
        spans.append(Span(length, length + len(surface), label))
        length += len(surface)
        position = match.end()
    return "".join([*pieces, marked[position:]]), spans


def write_marked(text: str, spans: Collection[Span]) -> str:
    """The text with its spans written inline, as `parse_marked` reads them."""
    pieces, position = [], 0
    for span in spans:
        surface = text[span.start : span.end]
        pieces += text[position : span.start], f"{{{span.label}|{surface}}}"
        position = span.end
    return "".join([*pieces, text[position:]])
