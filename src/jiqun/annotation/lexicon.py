"""Names that mean one thing wherever they stand, learnt from labelled text."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from ..scheme import PEOPLE
from ..spans import Document, Prediction, Span
from .rules import judge_place
from .surfaces import Surfaces

OUTER = re.compile(r"[\s，,。、；;：:！!？?“”‘’\"'《》〈〉「」【】\[\]]")
"""A character that no name begins or ends with."""
# Behind other words a name that begins like 市政府 is more often the end of a longer one, and
# before these a body's name goes on.
_FREE = re.compile(r"[^㐀-鿿]|[的在与和及是由向对从到把被让给为经据等同了请并]")
_BODY_GOES_ON = re.compile(
    "[㐀-鿿]{0,6}?(?:局|厅|委员会|公司|协会|分会|办公室|中心|学院|党组|党委)"
)
_INSIDE_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z]")
_LEAST_SHARE = 0.9


class Lexicon:
    """Surfaces that mean one thing wherever they stand.

    Attributes:
        entries: by surface its label and its score.
    """

    def __init__(self, entries: dict[str, tuple[str, float]]):
        self.entries = entries
        self._surfaces = Surfaces(entries)

    @classmethod
    def grow(cls, documents: Iterable[Document]) -> "Lexicon":
        """The surfaces of labelled documents that nearly always carry their label there.

        Left out: amounts, names of people under three characters, anything of one character, and
        what is labelled less than nine times in ten that it stands in the documents outside of
        longer surfaces. The score is that share, less for what was seen but a few times: with k
        of n labelled, (k + 1/2) / (n + 1).
        """
        documents = list(documents)
        labels: dict[str, Counter[str]] = defaultdict(Counter)
        for document in documents:
            for span in document.spans:
                surface = document.surface(span)
                least = 3 if span.label in PEOPLE else 2
                if span.label != "FIGURE" and len(surface) >= least:
                    labels[surface][span.label] += 1
        found: Counter[str] = Counter()
        surfaces = Surfaces(labels)
        for document in documents:
            found.update(document.text[start:end] for start, end in surfaces.find(document.text))
        entries = {}
        for surface, counts in sorted(labels.items()):
            label, count = counts.most_common(1)[0]
            seen = max(found[surface], counts.total())
            if count >= _LEAST_SHARE * seen and not (
                OUTER.match(surface) or OUTER.match(surface[-1])
            ):
                entries[surface] = (label, (count + 0.5) / (seen + 1))
        return cls(entries)

    def find(self, text: str) -> Iterator[Prediction]:
        """Its surfaces in a text, ascending and flat, whole words and whole names only."""
        for start, end in self._surfaces.find(text):
            label, score = self.entries[text[start:end]]
            cut = cuts_word(text, start, end)
            if label == "LOC":
                cut = cut or not judge_place(text, text[start:end], end)
            elif label == "ORG":
                cut = cut or bool(_BODY_GOES_ON.match(text, end))
                cut = cut or (start > 0 and end - start < 5 and not _FREE.match(text[start - 1]))
            if not cut:
                yield Prediction(Span(start, end, label), score)


def cuts_word(text: str, start: int, end: int) -> bool:
    """Whether a range begins or ends in the midst of a word of Latin letters or a number."""
    return any(edge and _INSIDE_WORD.match(text, edge - 1) for edge in (start, end))
