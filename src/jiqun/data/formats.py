"""The labelled articles in other people's formats: CoNLL, JSON Lines, Label Studio tasks."""

import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from ..files import write_text
from ..seeds.composed import Composed
from ..spans import Document, encode_tags

FORMATS = ("conll", "jsonl", "label-studio")
ORIGINS = ("gold", "composed")

_OF_SEEDS = ("title", "publisher", "date")
_OF_PLAN = tuple(f.name for f in fields(Composed) if f.name not in ("id", "path", "script"))
_ID = "# id = "
# The tab, and all at which str.splitlines, and so many a reader, ends a line.
_BREAKS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in _BREAKS}
_CHARACTERS = {_ESCAPES[ord(character)]: character for character in _BREAKS}
_ROW = re.compile(r"(.|\\u[0-9a-f]{4})\t(O|[BI]-\S+)")


def write_conll(documents: Iterable[Document], path: Path | str) -> None:
    """Write documents, as a rule paragraphs, a character a line: the character, a tab, its tag.

    The tags are IOB2. `# id = …` stands before each document, an empty line behind it. White space
    is a token like any other and written as it is, so that a reader must split at the tab, not at
    white space, and then has the very tokens of the data set. Only what would break a line or
    column is written as in JSON, `\\u` and four hexadecimal digits: the tab and the line ends that
    Unicode knows. As every other token is one character, a backslash stands for itself. A `#`
    among the tokens is followed by a tab, the one of a comment by a space.

    Raises:
        InputError: an id is empty, or holds a line end or outer white space.
    """
    blocks = []
    for document in documents:
        if not document.id or f"{document.id} ".split("\n")[0].split() != document.id.split():
            pass
        rows = zip(document.text, encode_tags(document.spans, len(document.text)))
        lines = [f"{character.translate(_ESCAPES)}\t{tag}\n" for character, tag in rows]
        blocks += f"{_ID}{document.id}\n", *lines, "\n"
    write_text(path, "".join(blocks))
