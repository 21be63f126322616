"""Pre-labels: what rules, a lexicon grown from gold and a model find, each with a score."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..scheme import PEOPLE
from ..spans import Document, Prediction, Span, split_paragraphs
from .rules import Surfaces, find_rules, judge_place

_OUTER = r"[\s，,。、；;：:！!？?“”‘’\"'《》〈〉「」【】\[\]]"
_BLANK = re.compile(_OUTER)
# Behind other words a name that begins like 市政府 is more often the end of a longer one, and
# before these a body's name goes on.
_FREE = re.compile(r"[^㐀-鿿]|[的在与和及是由向对从到把被让给为经据等同了请并]")
_BODY_GOES_ON = re.compile(
    "[㐀-鿿]{0,6}?(?:局|厅|委员会|公司|协会|分会|办公室|中心|学院|党组|党委)"
)
_INSIDE_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z]")
_LEAST_SHARE, _LEAST_SCORE = 0.9, 0.5

Model = Callable[[Sequence[str]], Sequence[Sequence[Prediction]]]
"""Spans of each text, as `jiqun.predict.Predictor` gives them."""


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
            if count >= _LEAST_SHARE * seen and not _touches(surface):
                entries[surface] = (label, (count + 0.5) / (seen + 1))
        return cls(entries)

    def find(self, text: str) -> Iterator[Prediction]:
        """Its surfaces in a text, ascending and flat, whole words and whole names only."""
        for start, end in self._surfaces.find(text):
            label, score = self.entries[text[start:end]]
            cut = any(edge and _INSIDE_WORD.match(text, edge - 1) for edge in (start, end))
            if label == "LOC":
                cut = cut or not judge_place(text, text[start:end], end)
            elif label == "ORG":
                cut = cut or bool(_BODY_GOES_ON.match(text, end))
                cut = cut or (start > 0 and end - start < 5 and not _FREE.match(text[start - 1]))
            if not cut:
                yield Prediction(Span(start, end, label), score)


def prelabel(
    text: str,
    lexicon: Lexicon | None = None,
    model: Model | None = None,
    places: Surfaces | None = None,
) -> list[Prediction]:
    """The mentions of a text, ascending and flat, each with a score from 0 to 1.

    Of spans that overlap the longest stands, of equally long ones the likeliest. What several
    sources find alike is as likely as that not all of them err. Neighbours stay apart.

    Args:
        model: is given the text paragraph by paragraph.
        places: see `jiqun.annotation.rules.find_rules`.
    """
    found = find_rules(text, places)
    if lexicon:
        found += lexicon.find(text)
    if model:
        found += mark(text, model)
    return combine(text, found)


def mark(text: str, model: Model) -> list[Prediction]:
    """What a model finds in a text, paragraph by paragraph, offsets in the whole."""
    paragraphs = list(split_paragraphs(Document("", text)))
    predictions = model([paragraph.text for _, paragraph in paragraphs])
    return [
        Prediction(Span(offset + p.span.start, offset + p.span.end, p.span.label), p.score)
        for (offset, _), spans in zip(paragraphs, predictions, strict=True)
        for p in spans
    ]


def combine(text: str, found: Iterable[Prediction]) -> list[Prediction]:
    """Spans that may overlap as flat ones, without the white space and punctuation around them."""
    doubt: dict[Span, float] = {}
    for one in found:
        if span := _strip(text, one.span):
            doubt[span] = doubt.get(span, 1.0) * (1 - one.score)
    taken, kept = bytearray(len(text)), []
    for span in sorted(doubt, key=lambda s: (s.start - s.end, doubt[s], s)):
        if 1 not in taken[span.start : span.end]:
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)
            kept.append(Prediction(span, 1 - doubt[span]))
    return sorted((one for one in kept if one.score >= _LEAST_SCORE), key=lambda one: one.span)


def _touches(surface: str) -> bool:
    return bool(_BLANK.match(surface) or _BLANK.match(surface[-1]))


def _strip(text: str, span: Span) -> Span | None:
    start, end = span.start, span.end
    while start < end and _BLANK.match(text[start]):
        start += 1
    while start < end and _BLANK.match(text[end - 1]):
        end -= 1
    return Span(start, end, span.label) if start < end else None


def measure_left_out(
    documents: Sequence[Document], folds: int | None = None, places: Surfaces | None = None
) -> dict[str, dict[str, dict[str, float]]]:
    """How well documents are pre-labelled by what was learnt from the others, without a model.

    Args:
        folds: into how many parts the documents are dealt, each left out in turn; each document
            is its own if None.

    Returns:
        Under `rules`, `lexicon` and `both`, by label: strict `precision`, `recall` and `f1` (0 to
        1; precision is 1 where nothing was found) and `support`, the number of gold spans.
    """
    folds = folds or len(documents)
    found: dict[str, list[tuple[set[Span], set[Span]]]] = defaultdict(list)
    for fold in range(folds):
        lexicon = Lexicon.grow(d for n, d in enumerate(documents) if n % folds != fold)
        for document in documents[fold::folds]:
            text, gold = document.text, set(document.spans)
            rules, words = find_rules(text, places), list(lexicon.find(text))
            for name, spans in (("rules", rules), ("lexicon", words), ("both", rules + words)):
                found[name].append((gold, {one.span for one in combine(text, spans)}))
    labels = sorted({span.label for document in documents for span in document.spans})
    return {
        name: {label: _score(pairs, label) for label in labels} for name, pairs in found.items()
    }


def _score(pairs: Iterable[tuple[set[Span], set[Span]]], label: str) -> dict[str, float]:
    right = gold = made = 0
    for true, found in pairs:
        right += sum(span.label == label for span in true & found)
        gold += sum(span.label == label for span in true)
        made += sum(span.label == label for span in found)
    return {
        "precision": right / made if made else 1.0,
        "recall": right / gold if gold else 0.0,
        "f1": 2 * right / (gold + made) if gold + made else 0.0,
        "support": gold,
    }
