"""The labelled articles in other people's formats: CoNLL, JSON Lines, Label Studio tasks."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from ..annotation.tasks import add_annotation, make_task
from ..errors import InputError
from ..files import read_text, to_json, write_text
from ..seeds.composed import Composed
from ..seeds.manifest import SPLITS
from ..spans import Document, Span, decode_tags, encode_tags, split_paragraphs
from .build import ComposedArticle, GoldArticle

FORMATS = ("conll", "jsonl", "label-studio")
ORIGINS = ("gold", "composed")

_OF_SEEDS = ("title", "publisher", "date")
_OF_PLANS = tuple(f.name for f in fields(Composed) if f.name not in ("id", "path", "script"))
_ID = "# id = "
# The tab, and all at which str.splitlines, and so many a reader, ends a line.
_BREAKS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in _BREAKS}
_BROKEN = {_ESCAPES[ord(character)]: character for character in _BREAKS}
_TAG = re.compile(r"O|[BI]-\S+")


def write_conll(documents: Iterable[Document], path: Path | str) -> None:
    """Write documents, as a rule paragraphs, a character a line: the character, a tab, its tag.

    Tags are IOB2. A line `# id = …` stands before each document and an empty line behind it.

    White space is a token like any other and stands as it is, so that who splits a line at its tab
    (not at white space) has the very tokens of the data set. Only what would break a line or its
    columns, the tab and every line end that Unicode knows, is written as in JSON: `\\u` and four
    hexadecimal digits. All other tokens are one character, so a backslash means itself. A token `#`
    is followed by a tab, the `#` of a comment by a space.

    Raises:
        InputError: an id is empty, holds a tab or line end, or begins or ends with white space.
    """
    lines = []
    for document in documents:
        name = document.id
        if not name or name != name.strip() or name != name.translate(_ESCAPES):
            raise InputError(f"article {name!r}: its id does not fit in one line; rename it.")
        tags = encode_tags(document.spans, len(document.text))
        lines.append(f"{_ID}{name}\n")
        lines += (f"{c.translate(_ESCAPES)}\t{tag}\n" for c, tag in zip(document.text, tags))
        lines.append("\n")
    write_text(path, "".join(lines))


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


def make_row(item: GoldArticle | ComposedArticle, fold: int | None = None) -> dict[str, Any]:
    """An article as one object of JSON: text and raw text, the spans in both, what is known of it.

    Every article's object has the same keys; what an article has not is None.

    Args:
        fold: the number of a gold article among all gold articles, as in the data set.
    """
    document, article = item.document, item.article
    raw_spans = [
        Span(*article.alignment.to_raw(span.start, span.end), span.label) for span in document.spans
    ]
    gold = isinstance(item, GoldArticle)
    source, known = (item.seed, _OF_SEEDS) if gold else (item.plan, _OF_PLANS)
    return {
        "id": document.id,
        "text": document.text,
        "spans": _describe(document.spans, document.text),
        "raw": article.raw,
        "raw_spans": _describe(raw_spans, article.raw),
        "origin": "gold" if gold else "composed",
        "split": _find_split(item),
        "fold": fold,
        "script": source.script,
        **{key: getattr(source, key) if key in known else None for key in (*_OF_SEEDS, *_OF_PLANS)},
    }


def _describe(spans: Iterable[Span], text: str) -> list[dict[str, Any]]:
    return [asdict(span) | {"text": text[span.start : span.end]} for span in spans]


def write_jsonl(rows: Iterable[dict[str, Any]], path: Path | str) -> None:
    """Write an object a line; no line end stands within an object, whoever splits the lines."""
    write_text(path, "".join(f"{to_json(row).translate(_ESCAPES)}\n" for row in rows))


def write_tasks(items: Iterable[GoldArticle | ComposedArticle], path: Path | str) -> None:
    """Write Label Studio tasks with the spans as finished annotations, to import or to push."""
    tasks = [add_annotation(make_task(item.article), item.document.spans) for item in items]
    write_text(path, to_json(tasks, indent=1) + "\n")


def export(
    gold: Sequence[GoldArticle],
    composed: Sequence[ComposedArticle],
    format: str,
    path: Path | str,
    split: str | None = None,
    origin: str | None = None,
) -> str:
    """Write articles to one file, at once or not at all.

    Args:
        gold: all gold articles, in the manifest's order.
        format: one of `FORMATS`; CoNLL has a paragraph where the others have an article.
        split: only the articles of this split; None: of all. Composed ones are all in `train`.
        origin: only the articles of this origin, one of `ORIGINS`; None: of both.

    Returns:
        What was written, in one line.

    Raises:
        InputError: there is no such format, split or origin, no article is chosen, a span crosses
            a paragraph's end (CoNLL alone minds), or `path` cannot be written.
    """
    for what, value, known in (
        ("format", format, FORMATS),
        ("split", split, (None, *SPLITS)),
        ("origin", origin, (None, *ORIGINS)),
    ):
        if value not in known:
            expected = ", ".join(filter(None, known))
            raise InputError(f"{what} {value}: expected one of {expected}.")
    chosen = [
        (item, fold)
        for name, items in zip(ORIGINS, (enumerate(gold), ((None, item) for item in composed)))
        for fold, item in items
        if origin in (None, name) and split in (None, _find_split(item))
    ]
    if not chosen:
        kind = f"{origin} article" if origin else "article"
        where = f"in the split {split}" if split else "there"
        raise InputError(f"no {kind} is {where}; choose another split or origin.")
    if Path(path).is_dir():
        raise InputError(f"{path}: this is a folder; name a file.")
    items = [item for item, _ in chosen]
    paragraphs = ""
    if format == "conll":
        try:
            documents = [p for item in items for _, p in split_paragraphs(item.document)]
        except ValueError as error:
            raise InputError(f"{error}; mark it in one paragraph.") from None
        write_conll(documents, path)
        paragraphs = f"{len(documents)} paragraphs, "
    elif format == "jsonl":
        write_jsonl((make_row(item, fold) for item, fold in chosen), path)
    else:
        write_tasks(items, path)
    spans = sum(len(item.document.spans) for item in items)
    of_gold = sum(isinstance(item, GoldArticle) for item in items)
    return (
        f"export: {of_gold} gold and {len(items) - of_gold} composed articles, "
        f"{paragraphs}{spans} spans → {path}"
    )


def _find_split(item: GoldArticle | ComposedArticle) -> str:
    """The split in which the data set has an article."""
    return item.seed.split if isinstance(item, GoldArticle) else "train"
