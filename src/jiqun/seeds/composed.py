"""Articles written for the data set, labelled as they are written: `{LABEL|surface}`."""

import csv
import random
import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from pathlib import Path

from ..errors import InputError
from ..files import read_text
from ..spans import Document, Span
from .align import Alignment, Edit, apply
from .damage import choose_pinyin, lose_characters
from .restore import Article, restore

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


@dataclass(frozen=True, slots=True)
class Composed:
    """An article of the plan: what it was to be like, and where it stands.

    Attributes:
        script: `简体`, `繁体当地` (written in Traditional) or `繁体机器` (as machines convert).
        noise: kinds of damage; `pinyin 0.1` and `loss 0.01` are added when the article is read,
            to that share of its characters, all others were written.
    """

    id: str
    path: Path
    industry: str
    province: str
    genre: str
    register: str
    year: int
    script: str
    noise: str

    def read(self, labels: Collection[str]) -> tuple[Article, Document]:
        """The article as crawled and restored, with its mentions in the restored text.

        Raises:
            InputError: what `read_marked` raises, or restoration broke a mention.
        """
        marked = read_marked(self.path, labels)
        raw, damaged = self._damage(marked.document.text)
        errata = []
        for aside in marked.asides:
            start, end = damaged.to_text(aside.start, aside.end)
            errata.append(Edit(start, end + (raw[end : end + 1] == "\n")))
        article = restore(raw, self.id, errata)
        alignment = article.alignment.compose(damaged)
        return article, restore_spans(marked.document, article.text, alignment, self.path)

    def _damage(self, text: str) -> tuple[str, Alignment]:
        alignment, chance = Alignment.identity(len(text)), random.Random(self.id)
        for noise in self.noise.split("；"):
            kind, _, share = noise.partition(" ")
            if kind == "pinyin":
                brackets = choose_pinyin(text, chance, float(share))
                made = [character + bracket for character, bracket in zip(text, brackets)]
            elif kind == "loss":
                made = lose_characters(text, chance, float(share))
            else:
                continue
            edits = [
                Edit(place, place + 1, new) for place, new in enumerate(made) if new != text[place]
            ]
            text, step = apply(text, edits)
            alignment = step.compose(alignment)
        return text, alignment


def restore_spans(written: Document, text: str, alignment: Alignment, name: Path | str) -> Document:
    """The mentions of a text as it was written, in the text restored from it.

    Args:
        text, alignment: the restored text, and which characters of the written one it came from.
        name: what errors call the text.

    Raises:
        InputError: a mention was removed, or a line ends in it now.
    """
    spans = []
    for span in written.spans:
        start, end = alignment.to_text(span.start, span.end)
        if start == end or "\n" in text[start:end]:
            raise InputError(
                f"{name}: restoration breaks {written.surface(span)!r} at {span.start}; "
                "mend the text or the restoration."
            )
        spans.append(Span(start, end, span.label))
    return Document(written.id, text, tuple(spans))


def read_plan(folder: Path | str) -> list[Composed]:
    """The composed articles of a folder, in the order of its `plan.csv`.

    Raises:
        InputError: the plan lacks a column, or plan and files do not match.
    """
    folder = Path(folder)
    path = folder / "plan.csv"
    columns = [field.name for field in fields(Composed) if field.name != "path"]
    articles = []
    for number, row in enumerate(csv.DictReader(read_text(path).splitlines()), 2):
        try:
            values = {column: row[column] for column in columns}
            values["year"] = int(values["year"])
        except (KeyError, ValueError, TypeError):
            raise InputError(
                f"{path}: line {number} needs {', '.join(columns)}, year a number; correct it."
            ) from None
        articles.append(Composed(path=folder / f"{row['id']}.txt", **values))
    planned = {article.path for article in articles}
    if odd := sorted(planned ^ set(folder.glob("*.txt"))):
        where = "has no file" if odd[0] in planned else "is not in plan.csv"
        raise InputError(f"{odd[0]}: {where}; plan and files must match.")
    return articles


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
