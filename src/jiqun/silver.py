"""What a model that has learnt something says of unlabelled texts, for the next one to learn."""

from collections.abc import Sequence
from pathlib import Path

from .predict import Predictor, Reader
from .spans import Prediction

LEAST_DOUBT = 0.03
"""A span that is less likely right than this is none."""


class SilverReader:
    """A `Reader` that says what it doubts, too; each process loads the model for itself."""

    def __init__(self, path: Path | str):
        self.path = path
        self.found: list[list[Prediction]] = []
        self.predictor = self.reader = None

    def __reduce__(self) -> tuple:
        return SilverReader, (self.path,)

    def __call__(self, texts: Sequence[str]) -> list[tuple[list[Prediction], list[Prediction]]]:
        """For each text, of one line, what a `Reader` finds, and all that the model may mean."""
        if self.predictor is None:
            self.predictor = Predictor(self.path, least_score=LEAST_DOUBT)
            self.reader = Reader(lambda _: iter(self.found))
        self.found = self.predictor(texts)
        return list(zip(self.reader(texts), self.found, strict=True))
