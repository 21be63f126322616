"""CoNLL: a character a line, its tag behind it, an empty line between paragraphs."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ..errors import InputError
from ..files import read_text, replacing
from ..spans import Document, Tagged, Tagset, decode_tags, encode_tags, split_paragraphs

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


def write_conll(documents: Iterable[Document], path: Path | str) -> Written:
    """Write what `Formatter` makes of articles, at once or not at all.

    Raises:
        InputError: what `Formatter.format` raises, or the file cannot be written.
    """
    documents = list(documents)
    tagset = Tagset(sorted({span.label for item in documents for span in item.spans}))
    content, written = Formatter(tagset).format([tagset.tag(item) for item in documents])
    with replacing(path) as beside:
        beside.write_bytes(content)
    return written


class Formatter:
    """Makes CoNLL of articles.

    However many characters they have, they have a few thousand different lines: each is made once,
    and what is written is gathered from them by their numbers.
    """

    def __init__(self, tagset: Tagset):
        self.tagset = tagset
        # Number 0 is of no line, and of those not made yet.
        self._lines = _make_array([""])
        # Of a character's line with a tag; memory that nothing is written to takes no room.
        self._numbers = np.zeros((sys.maxunicode + 1) * len(tagset.names), dtype=np.int32)

    def format(self, articles: Sequence[Tagged]) -> tuple[pa.Buffer, Written]:
        """The paragraphs of articles, as `split_paragraphs` gives them, a character a line.

        A line is the character, a tab, its tag (IOB2), in UTF-8. A line `# id = …` stands before
        each paragraph and an empty line behind it.

        White space is a token like any other and stands as it is, so that who splits a line at its
        tab (not at white space) has the very tokens of the data set. Only what would break a line
        or its columns, the tab and every line end that Unicode knows, is written as in JSON: `\\u`
        and four hexadecimal digits. All other tokens are one character, so a backslash means
        itself. A token `#` is followed by a tab, the `#` of a comment by a space.

        Raises:
            InputError: an id is empty, holds a tab or line end, or begins or ends with white space,
                or a span does not lie in one paragraph.
        """
        heads = _make_heads(articles)
        # A line end stands before and behind each text.
        text = "\n".join(["", *(article.text for article in articles), ""])
        tags = b"\0".join([b"", *(article.tags for article in articles), b""])
        tags = np.frombuffer(tags, dtype=np.uint8)
        codes = np.frombuffer(text.encode("utf-32-le"), dtype="<i4")
        ends = np.flatnonzero(codes == ord("\n"))
        left_out = [slice(ends[n], ends[n + 1]) for n, head in enumerate(heads) if not head]
        if tags[ends].any() or any(tags[line].any() for line in left_out):
            for article in articles:
                _refuse_lost(self.tagset.untag(article))
        numbers = self._number_lines(codes, tags)
        for line in left_out:
            numbers[line] = 0
        numbers[ends] = np.arange(len(self._lines), len(self._lines) + len(ends))
        between = [("\n" if last else "") + head for last, head in zip(["", *heads], [*heads, ""])]
        lines = pa.concat_arrays([self._lines, _make_array(between)])
        places = pa.Int32Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(numbers)])
        content = lines.take(places).buffers()[2]
        spans = np.count_nonzero(tags & 1)
        return content, Written(len(articles), sum(map(bool, heads)), spans)

    def _number_lines(self, codes: np.ndarray, tags: np.ndarray) -> np.ndarray:
        """The number of each character's line."""
        names = self.tagset.names
        keys = codes.astype(np.intp)
        # In place, as new memory of this size costs more than what is done with it.
        keys *= len(names)
        keys += tags
        numbers = self._numbers.take(keys)
        if not numbers.all():
            new = np.unique(keys[numbers == 0])
            self._numbers[new] = np.arange(len(self._lines), len(self._lines) + len(new))
            lines = [
                f"{ESCAPES.get(code) or chr(code)}\t{names[tag]}\n"
                for code, tag in zip(*(part.tolist() for part in np.divmod(new, len(names))))
            ]
            self._lines = pa.concat_arrays([self._lines, _make_array(lines)])
            numbers = self._numbers.take(keys)
        return numbers


def _make_array(lines: Iterable[str]) -> pa.LargeStringArray:
    """Lines with offsets of 64 bits, for any size."""
    # pa.array would first import pandas, for a fifth of a second.
    encoded = [line.encode() for line in lines]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return pa.LargeStringArray.from_buffers(
        len(encoded), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))
    )


def _make_heads(articles: Iterable[Tagged]) -> list[str]:
    """What stands before each line of the articles; nothing before one that is left out."""
    heads = []
    for id, text, _ in articles:
        if [id] != id.splitlines() or id != id.strip() or "\t" in id:
            raise InputError(f"article {id!r}: its id does not fit in one line; rename it.")
        head, number = f"{_ID}{id}#", 0
        for line in text.split("\n"):
            if not line or line.isspace():
                heads.append("")
            else:
                heads.append(f"{head}{number}\n")
                number += 1
    return heads


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
