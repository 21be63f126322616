"""The labelled articles in other people's formats: CoNLL, JSON Lines, Label Studio tasks."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from ..annotation.tasks import add_annotation, make_task
from ..errors import InputError
from ..files import to_json, write_text
from ..seeds.composed import Composed
from ..seeds.manifest import SPLITS
from ..spans import Span
from .build import ComposedArticle, GoldArticle
from .conll import ESCAPES, write_conll

FORMATS = ("conll", "jsonl", "label-studio")
ORIGINS = ("gold", "composed")

_OF_SEEDS = ("title", "publisher", "date")
_OF_PLANS = tuple(f.name for f in fields(Composed) if f.name not in ("id", "path", "script"))


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
    write_text(path, "".join(f"{to_json(row).translate(ESCAPES)}\n" for row in rows))


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
        written = write_conll((item.document for item in items), path)
        paragraphs = f"{written.paragraphs} paragraphs, "
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
