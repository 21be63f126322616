"""Unlabelled news, and what teachers say of each character: jieba of words, a reader of spans.

What they say is silver: right often enough to pretrain on, never gold.
"""

import lzma
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import datasets
import jieba
import jieba.posseg
import numpy as np

from ..annotation.prelabel import combine
from ..annotation.rules import find_rules, know_places
from ..data.divisions import list_names
from ..errors import InputError
from ..spans import Document, Prediction, Span, encode_tags
from .encode import IGNORED

Mark = Callable[[Sequence[str]], Sequence[tuple[list[Prediction], list[Prediction]]]]
"""What is sure in each text, and what may be there besides; picklable."""

KINDS = (
    *("a", "b", "c", "d", "e", "eng", "f", "g", "h", "i", "j", "k", "l", "m", "mq", "n", "nr"),
    *("ns", "nt", "nz", "o", "p", "q", "r", "s", "t", "u", "v", "x", "y", "z"),
)
"""Parts of speech (jieba's letters): names and amounts apart, of all else the first letter."""
_APART = {"nr", "ns", "nt", "nz", "m", "mq", "t", "eng"}
_NAMES = [KINDS.index(kind) for kind in ("j", "nr", "ns", "nt", "nz")]
_MAY_NAME = [*_NAMES, *(KINDS.index(kind) for kind in ("eng", "n", "x"))]
_LEAST, _MOST = 15, 2_000


def teach(
    paths: list[str], characters: list[int], tags: list[str], jobs: int, mark: Mark | None = None
) -> datasets.Dataset:
    """Paragraphs with, for each character, the class of its word and of its silver tag.

    Args:
        paths: texts with a paragraph a line, .txt or .txt.xz.
        characters: how many to take of each, in paragraphs drawn by chance; of paragraphs under
            15 characters none, of long ones the first 2,000.
        tags: the IOB2 tags that number silver classes.
        jobs: processes at work.
        mark: who says the spans; the rules if None.

    Returns:
        Rows of `text`, `words` and `silver`. A word's first character has the class 2k, the others
        2k + 1, where k is the place of its part of speech in `KINDS`. Silver is `IGNORED` where the
        teachers are in doubt or differ (see `weigh_silver`).

    Raises:
        InputError: a text cannot be read.
    """
    rows = datasets.Dataset.from_dict({"text": _draw_paragraphs(paths, characters)})
    return rows.map(
        _Teacher(tags, mark or RuleReader()),
        batched=True,
        batch_size=256,
        num_proc=jobs,
        features=_make_features(),
        desc="teachers",
    )


def teach_gold(documents: Sequence[Document], tags: list[str]) -> datasets.Dataset:
    """Labelled paragraphs as such rows, with their gold in the place of silver."""
    classes = {tag: number for number, tag in enumerate(tags)}
    rows = [
        {
            "text": document.text,
            "words": segment(document.text),
            "silver": [classes[tag] for tag in encode_tags(document.spans, len(document.text))],
        }
        for document in documents
    ]
    return datasets.Dataset.from_list(rows, features=_make_features())


def _make_features() -> datasets.Features:
    return datasets.Features(
        text=datasets.Value("string"),
        words=datasets.List(datasets.Value("uint8")),
        silver=datasets.List(datasets.Value("int8")),
    )


def _draw_paragraphs(paths: list[str], characters: list[int]) -> list[str]:
    drawn = []
    for number, (path, left) in enumerate(zip(paths, characters, strict=True)):
        try:
            opened = lzma.open if Path(path).suffix == ".xz" else open
            with opened(path, "rt", encoding="utf-8") as file:
                paragraphs = [line for line in file.read().split("\n") if line.strip()]
        except (OSError, UnicodeDecodeError, lzma.LZMAError) as error:
            raise InputError(f"{path}: no text to read ({type(error).__name__}).") from None
        random.Random(number).shuffle(paragraphs)
        for paragraph in (line.strip()[:_MOST] for line in paragraphs):
            if left >= 0 and len(paragraph) >= _LEAST:
                drawn.append(paragraph)
                left -= len(paragraph)
    random.Random(len(paths)).shuffle(drawn)
    return drawn


class RuleReader:
    """What the rules find; each process makes its own list of places."""

    def __init__(self):
        self.places = None

    def __getstate__(self) -> dict:
        return {"places": None}

    def __call__(self, texts: Sequence[str]) -> list[tuple[list[Prediction], list[Prediction]]]:
        """The spans of each text, and no others."""
        if self.places is None:
            self.places = know_places(list_names())
        return [(combine(text, find_rules(text, self.places)), []) for text in texts]


class _Teacher:
    def __init__(self, tags: list[str], mark: Mark):
        self.classes = {tag: number for number, tag in enumerate(tags)}
        self.mark = mark

    def __call__(self, batch: dict[str, list[str]]) -> dict[str, list[np.ndarray]]:
        jieba.setLogLevel("ERROR")
        words, silver = [], []
        for text, (sure, doubtful) in zip(batch["text"], self.mark(batch["text"]), strict=True):
            words.append(segment(text))
            spans, others = ([one.span for one in found] for found in (sure, doubtful))
            silver.append(weigh_silver(words[-1], spans, others, self.classes))
        return {"words": words, "silver": silver}


def weigh_silver(
    words: np.ndarray, sure: Sequence[Span], doubtful: Sequence[Span], classes: dict[str, int]
) -> np.ndarray:
    """The class of each character's tag, `IGNORED` where nothing can be learnt.

    That is: where jieba knows a name and nobody marks one; where something doubtful is unmarked;
    and where a span begins or ends in the midst of a word, as far as the words reach. A place
    without any word that could be its name is none.

    Args:
        words: see `segment`.
        sure: ascending and flat.

    Returns:
        int8, shape (characters,).
    """
    silver = np.array([classes[tag] for tag in encode_tags(sure, len(words))], np.int8)
    starts, kinds = np.append(words % 2 == 0, True), words // 2
    silver[(silver == 0) & np.isin(kinds, _NAMES)] = IGNORED
    for span in doubtful:
        if not silver[span.start : span.end].any():
            silver[span.start : span.end] = IGNORED
    heads = np.flatnonzero(starts)
    for span in sure:
        if span.label == "FIGURE":
            continue
        if not (starts[span.start] and starts[span.end]):
            low, high = np.searchsorted(heads, (span.start + 1, span.end))
            silver[heads[low - 1] : heads[high]] = IGNORED
        elif span.label == "LOC" and not np.isin(kinds[span.start : span.end], _MAY_NAME).any():
            silver[span.start : span.end] = 0
    return silver


def segment(text: str) -> np.ndarray:
    """The class of each character's word (see `teach`), a uint8 array of shape (characters,)."""
    classes = np.empty(len(text), np.uint8)
    position = 0
    for word, flag in jieba.posseg.cut(text):
        kind = flag if flag in _APART else flag[:1]
        place = 2 * KINDS.index(kind if kind in KINDS else "x")
        classes[position] = place
        classes[position + 1 : position + len(word)] = place + 1
        position += len(word)
    return classes
