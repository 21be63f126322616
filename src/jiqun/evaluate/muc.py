"""The classes of MUC-5 (Chinchor & Sundheim 1993): spans that are half right, told apart."""

from collections.abc import Sequence

import numpy as np

from .pairs import Pairs, SpanTable, choose
from .strict import divide

MODES = ("exact", "partial", "type", "strict")


def measure_muc(
    gold: SpanTable, predicted: SpanTable, pairs: Pairs, labels: Sequence[str]
) -> dict[str, dict[str, dict[str, float]]]:
    """Correct, incorrect, partial, missed and spurious spans, and rates in which partial is half.

    What counts as correct: `exact` the same ends, `type` the same label, `strict` both; `partial`
    as `exact`, but other ends are partial instead of incorrect. Predicted spans are gone through
    in order, and each goes with the first gold span it overlaps that is still free; under `type`
    with the nearest one of its label before that.

    Under a label only its own spans of both sides are looked at: a wrong label is missed and
    spurious there, and the labels need not add up to `micro`.

    Counts are those of nervaluate 1.2.1 given inclusive ends, but for its demand that a hundredth
    of a gold span is covered. Given half-open ends it takes neighbours to overlap.

    Args:
        pairs: all that overlap.

    Returns:
        Under each mode, the labels and then `micro`.
    """
    width = len(labels)
    own = pairs[pairs.same_label]
    by_label = _count(own, gold.label, predicted.label, width)
    together = (np.zeros(len(table), dtype=np.int64) for table in (gold, predicted))
    counts = np.concatenate([by_label, _count(pairs, *together, 1)], axis=1)
    return {
        mode: {
            name: _describe(*row, partial=mode == "partial")
            for name, row in zip([*labels, "micro"], rows)
        }
        for mode, rows in zip(MODES, counts.tolist())
    }


def _count(pairs: Pairs, of_gold: np.ndarray, of_predicted: np.ndarray, many: int) -> np.ndarray:
    """Spans that are correct, overlap otherwise, are missed, are spurious.

    Args:
        of_gold, of_predicted: shape (spans,), the group of each span, below `many`.

    Returns:
        Counts of shape (modes, many, 4).
    """
    apart = np.where(pairs.same_label, np.abs(pairs.left) + np.abs(pairs.right), 0)
    by_order = choose(pairs, pairs.predicted)
    by_label = choose(pairs, pairs.predicted, ~pairs.same_label, apart)
    result = []
    for mode in MODES:
        chosen = by_label if mode == "type" else by_order
        correct = chosen.same_label if mode == "type" else chosen.same_ends
        if mode == "strict":
            correct = correct & chosen.same_label
        group = of_gold[chosen.gold]
        right = np.bincount(group[correct], minlength=many)
        other = np.bincount(group[~correct], minlength=many)
        missed = np.bincount(of_gold, minlength=many) - right - other
        spurious = np.bincount(of_predicted, minlength=many) - right - other
        result.append(np.stack([right, other, missed, spurious], axis=-1))
    return np.array(result)


def _describe(
    correct: int, other: int, missed: int, spurious: int, partial: bool
) -> dict[str, float]:
    value = correct + other / 2 if partial else correct
    counts = np.array([value, correct + other + spurious, correct + other + missed])
    precision, recall, f1 = (float(rate) for rate in divide(counts))
    return {
        "correct": correct,
        "incorrect": 0 if partial else other,
        "partial": other if partial else 0,
        "missed": missed,
        "spurious": spurious,
        "precision": precision,
        "recall": recall,
        "f1": f1,
    }
