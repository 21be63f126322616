"""Where a system is right and where it is wrong: by kind of mention and of text, and each error."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from ..spans import Document
from .pairs import Pairs, SpanTable
from .strict import divide

LENGTHS = (1, 2, 3, 4, 5, 7, 10, 15)
BINS = 10
NONE = "none"


def measure_seen(
    gold: Sequence[Document], table: SpanTable, hit: np.ndarray, known: Collection[tuple[str, str]]
) -> dict[str, dict[str, float]]:
    """Recall of gold mentions (surface, label) that are `known`, and of the others.

    Args:
        hit: shape (gold spans,), whether it was found strictly.
    """
    seen = np.array(
        [(gold[n].surface(s), s.label) in known for n, s in zip(table.document, table.spans)],
        dtype=bool,
    )
    return {
        name: {"support": int(chosen.sum()), "recall": _mean(hit[chosen])}
        for name, chosen in (("seen", seen), ("unseen", ~seen))
    }


def measure_lengths(table: SpanTable, hit: np.ndarray) -> list[dict[str, float]]:
    """Recall of gold spans by their length in characters, both `from` and `to` included.

    Lengths that no gold span has are left out; the last `to` is the longest there is.
    """
    lengths = table.end - table.start
    bins = np.searchsorted(LENGTHS, lengths, side="right") - 1
    last = max(int(lengths.max(initial=0)), LENGTHS[-1])
    rows = []
    for place, (low, high) in enumerate(zip(LENGTHS, [*(n - 1 for n in LENGTHS[1:]), last])):
        chosen = bins == place
        if chosen.any():
            counts = {"support": int(chosen.sum()), "recall": _mean(hit[chosen])}
            rows.append({"from": low, "to": high} | counts)
    return rows


def measure_groups(counts: np.ndarray, names: Sequence[str]) -> dict[str, dict[str, float]]:
    """F1 and support of units that share a name, from counts of shape (units, 3)."""
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    sums = np.zeros((len(places), 3), dtype=np.int64)
    np.add.at(sums, [places[name] for name in names], counts)
    f1 = divide(sums)[2].tolist()
    return {name: {"f1": f1[n], "support": int(sums[n, 2])} for name, n in places.items()}


def count_confusion(
    gold: SpanTable, predicted: SpanTable, pairs: Pairs, labels: Sequence[str]
) -> dict[str, dict[str, int]]:
    """How often a gold span of a label goes with a predicted one of a label, or with none.

    A label's row adds up to its gold spans, its column to its predicted ones.

    Args:
        pairs: chosen, so that no span comes twice.
    """
    width = len(labels)
    table = np.zeros((width + 1, width + 1), dtype=np.int64)
    np.add.at(table, (gold.label[pairs.gold], predicted.label[pairs.predicted]), 1)
    table[:width, width] = np.bincount(gold.label, minlength=width) - table[:width].sum(axis=1)
    of_predicted = np.bincount(predicted.label, minlength=width)
    table[width, :width] = of_predicted - table[:width, :width].sum(axis=0)
    names = [*labels, NONE]
    return {
        name: {other: count for other, count in zip(names, row) if count}
        for name, row in zip(names, table.tolist())
        if any(row)
    }


def count_boundaries(pairs: Pairs) -> dict[str, int]:
    """At which side the predicted spans of chosen pairs end inside gold or reach beyond it."""
    return {
        "too_short_left": int((pairs.left > 0).sum()),
        "too_long_left": int((pairs.left < 0).sum()),
        "too_short_right": int((pairs.right < 0).sum()),
        "too_long_right": int((pairs.right > 0).sum()),
    }


def measure_calibration(predicted: SpanTable, pairs: Pairs) -> dict[str, Any] | None:
    """Expected calibration error of the scores: how far they are from the share of right spans.

    Ten bins of equal width, each without its low end and with its high one, weighed by their
    spans (Guo et al. 2017, https://arxiv.org/abs/1706.04599). Empty bins are left out.

    Returns:
        None if there is no predicted span, or one without a score.

    Raises:
        ValueError: a score is not between 0 and 1.
    """
    scores = predicted.score
    if not len(scores) or np.isnan(scores).any():
        return None
    # A probability in single precision may end a little above 1.
    if scores.min() < 0 or scores.max() > 1 + 1e-6:
        raise ValueError("scores of spans must lie between 0 and 1")
    right = np.zeros(len(scores), dtype=bool)
    right[pairs.predicted[pairs.same_ends & pairs.same_label]] = True
    edges = np.linspace(0, 1, BINS + 1)
    numbers = np.digitize(scores, edges[1:-1], right=True)
    bins, error = [], 0.0
    for number in np.unique(numbers):
        chosen = numbers == number
        confidence, accuracy = _mean(scores[chosen]), _mean(right[chosen])
        error += abs(confidence - accuracy) * int(chosen.sum()) / len(scores)
        ends = {"low": round(float(edges[number]), 9), "high": round(float(edges[number + 1]), 9)}
        figures = {"confidence": confidence, "accuracy": accuracy, "count": int(chosen.sum())}
        bins.append(ends | figures)
    return {"ece": error, "bins": bins}


def list_errors(
    gold: Sequence[Document],
    wanted: SpanTable,
    found: SpanTable,
    pairs: Pairs,
    split_id: Callable[[str], tuple[str, int | None]],
) -> list[dict[str, Any]]:
    """Every span that is not right, alone or with the one it was taken for, as they stand.

    Kinds: `label` (same ends), `boundary` (same label), `both`, `missed`, `spurious`.

    Args:
        pairs: chosen, so that no span comes twice.
        split_id: article and number of a paragraph from a document's id.
    """
    wrong = pairs[~(pairs.same_ends & pairs.same_label)]
    kinds = np.where(wrong.same_ends, "label", np.where(wrong.same_label, "boundary", "both"))
    places = [*zip(kinds.tolist(), wrong.gold.tolist(), wrong.predicted.tolist())]
    places += [("missed", g, None) for g in _leave(len(wanted), pairs.gold)]
    places += [("spurious", None, p) for p in _leave(len(found), pairs.predicted)]

    def begin(place: tuple[str, int | None, int | None]) -> int:
        _, g, p = place
        return int(found.start[p] if g is None else wanted.start[g])

    errors = []
    for kind, g, p in sorted(places, key=begin):
        document = gold[wanted.document[g] if p is None else found.document[p]]
        article, paragraph = split_id(document.id)
        errors.append(
            {
                "kind": kind,
                "article": article,
                "paragraph": paragraph,
                "text": document.text,
                "gold": None if g is None else _describe(wanted, g),
                "predicted": None if p is None else _describe(found, p, scored=True),
                "raw": None,
            }
        )
    return errors


def _leave(many: int, chosen: np.ndarray) -> list[int]:
    return np.setdiff1d(np.arange(many), chosen).tolist()


def _describe(table: SpanTable, place: int, scored: bool = False) -> dict[str, Any]:
    span, score = table.spans[place], float(table.score[place])
    row = {"start": span.start, "end": span.end, "label": span.label}
    return row | {"score": None if np.isnan(score) else score} if scored else row


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0
