"""Figures for predicted spans against gold ones."""

import warnings
from collections.abc import Sequence

from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from ..spans import Document, encode_tags


def score(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, dict]:
    """Strict span scores: a span counts only with its exact characters and label.

    Computed by seqeval on IOB2 tags in strict mode, a tag a character (Nakayama 2018,
    https://github.com/chakki-works/seqeval).

    Args:
        gold, predicted: the same texts in the same order.

    Returns:
        `precision`, `recall`, `f1` (0 to 1) and `support` (gold spans) under each label, sorted by
        name, then under `micro` and `macro`. A label that neither side has is not listed; without
        any span at all there are `micro` and `macro` alone, all zero.

    Raises:
        ValueError: the texts differ.
    """
    if [d.text for d in gold] != [d.text for d in predicted]:
        raise ValueError("gold and predicted documents must hold the same texts in the same order")
    tags = [[encode_tags(d.spans, len(d.text)) for d in side] for side in (gold, predicted)]
    if not any(document.spans for side in (gold, predicted) for document in side):
        empty = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
        return {"micro": empty, "macro": dict(empty)}
    with warnings.catch_warnings():
        # A label that is never predicted scores zero; seqeval need not warn of it each time.
        warnings.simplefilter("ignore")
        report = classification_report(
            *tags, output_dict=True, mode="strict", scheme=IOB2, zero_division=0
        )
    report.pop("weighted avg")
    return {
        name.removesuffix(" avg"): {
            "precision": float(row["precision"]),
            "recall": float(row["recall"]),
            "f1": float(row["f1-score"]),
            "support": int(row["support"]),
        }
        for name, row in report.items()
    }
