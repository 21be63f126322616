"""Strict figures: a span counts only with its exact characters and its label."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..scheme import PEOPLE
from .pairs import Pairs, SpanTable
from .significance import RESAMPLES, find_interval, resample

FOLDED = "PER"


def count_by_unit(
    gold: SpanTable, predicted: SpanTable, pairs: Pairs, labels: Sequence[str], units: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """What strict figures are made of.

    Args:
        units: shape (texts,), which unit (article, paragraph) a text belongs to.

    Returns:
        Counts of shape (units, columns, 3): spans that are right, predicted, and gold; and the
        names of the columns: the labels, `PER` if one of its labels is there, `micro`.
    """
    many, width = int(units.max(initial=-1)) + 1, len(labels)
    ends = pairs[pairs.same_ends]
    right = ends.gold[ends.same_label]

    def count(table: SpanTable, chosen: Any = slice(None)) -> np.ndarray:
        cells = units[table.document[chosen]] * width + table.label[chosen]
        return np.bincount(cells, minlength=many * width).reshape(many, width)

    counts = np.stack([count(gold, right), count(predicted), count(gold)], axis=-1)
    parts, columns = [counts], list(labels)
    people = np.isin(labels, PEOPLE)
    if people.any() and FOLDED not in labels:
        folded = counts[:, people].sum(axis=1)
        both = people[gold.label[ends.gold]] & people[predicted.label[ends.predicted]]
        folded[:, 0] = np.bincount(units[gold.document[ends.gold[both]]], minlength=many)
        parts.append(folded[:, None])
        columns.append(FOLDED)
    parts.append(counts.sum(axis=1, keepdims=True))
    return np.concatenate(parts, axis=1), [*columns, "micro"]


def divide(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 from counts of shape (…, 3): right, predicted, gold."""
    right, predicted, gold = np.moveaxis(np.asarray(counts), -1, 0)
    # The steps are seqeval's, so that the last digit is too.
    precision = right / np.where(predicted == 0, 1, predicted)
    recall = right / np.where(gold == 0, 1, gold)
    total = precision + recall
    return precision, recall, 2 * precision * recall / np.where(total == 0, 1, total)


def measure_strict(
    counts: np.ndarray,
    columns: Sequence[str],
    labels: Sequence[str],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, dict[str, Any]]:
    """Precision, recall, F1 with its 95% interval, and support, from `count_by_unit`'s counts.

    A resample in which a label has no span at all says nothing of that label, and leaves it out of
    its macro average.
    """
    sums = counts.sum(axis=0)
    rates, width = divide(sums), len(labels)
    macro = [float(np.average(rate[:width])) if width else 0.0 for rate in rates]
    intervals = [None] * (len(columns) + 1)
    if resamples and len(counts) > 1 and width:
        drawn = resample(counts, seed, resamples)
        with np.errstate(invalid="ignore"):
            f1 = 2 * drawn[..., 0] / (drawn[..., 1] + drawn[..., 2])
        there = ~np.isnan(f1[:, :width])
        total = np.where(there, f1[:, :width], 0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            mean = total / there.sum(axis=1)
        intervals = [find_interval(column) for column in (*f1.T, mean)]
    rows = [*zip(columns, np.transpose(rates).tolist(), sums[:, 2].tolist(), intervals)]
    rows.append(("macro", macro, int(sums[-1, 2]), intervals[-1]))
    return {
        name: {
            "precision": row[0],
            "recall": row[1],
            "f1": row[2],
            "support": support,
            "interval": None if interval is None else list(interval),
        }
        for name, row, support, interval in rows
    }
