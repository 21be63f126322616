"""A trained model on texts: spans with a score each, at offsets that hold in the text given."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, islice, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from more_itertools import constrained_batches
from transformers import AutoModelForTokenClassification, AutoTokenizer

from .annotation.prelabel import Prelabeller, mark
from .annotation.rules import know_places
from .data.divisions import list_names
from .errors import InputError
from .seeds.restore import Article, split_chunks
from .spans import Document, Prediction, Span, split_paragraphs
from .train import recurrent  # noqa: F401 registers what Auto classes would not know
from .train.batches import read_texts
from .train.calibration import TEMPERATURE, score_spans
from .train.decode import Grammar
from .train.quantization import has_fast_int8, quantize

MAX_LENGTH, OVERLAP = 512, 64
POOL = 1 << 16
BATCH_SIZES = {"cpu": 1024, "cuda": 16384}
LEAST_SCORE = 0.5
LEAST_ALONE = 0.6
"""How sure a model must be of what rules do not find, too."""
EMBEDDED = Path(__file__).parent / "embedded"
"""The model that ships with the package; its README.md says what it was made from."""

Piece = tuple[int, int, str]


class Predictor:
    """A token-classification model from a folder or a hub, ready to mark texts.

    Args:
        path: folder or hub id, loaded with `AutoModelForTokenClassification`; the package's own
            model by default.
        batch_size: tokens at a time, padding included; none: as many as a CPU's cache likes, or a
            GPU.
        least_score: spans that are less likely to be right are left out.

    Attributes:
        temperature: what logits are divided by before scores are made of them; the model's own.

    Raises:
        InputError: there is no such model, or its labels are not IOB2 tags.
    """

    def __init__(
        self,
        path: Path | str = EMBEDDED,
        batch_size: int | None = None,
        least_score: float = LEAST_SCORE,
    ):
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(path)
            self.model = AutoModelForTokenClassification.from_pretrained(path).eval()
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise InputError(
                f"{path}: no model there ({reason}); train one with `jiqun train`."
            ) from None
        config = self.model.config
        try:
            self.grammar = Grammar([config.id2label[n] for n in range(config.num_labels)])
        except ValueError as error:
            raise InputError(f"{path}: its labels {error}; use another model.") from None
        self.temperature = getattr(config, TEMPERATURE, 1.0)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(self.device)
        if self.device.type == "cpu" and has_fast_int8():
            quantize(self.model)
        self.batch_size = batch_size or BATCH_SIZES[self.device.type]
        self.least_score = least_score
        positions = getattr(config, "max_position_embeddings", None) or MAX_LENGTH
        self.max_length = min(MAX_LENGTH, positions, self.tokenizer.model_max_length)

    def __call__(self, texts: Sequence[str]) -> list[list[Prediction]]:
        """The spans of each text, ascending and flat, offsets in code points of that text.

        A span's score is how likely it is to be right: see `jiqun.train.calibration.score_spans`.
        """
        return list(self.stream(texts))

    def stream(self, texts: Iterable[str]) -> Iterator[list[Prediction]]:
        """The same for texts without end: only a few times `POOL` characters are held at once.

        A text longer than that is marked in pieces, cut behind a line or a sentence.
        """
        # Texts without a character weigh something, too.
        pools = constrained_batches(
            _cut(texts), POOL, strict=False, get_len=lambda p: len(p[2]) + 1
        )
        found = (row for pool in pools for row in self._mark(pool))
        for _, rows in groupby(found, itemgetter(0)):
            yield [prediction for _, own in rows for prediction in own]

    def _mark(self, pool: Sequence[Piece]) -> Iterator[tuple[int, list[Prediction]]]:
        """The number of each piece's text, and its spans in that text."""
        logits, offsets = read_texts(
            self.model,
            self.tokenizer,
            [text for *_, text in pool],
            self.max_length,
            min(OVERLAP, self.max_length // 4),
            self.grammar.inside,
            self.batch_size,
        )
        bounds = np.cumsum([0, *map(len, logits)])
        values = np.concatenate(logits)
        firsts = bounds[:-1][np.diff(bounds) > 0]
        path = self.grammar.find_path(values, firsts)
        starts, ends = self.grammar.find_spans(path)
        scores = score_spans(values / self.temperature, path, firsts, self.grammar)
        labels = [self.grammar.labels[n] for n in path[starts]]
        edges = np.searchsorted(starts, bounds)
        for (number, offset, _), places, first, (low, high) in zip(
            pool, offsets, bounds, pairwise(edges)
        ):
            begins = places[starts[low:high] - first, 0] + offset
            stops = places[ends[low:high] - first - 1, 1] + offset
            rows = zip(begins.tolist(), stops.tolist(), labels[low:high], scores[low:high].tolist())
            yield number, _keep_flat(rows, self.least_score)


def _cut(texts: Iterable[str]) -> Iterator[Piece]:
    """Texts in pieces: the number of the text, the piece's place in it, and the piece."""
    for number, text in enumerate(texts):
        for offset, piece in split_chunks(text, POOL) if text else [(0, "")]:
            yield number, offset, piece


def _keep_flat(rows: Iterable[tuple[int, int, str, float]], least: float) -> list[Prediction]:
    """The sure ones; byte-level tokens may begin in the midst of a character that is taken."""
    kept, position = [], 0
    for start, end, label, score in rows:
        if position <= start < end and score >= least:
            kept.append(Prediction(Span(start, end, label), score))
            position = end
    return kept


class Reader:
    """Marks whole articles by all that can be had: a model, the rules and the known places.

    The model reads paragraph by paragraph; in the end mentions of one name in an article are made
    alike (see `jiqun.annotation.discourse`).

    Args:
        stream: what a model finds in each of many paragraphs, as `Predictor.stream`.
        alone: ask the model only.
    """

    def __init__(
        self, stream: Callable[[Iterable[str]], Iterator[list[Prediction]]], alone: bool = False
    ):
        self.stream = stream
        self.prelabeller = None
        if not alone:
            places = know_places(list_names())
            self.prelabeller = Prelabeller(places=places, least_alone=LEAST_ALONE)

    def __call__(self, texts: Sequence[str]) -> list[list[Prediction]]:
        """The spans of each article, ascending and flat."""
        documents = (Document("", text) for text in texts)
        found = self.stream(p.text for d in documents for _, p in split_paragraphs(d))
        take = partial(_take, found)
        if self.prelabeller is None:
            return [mark(text, take) for text in texts]
        prelabeller = replace(self.prelabeller, model=take)
        return [prelabeller(text) for text in texts]


def predict_articles(
    reader: Reader, articles: Iterable[Article]
) -> Iterator[tuple[Article, list[Prediction]]]:
    """Restored articles with their spans, offsets in the article's text, in the order given.

    Several are marked together; about `POOL` characters of articles are held at once, or one that
    is longer.
    """
    for batch in constrained_batches(
        articles, POOL, strict=False, get_len=lambda a: len(a.raw) + 1
    ):
        yield from zip(batch, reader([article.text for article in batch]))


def _take(found: Iterator[list[Prediction]], texts: Sequence[str]) -> list[list[Prediction]]:
    return list(islice(found, len(texts)))


def describe(article: Article, predictions: Sequence[Prediction]) -> dict[str, Any]:
    """An article's spans as `jiqun predict` prints them, each with its place in text and in raw.

    Raw offsets count from the beginning of the file, where the article is a part of one.
    """
    spans = []
    for prediction in predictions:
        start, end = prediction.span.start, prediction.span.end
        raw_start, raw_end = article.alignment.to_raw(start, end)
        spans.append(
            {
                "start": start,
                "end": end,
                "label": prediction.span.label,
                "text": article.text[start:end],
                "score": round(prediction.score, 4),
                "raw_start": article.offset + raw_start,
                "raw_end": article.offset + raw_end,
            }
        )
    return {"id": article.id, "text": article.text, "spans": spans}
