"""CoNLL: a character a line, its tag behind it, an empty line between paragraphs.

However many characters articles have, they have a few thousand different lines: each is made once,
and the file is gathered from them by their numbers.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ..errors import InputError
from ..files import read_text, replacing
from ..spans import Document, Marked, decode_tags, encode_tags, split_paragraphs

# The tab, and all at which str.splitlines, and so many a reader, ends a line.
BREAKS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"
ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in BREAKS}
_BROKEN = {ESCAPES[ord(character)]: character for character in BREAKS}
_ID = "# id = "
_TAG = re.compile(r"O|[BI]-\S+")


class Written(NamedTuple):
    """How much went into a file."""

    articles: int
    paragraphs: int
    spans: int


def write_conll(articles: Iterable[Marked], path: Path | str) -> Written:
    """Write what `format_conll` makes of articles, at once or not at all."""
    content, written = format_conll(list(articles))
    with replacing(path) as beside:
        beside.write_bytes(content)
    return written


def format_conll(articles: Sequence[Marked]) -> tuple[bytes, Written]:
    """The paragraphs of articles, as `split_paragraphs` gives them, a character a line, in UTF-8.

    A line is the character, a tab, its tag (IOB2). A line `# id = …` stands before each paragraph
    and an empty line behind it.

    White space is a token like any other and stands as it is, so that who splits a line at its tab
    (not at white space) has the very tokens of the data set. Only what would break a line or its
    columns, the tab and every line end that Unicode knows, is written as in JSON: `\\u` and four
    hexadecimal digits. All other tokens are one character, so a backslash means itself. A token `#`
    is followed by a tab, the `#` of a comment by a space.

    Raises:
        InputError: an id is empty, holds a tab or line end, or begins or ends with white space, or
            a span does not lie in one paragraph.
    """
    if not articles:
        return b"", Written(0, 0, 0)
    heads = _make_heads(articles)
    # Each text has a line end behind it, the end of its last paragraph.
    text = "\n".join([*(article.text for article in articles), ""])
    codes = np.frombuffer(text.encode("utf-32-le"), dtype="<i4").astype(np.intp)
    names, tags = _number_tags(articles)
    ends = np.flatnonzero(codes == ord("\n"))
    left_out = [slice(ends[n - 1] + 1 if n else 0, ends[n]) for n, h in enumerate(heads) if not h]
    if tags[ends].any() or any(tags[line].any() for line in left_out):
        for article in articles:
            _refuse_lost(article.to_document())
    # The place of each character's line among the different ones.
    # In place, as new memory of this size costs more than what is done with it.
    keys = np.multiply(codes, len(names), out=codes)
    keys += tags
    occurs = np.zeros(keys.max() + 1, dtype=bool)
    occurs[keys] = True
    found = np.flatnonzero(occurs)
    places = np.empty(len(occurs), dtype=np.int32)
    places[found] = np.arange(len(found))
    wanted = places.take(keys)
    lines = []
    for key in found.tolist():
        code, tag = divmod(key, len(names))
        lines.append(f"{ESCAPES.get(code) or chr(code)}\t{names[tag]}\n")
    for line in left_out:
        wanted[line] = len(lines)
    lines.append("")
    wanted[ends] = np.arange(len(lines), len(lines) + len(ends))
    lines += [("\n" if head else "") + after for head, after in zip(heads, [*heads[1:], ""])]
    # Offsets of 64 bits, for a file of any size.
    body = pa.array(lines, pa.large_string()).take(pa.array(wanted)).buffers()[2]
    spans = sum(len(article.spans) for article in articles)
    written = Written(len(articles), sum(map(bool, heads)), spans)
    return b"".join([heads[0].encode(), body]), written


def _make_heads(articles: Iterable[Marked]) -> list[str]:
    """What stands before each line of the articles; nothing before one that is left out."""
    heads = []
    for id, text, _ in articles:
        if not id or id != id.strip() or id != id.translate(ESCAPES):
            raise InputError(f"article {id!r}: its id does not fit in one line; rename it.")
        head, number = f"{_ID}{id}#", 0
        for line in text.split("\n"):
            if not line or line.isspace():
                heads.append("")
            else:
                heads.append(f"{head}{number}\n")
                number += 1
    return heads


def _number_tags(articles: Iterable[Marked]) -> tuple[list[str], np.ndarray]:
    """The tags that occur, `O` first, and which each character has, the line ends among them."""
    names, runs, pieces = ["O"], {}, []
    outside = _Runs(0, 0)
    for _, text, spans in articles:
        position = 0
        for start, end, label in spans:
            if label not in runs:
                runs[label] = _Runs(len(names), len(names) + 1)
                names += f"B-{label}", f"I-{label}"
            pieces.append(outside[start - position])
            pieces.append(runs[label][end - start])
            position = end
        pieces.append(outside[len(text) + 1 - position])
    return names, np.frombuffer(b"".join(pieces), dtype=np.uint8)


class _Runs(dict[int, bytes]):
    """So many numbers, a byte each: one for the first, one for all others."""

    def __init__(self, first: int, other: int):
        self.first, self.other = bytes([first]), bytes([other])

    def __missing__(self, length: int) -> bytes:
        self[length] = (self.first + self.other * (length - 1))[:length]
        return self[length]


def _refuse_lost(document: Document) -> None:
    """Raise InputError if a span does not lie in one paragraph."""
    try:
        list(split_paragraphs(document))
    except ValueError as error:
        raise InputError(f"{error}; mark it in one paragraph.") from None


def read_conll(path: Path | str) -> list[Document]:
    """The documents that `write_conll` wrote; tags are read strictly.

    Raises:
        InputError: the file cannot be read, or a line of it is not as `write_conll` writes it.
    """
    documents: list[Document] = []
    block: list[str] = []
    for number, line in enumerate([*read_text(path).split("\n"), ""], 1):
        # A carriage return among the tokens is written in digits; this one is Windows's.
        if line := line.removesuffix("\r"):
            block.append(line)
        elif block:
            documents.append(_read_block(block, path, number - len(block)))
            block = []
    return documents


def _read_block(block: list[str], path: Path | str, first: int) -> Document:
    """The document of a block of lines, the first of which has the number `first`."""
    if not block[0].startswith(_ID):
        raise InputError(f"{path}: line {first}: expected `{_ID}…` before a paragraph; add it.")
    characters, tags = [], []
    for number, line in enumerate(block[1:], first + 1):
        token, _, tag = line.partition("\t")
        token = _BROKEN.get(token, token)
        if len(token) != 1 or not _TAG.fullmatch(tag):
            raise InputError(
                f"{path}: line {number} is {line!r}, expected a character, a tab and an IOB2 tag; "
                "correct it."
            )
        characters.append(token)
        tags.append(tag)
    spans = decode_tags(tags)
    for number, (tag, expected) in enumerate(zip(tags, encode_tags(spans, len(tags))), first + 1):
        if tag != expected:
            raise InputError(f"{path}: line {number}: {tag} continues nothing; begin with B-.")
    return Document(block[0].removeprefix(_ID), "".join(characters), tuple(spans))
