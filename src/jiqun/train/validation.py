"""Strict scores while a model trains, against all gold of its validation documents."""

from collections import Counter
from collections.abc import Sequence

import datasets
import numpy as np
from transformers import EvalPrediction

from ..spans import Document, Span
from .decode import Grammar
from .windows import Window, merge_windows


class Validation:
    """Documents that a training is watched by, as what the Trainer evaluates on.

    Args:
        windows, offsets: what `encode` makes of the documents' texts.
        examples: the windows with a class a token.
        tags: the IOB2 tags that number the classes.

    Attributes:
        dataset: the examples by length, so that batches hold little padding.
        names: of the scores.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        windows: Sequence[Window],
        offsets: Sequence[np.ndarray],
        examples: Sequence[dict],
        tags: Sequence[str],
    ):
        self.documents = documents
        self.offsets = offsets
        self.grammar = Grammar(tags)
        self.labels = list(dict.fromkeys(filter(None, self.grammar.labels)))
        self.names = ["f1", "precision", "recall", *(f"f1_{label}" for label in self.labels)]
        order = sorted(range(len(windows)), key=lambda n: len(windows[n].input_ids))
        self.windows = [windows[n] for n in order]
        self.dataset = datasets.Dataset.from_list([examples[n] for n in order])

    def __call__(self, prediction: EvalPrediction) -> dict[str, float]:
        """Strict precision, recall and F1 of all spans, and F1 by label, from 0 to 1.

        Args:
            prediction: logits of shape (examples, tokens, tags), in the order of `dataset`.
        """
        own: list[list[tuple[Window, np.ndarray]]] = [[] for _ in self.documents]
        for window, logits in zip(self.windows, prediction.predictions, strict=True):
            own[window.text].append((window, logits[: len(window.content)][window.content]))
        right, found, gold = Counter(), Counter(), Counter()
        for document, offsets, parts in zip(self.documents, self.offsets, own):
            # Windows of one text differ in where they begin.
            parts.sort(key=lambda part: part[0].first)
            spans = self._find_spans(*zip(*parts), offsets)
            found.update(span.label for span in spans)
            gold.update(span.label for span in document.spans)
            right.update(span.label for span in spans & set(document.spans))
        scores = {
            f"f1_{label}": 2 * right[label] / max(found[label] + gold[label], 1)
            for label in self.labels
        }
        precision = right.total() / max(found.total(), 1)
        recall = right.total() / max(gold.total(), 1)
        f1 = 2 * right.total() / max(found.total() + gold.total(), 1)
        return {"precision": precision, "recall": recall, "f1": f1} | scores

    def _find_spans(
        self, windows: Sequence[Window], logits: Sequence[np.ndarray], offsets: np.ndarray
    ) -> set[Span]:
        """The spans of one text, decoded as the trained model will be."""
        values = merge_windows(windows, logits, self.grammar.inside)
        path = self.grammar.find_path(values, np.zeros(min(1, len(values)), int))
        firsts, lasts = self.grammar.find_spans(path)
        spans, position = set(), 0
        for first, last in zip(firsts.tolist(), lasts.tolist()):
            start, end = int(offsets[first, 0]), int(offsets[last - 1, 1])
            # Byte-level tokens may begin in the midst of a character that is taken already.
            if position <= start < end:
                spans.add(Span(start, end, self.grammar.labels[path[first]]))
                position = end
        return spans
