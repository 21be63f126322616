"""Gold and predicted spans as arrays, and which of them go together."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from ..spans import Document, Prediction, Span, check_spans


@dataclass(frozen=True, slots=True)
class SpanTable:
    """The spans of many texts, in the order of the texts, as arrays of shape (spans,).

    Attributes:
        spans: the spans themselves, offsets in their own text.
        document: which text a span lies in.
        start, end: half-open, code points of all texts written one behind the other, so that
            spans of different texts never overlap.
        label: places in the list of labels.
        score: 0 to 1; NaN where there is none.
    """

    spans: list[Span]
    document: np.ndarray
    start: np.ndarray
    end: np.ndarray
    label: np.ndarray
    score: np.ndarray

    def __len__(self) -> int:
        return len(self.spans)


def tabulate(
    gold: Sequence[Document], predicted: Sequence[Document] | Sequence[Sequence[Prediction]]
) -> tuple[SpanTable, SpanTable, list[str]]:
    """Both sides as tables, and the labels that either has, sorted.

    Args:
        predicted: for each gold text the same text with spans, or its predictions in any order.

    Raises:
        ValueError: the texts differ, or the spans of one text overlap or reach beyond it.
    """
    if len(gold) != len(predicted):
        raise ValueError("gold and predicted documents must hold the same texts in the same order")
    found: list[tuple[list[Span], list[float]]] = []
    for document, marked in zip(gold, predicted):
        if isinstance(marked, Document):
            if marked.text != document.text:
                raise ValueError(
                    "gold and predicted documents must hold the same texts in the same order"
                )
            found.append((list(marked.spans), [np.nan] * len(marked.spans)))
        else:
            marked = sorted(marked, key=attrgetter("span"))
            spans = [prediction.span for prediction in marked]
            check_spans(spans, len(document.text))
            scores = [np.nan if p.score is None else p.score for p in marked]
            found.append((spans, scores))
    known = [(list(document.spans), [np.nan] * len(document.spans)) for document in gold]
    labels = sorted({span.label for side in (known, found) for row in side for span in row[0]})
    places = {label: place for place, label in enumerate(labels)}
    offsets = np.cumsum([0, *(len(document.text) for document in gold)])
    tables = []
    for side in (known, found):
        spans = [span for row in side for span in row[0]]
        document = np.repeat(np.arange(len(side)), [len(row[0]) for row in side])
        shift = offsets[document]
        tables.append(
            SpanTable(
                spans,
                document,
                np.array([span.start for span in spans], dtype=np.int64) + shift,
                np.array([span.end for span in spans], dtype=np.int64) + shift,
                np.array([places[span.label] for span in spans], dtype=np.int64),
                np.array([score for row in side for score in row[1]], dtype=np.float64),
            )
        )
    return *tables, labels


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a gold and a predicted span, as arrays of shape (pairs,).

    Attributes:
        gold, predicted: places in the two tables.
        same_ends, same_label: what the two have in common.
        left, right: how far the predicted start and end lie behind those of gold, in code points.
    """

    gold: np.ndarray
    predicted: np.ndarray
    same_ends: np.ndarray
    same_label: np.ndarray
    left: np.ndarray
    right: np.ndarray

    def __getitem__(self, chosen: np.ndarray) -> "Pairs":
        return Pairs(*(getattr(self, name)[chosen] for name in self.__slots__))


def find_overlaps(gold: SpanTable, predicted: SpanTable) -> Pairs:
    """All pairs with at least one character in common, by predicted and then by gold span."""
    low = np.searchsorted(gold.end, predicted.start, side="right")
    many = np.searchsorted(gold.start, predicted.end, side="left") - low
    p = np.repeat(np.arange(len(predicted)), many)
    g = np.arange(len(p)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(low, many)
    left, right = predicted.start[p] - gold.start[g], predicted.end[p] - gold.end[g]
    same = gold.label[g] == predicted.label[p]
    return Pairs(g, p, (left == 0) & (right == 0), same, left, right)


def choose(pairs: Pairs, *ranks: np.ndarray) -> Pairs:
    """Pairs in which no span comes twice, chosen greedily.

    Pairs are gone through in the order of `ranks`, the first one weighing most, and of `pairs`
    where they tie; one is chosen if neither of its spans has been.
    """
    count = len(pairs.gold)
    order = np.lexsort((np.arange(count), *reversed(ranks)))
    chosen = np.zeros(count, dtype=bool)
    # A pair that comes first for both its spans is chosen whatever becomes of the others, so that
    # all of these are settled at once; few spans are left over for a second round.
    while order.size:
        g, p = pairs.gold[order], pairs.predicted[order]
        firsts = (np.unique(side, return_index=True)[1] for side in (g, p))
        best = np.intersect1d(*firsts, assume_unique=True)
        chosen[order[best]] = True
        order = order[~(np.isin(g, g[best]) | np.isin(p, p[best]))]
    return pairs[chosen]


def choose_alike(pairs: Pairs) -> Pairs:
    """The pairs to tell people of: the same label before another, then the nearest ends."""
    return choose(pairs, ~pairs.same_label, np.abs(pairs.left) + np.abs(pairs.right))
