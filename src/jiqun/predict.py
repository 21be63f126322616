"""A trained model on texts: spans with a score each, at offsets that hold in the text given."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from .annotation.prelabel import mark
from .errors import InputError
from .seeds.restore import Article
from .spans import Prediction, Span, decode_tags
from .train import recurrent  # noqa: F401 registers what Auto classes would not know
from .train.encode import encode
from .train.windows import merge_windows

MAX_LENGTH, OVERLAP = 512, 64


class Predictor:
    """A token-classification model from a folder or a hub, ready to mark texts.

    Args:
        path: folder or hub id, loaded with `AutoModelForTokenClassification`.
        batch_size: windows at a time.

    Raises:
        InputError: there is no such model, or its labels are not IOB2 tags.
    """

    def __init__(self, path: Path | str, batch_size: int = 32):
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(path)
            self.model = AutoModelForTokenClassification.from_pretrained(path).eval()
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise InputError(
                f"{path}: no model there ({reason}); train one with `jiqun train`."
            ) from None
        self.tags = [self.model.config.id2label[n] for n in range(self.model.config.num_labels)]
        if not all(tag == "O" or tag[:2] in ("B-", "I-") for tag in self.tags):
            raise InputError(
                f"{path}: its labels {self.tags} are not IOB2 tags; use another model."
            )
        self.inside = np.array([tag.startswith("I-") for tag in self.tags])
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(self.device)
        self.batch_size = batch_size
        positions = getattr(self.model.config, "max_position_embeddings", None) or MAX_LENGTH
        self.max_length = min(MAX_LENGTH, positions, self.tokenizer.model_max_length)

    def __call__(self, texts: Sequence[str]) -> list[list[Prediction]]:
        """The spans of each text, ascending and flat, offsets in code points of that text.

        A span's score is the lowest probability that the model gave to one of its tags.
        """
        overlap = min(OVERLAP, self.max_length // 4)
        windows, offsets = encode(self.tokenizer, texts, self.max_length, overlap)
        values = self._run(windows)
        by_text: list[list[int]] = [[] for _ in texts]
        for number, window in enumerate(windows):
            by_text[window.text].append(number)
        return [
            self._decode(
                merge_windows([windows[n] for n in own], [values[n] for n in own], self.inside),
                offsets[text],
            )
            for text, own in enumerate(by_text)
        ]

    @torch.inference_mode()
    def _run(self, windows) -> list[np.ndarray]:
        """Class probabilities of each window's text tokens, shape (tokens, classes)."""
        order = sorted(range(len(windows)), key=lambda n: len(windows[n].input_ids))
        values: list[np.ndarray] = [np.empty(0)] * len(windows)
        for start in range(0, len(order), self.batch_size):
            numbers = order[start : start + self.batch_size]
            batch = self.tokenizer.pad(
                {"input_ids": [windows[n].input_ids for n in numbers]}, return_tensors="pt"
            ).to(self.device)
            probabilities = self.model(**batch).logits.float().softmax(-1).cpu().numpy()
            for row, number in zip(probabilities, numbers):
                content = windows[number].content
                values[number] = row[: len(content)][content]
        return values

    def _decode(self, probabilities: np.ndarray, offsets: np.ndarray) -> list[Prediction]:
        best = probabilities.argmax(-1)
        chosen = np.take_along_axis(probabilities, best[:, None], -1)[:, 0]
        predictions, position = [], 0
        for tokens in decode_tags([self.tags[n] for n in best]):
            start, end = int(offsets[tokens.start, 0]), int(offsets[tokens.end - 1, 1])
            # Byte-level tokens may begin in the midst of a character that is taken already.
            if position <= start < end:
                score = float(chosen[tokens.start : tokens.end].min())
                predictions.append(Prediction(Span(start, end, tokens.label), score))
                position = end
        return predictions


def predict_article(predictor: Predictor, article: Article) -> list[Prediction]:
    """The spans of a restored article, paragraph by paragraph, offsets in its text."""
    return mark(article.text, predictor)


def describe(article: Article, predictions: Sequence[Prediction]) -> dict[str, Any]:
    """An article's spans as `jiqun predict` prints them, each with its place in text and in raw."""
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
                "raw_start": raw_start,
                "raw_end": raw_end,
            }
        )
    return {"id": article.id, "text": article.text, "spans": spans}
