"""Unlabelled news, and what two teachers say of each character: jieba's words, and our rules.

What they say is silver: right often enough to pretrain on, never gold.
"""

import lzma
import random
from pathlib import Path

import datasets
import jieba
import jieba.posseg
import numpy as np

from ..annotation.prelabel import combine
from ..annotation.rules import find_rules, know_places
from ..data.divisions import list_names
from ..errors import InputError
from ..spans import encode_tags

KINDS = (
    *("a", "b", "c", "d", "e", "eng", "f", "g", "h", "i", "j", "k", "l", "m", "mq", "n", "nr"),
    *("ns", "nt", "nz", "o", "p", "q", "r", "s", "t", "u", "v", "x", "y", "z"),
)
"""Parts of speech (jieba's letters): names and amounts apart, of all else the first letter."""
_APART = {"nr", "ns", "nt", "nz", "m", "mq", "t", "eng"}
_LEAST, _MOST = 15, 2_000


def teach(paths: list[str], characters: list[int], tags: list[str], jobs: int) -> datasets.Dataset:
    """Paragraphs with, for each character, the class of its word and of its silver tag.

    Args:
        paths: texts with a paragraph a line, .txt or .txt.xz.
        characters: how many to take of each, in paragraphs drawn by chance; of paragraphs under
            15 characters none, of long ones the first 2,000.
        tags: the IOB2 tags that number silver classes.
        jobs: processes at work.

    Returns:
        Rows of `text`, `words` and `silver`. A word's first character has the class 2k, the others
        2k + 1, where k is the place of its part of speech in `KINDS`.

    Raises:
        InputError: a text cannot be read.
    """
    rows = datasets.Dataset.from_dict({"text": _draw_paragraphs(paths, characters)})
    features = rows.features | {
        "words": datasets.List(datasets.Value("uint8")),
        "silver": datasets.List(datasets.Value("uint8")),
    }
    return rows.map(
        _Teacher(tags), num_proc=jobs, features=datasets.Features(features), desc="teachers"
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


class _Teacher:
    """Picklable, so that each process makes its own list of places."""

    def __init__(self, tags: list[str]):
        self.classes = {tag: number for number, tag in enumerate(tags)}
        self.places = None

    def __getstate__(self) -> dict:
        return {"classes": self.classes, "places": None}

    def __call__(self, row: dict[str, str]) -> dict[str, np.ndarray]:
        if self.places is None:
            jieba.setLogLevel("ERROR")
            self.places = know_places(list_names())
        text = row["text"]
        spans = [one.span for one in combine(text, find_rules(text, self.places))]
        silver = [self.classes[tag] for tag in encode_tags(spans, len(text))]
        return {"words": segment(text), "silver": np.array(silver, np.uint8)}


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
