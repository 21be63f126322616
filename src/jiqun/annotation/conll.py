"""CoNLL as other programs write it: a token a line, its tag last, an empty line between sentences.

Tokens are characters or words. Tags are IOB2, IOB1, BIOES or BILOU (also BMES).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..spans import Span
from .placement import Articles, squeeze

_ID, _DOCUMENT = "# id = ", "-DOCSTART-"
_TAG = re.compile(r"O|[BIESLUM]-(\S+)")
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")
_SAME = {"L": "E", "U": "S", "M": "I"}
# Label Studio's own converter puts these two columns between token and tag.
_STUDIO = ["-X-", "_"]
_CHINESE = re.compile("[\u3400-\u9fff]{2}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Tokens with their tags.

    Attributes:
        line: number of the first token's line.
        name: what a comment before it calls it, or None.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    line: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Broken:
    """Tags that mark no span: a line, the tokens, the tags."""

    line: int
    text: str
    tags: tuple[str, ...]


def parse_conll(text: str, path: Path | str) -> list[Sentence]:
    """The sentences of a file.

    Columns are separated by tabs or by white space. Lines that begin with `# ` and with
    -DOCSTART- are no tokens.

    Raises:
        InputError: a line is no token with a tag, or Label Studio wrote the file.
    """
    sentences: list[Sentence] = []
    rows: list[tuple[str, str]] = []
    name = None
    for number, line in enumerate([*text.removeprefix("\ufeff").split("\n"), ""], 1):
        line = line.removesuffix("\r")
        if line.startswith(_ID):
            name = line.removeprefix(_ID)
        elif not line.strip(" ") or line.startswith(_DOCUMENT) or _is_comment(line):
            if rows:
                tokens, tags = zip(*rows)
                sentences.append(Sentence(tokens, tags, number - len(rows), name))
                rows, name = [], None
        else:
            rows.append(_split(line, number, path))
    return sentences


def _is_comment(line: str) -> bool:
    _, _, rest = line.partition(" ")
    return line.startswith("# ") and not _TAG.fullmatch(rest)


def _split(line: str, number: int, path: Path | str) -> tuple[str, str]:
    columns = line.split("\t") if "\t" in line else line.split()
    if "\t" not in line and line[0].isspace():
        columns.insert(0, line[0])
    token, tag = columns[0], columns[-1].strip()
    if len(columns) < 2 or not _TAG.fullmatch(tag):
        raise InputError(
            f"{path}: line {number} is {line!r}, expected a token and a tag such as B-LOC; "
            "correct it."
        )
    if columns[1:3] == _STUDIO and _CHINESE.search(token):
        raise InputError(
            f"{path}: Label Studio wrote this CoNLL, which makes one token of a Chinese clause and "
            "loses where spans begin and end; export JSON instead."
        )
    escape = _ESCAPE.fullmatch(token)
    return (chr(int(escape[1], 16)) if escape else token), tag


def find_style(sentences: Iterable[Sentence]) -> str:
    """How the tags are to be read: `BIOES`, `IOB1` or `IOB2`."""
    prefixes, begins, continues = set(), False, False
    for sentence in sentences:
        before = "O"
        for tag in sentence.tags:
            prefixes.add(tag[0])
            same = before[2:] == tag[2:] and before != "O"
            begins |= tag[0] == "B" and not same
            continues |= tag[0] == "I" and not same
            before = tag
    if prefixes - set("BIO"):
        return "BIOES"
    # In IOB1 a B stands only between two spans of one label.
    return "IOB1" if continues and not begins else "IOB2"


def decode(tags: Sequence[str], style: str) -> tuple[list[Span], list[Span]]:
    """The spans of tokens that tags mark, and those that they begin or end wrongly."""
    spans: list[Span] = []
    broken: list[Span] = []
    start, label, good = None, "", False
    for place, tag in enumerate([*tags, "O"]):
        prefix, name = _SAME.get(tag[0], tag[0]), tag[2:]
        goes_on = start is not None and prefix in "IE" and name == label
        if start is not None and not goes_on:
            (spans if good and style != "BIOES" else broken).append(Span(start, place, label))
            start = None
        if prefix == "S":
            spans.append(Span(place, place + 1, name))
        elif prefix != "O" and not goes_on:
            start, label, good = place, name, prefix == "B" or (prefix == "I" and style == "IOB1")
        if prefix == "E":
            (spans if good and goes_on else broken).append(Span(start, place + 1, label))
            start = None
    return spans, broken


def gather(
    sentences: Sequence[Sentence], articles: Articles
) -> Iterator[tuple[Sequence[Sentence], bool]]:
    """Sentences that together are one article's text, and singly those that are of none."""
    squeezed = [squeeze("".join(sentence.tokens))[0] for sentence in sentences]
    place = 0
    while place < len(sentences):
        end, text, whole = place, "", None
        while end < len(sentences) and articles.begins(text := text + squeezed[end]):
            end += 1
            if articles.holds(text):
                whole = end
        yield sentences[place : whole or place + 1], whole is not None
        place = whole or place + 1


def join(sentences: Sequence[Sentence], style: str) -> tuple[str, list[Span], list[Broken]]:
    """Sentences as one text with nothing between tokens, its spans, and what marks none."""
    pieces, spans, broken, length = [], [], [], 0
    for sentence in sentences:
        ends = [length]
        for token in sentence.tokens:
            ends.append(ends[-1] + len(token))
        marked, wrong = decode(sentence.tags, style)
        spans += [Span(ends[s.start], ends[s.end], s.label) for s in marked]
        broken += [
            Broken(
                sentence.line + span.start,
                "".join(sentence.tokens[span.start : span.end]),
                sentence.tags[span.start : span.end],
            )
            for span in wrong
        ]
        pieces += sentence.tokens
        length = ends[-1]
    return "".join(pieces), spans, broken
