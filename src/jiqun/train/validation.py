"""Strict scores while a model trains, against all gold of its validation documents."""

from collections import Counter
from collections.abc import Sequence

import datasets
import numpy as np
from transformers import EvalPrediction

from ..spans import Document, Span, decode_tags
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
        self.tags = tags
        self.labels = list(dict.fromkeys(tag[2:] for tag in tags if tag != "O"))
        self.names = ["f1", "precision", "recall", *(f"f1_{label}" for label in self.labels)]
        self.inside = np.array([tag.startswith("I-") for tag in tags])
        order = sorted(range(len(windows)), key=lambda n: len(windows[n].input_ids))
        self.windows = [windows[n] for n in order]
        self.dataset = datasets.Dataset.from_list([examples[n] for n in order])

    def __call__(self, prediction: EvalPrediction) -> dict[str, float]:
        """Strict precision, recall and F1 of all spans, and F1 by label, from 0 to 1.

        Args:
            prediction: the best class of each token, shape (examples, tokens), in the order of
                `dataset`.
        """
        own: list[list[tuple[Window, np.ndarray]]] = [[] for _ in self.documents]
        chosen = np.eye(len(self.tags), dtype=bool)
        for window, classes in zip(self.windows, prediction.predictions, strict=True):
            classes = classes[: len(window.content)][window.content]
            own[window.text].append((window, chosen[classes]))
        right, found, gold = Counter(), Counter(), Counter()
        for document, offsets, parts in zip(self.documents, self.offsets, own):
            # Windows of one text differ in where they begin.
            parts.sort(key=lambda part: part[0].first)
            windows, values = zip(*parts)
            merged = merge_windows(windows, values, self.inside).argmax(-1)
            spans = set(find_spans([self.tags[n] for n in merged], offsets))
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


def find_spans(tags: Sequence[str], offsets: np.ndarray) -> list[Span]:
    """The spans that tags of tokens mark, in the offsets of the text, shape (tokens, 2)."""
    spans, position = [], 0
    for tokens in decode_tags(tags):
        start, end = int(offsets[tokens.start, 0]), int(offsets[tokens.end - 1, 1])
        # Byte-level tokens may begin in the midst of a character that is taken already.
        if position <= start < end:
            spans.append(Span(start, end, tokens.label))
            position = end
    return spans
