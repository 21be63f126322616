"""Crawled articles from where people keep them, restored; and where restored ones go."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import decode, read_text, to_json, write_text
from .manifest import find_seed
from .restore import Article, restore


def read_articles(names: Iterable[str]) -> Iterator[Article]:
    """Restored articles for file names, folders of `*.txt`, and `-` (standard input).

    A file that a `manifest.yaml` beside it lists is checked against its hash and its errata apply.

    Raises:
        InputError: a file is missing, empty, not UTF-8, or not the one its manifest lists; or a
            folder holds no article.
    """
    for name in names:
        if name == "-":
            yield restore(decode(sys.stdin.buffer.read(), "standard input"), "stdin")
            continue
        path = Path(name)
        inside = sorted(path.glob("*.txt")) if path.is_dir() else [path]
        if not inside:
            raise InputError(f"{name}: no .txt file in this folder; name one that holds articles.")
        for file in inside:
            seed = find_seed(file)
            yield seed.read() if seed else restore(read_text(file), file.stem)


def describe(article: Article) -> dict[str, Any]:
    """A restored article as `jiqun restore --format jsonl` prints it.

    `alignment` holds rows `[text_start, text_end, raw_start, raw_end]`, as `Alignment.segments`.
    """
    return {
        "id": article.id,
        "text": article.text,
        "alignment": article.alignment.segments(),
        "asides": [asdict(aside) for aside in article.asides],
        "damage": [asdict(damage) for damage in article.damage],
    }


def write_articles(articles: Iterable[Article], folder: Path) -> str:
    """Write `folder/<id>.txt` for each article, and all of them to `folder/articles.jsonl`.

    Nothing is written unless every article could be read.

    Returns:
        What was done, in one line.
    """
    articles = list(articles)
    for article in articles:
        write_text(folder / f"{article.id}.txt", article.text)
    lines = [to_json(describe(article)) + "\n" for article in articles]
    write_text(folder / "articles.jsonl", "".join(lines))
    raw = sum(len(article.raw) for article in articles)
    text = sum(len(article.text) for article in articles)
    damage = sum(len(article.damage) for article in articles)
    return (
        f"restore: {len(articles)} articles, {raw} raw characters → {text}, "
        f"{damage} damaged places left → {folder}"
    )
