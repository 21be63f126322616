"""What the benchmarks work on: the repository's composed articles, restored, with their spans."""

import random
from itertools import cycle, islice
from pathlib import Path

from jiqun.data.build import ComposedArticle, restore_composed
from jiqun.scheme import Scheme, read_scheme
from jiqun.seeds.composed import read_plan
from jiqun.spans import Document, split_paragraphs

ROOT = Path(__file__).resolve().parents[2]


def read_labels() -> Scheme:
    return read_scheme(ROOT / "annotation/scheme.yaml")


def read_articles(count: int | None = None) -> list[ComposedArticle]:
    """The first `count` composed articles, or all."""
    return restore_composed(read_plan(ROOT / "seeds/composed")[:count], read_labels())


def read_paragraphs(count: int | None = None) -> list[Document]:
    """All paragraphs of the composed articles; or `count`, again from the first when they end."""
    articles = read_articles(None if count is None else max(1, min(count // 5, 10_000)))
    paragraphs = [p for item in articles for _, p in split_paragraphs(item.document)]
    return paragraphs if count is None else list(islice(cycle(paragraphs), count))


def draw_paragraphs(count: int) -> list[Document]:
    """`count` paragraphs in the order of a fixed shuffle, so that lengths are mixed."""
    paragraphs = read_paragraphs(None if count > 200 else 200)
    random.Random(0).shuffle(paragraphs)
    return paragraphs[:count]
