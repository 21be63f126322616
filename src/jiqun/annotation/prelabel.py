"""Pre-labels: what rules, a lexicon grown from gold and a model find, each with a score."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from ..files import read_json
from ..scheme import PEOPLE
from ..spans import Document, Prediction, Span, split_paragraphs
from .discourse import unify
from .lexicon import OUTER, Lexicon
from .rules import find_rules
from .surfaces import Surfaces
from .tasks import add_prediction

RUN = "run.json"
_POST = re.compile(
    "(?:副?(?:书记|[部局厅处科省市县区镇乡院校所厂会]长|主任|主席|理事长|秘书长|董事长|总经理)|"
    "常委|委员)$"
)

_LEAST_SCORE = 0.5
LEAST_ALONE = 0.95
"""How sure a model must be of what rules and lexicon do not find: longer spans displace theirs."""

Model = Callable[[Sequence[str]], Sequence[Sequence[Prediction]]]
"""Spans of each text, as `jiqun.predict.Predictor` gives them."""


@dataclass(frozen=True, slots=True)
class Prelabeller:
    """Marks texts by rules, by a lexicon and by a model, or by those of them that it is given.

    Attributes:
        rules: whether to mark by rules.
        places: see `jiqun.annotation.rules.find_rules`.
        model: is given a text paragraph by paragraph.
        name: what to call the model.
        least_alone: how sure the model must be of what no other source finds.
    """

    rules: bool = True
    places: Surfaces | None = None
    lexicon: Lexicon | None = None
    model: Model | None = None
    name: str = "model"
    least_alone: float = LEAST_ALONE

    @property
    def version(self) -> str:
        """What marks: `rules+lexicon`, for instance."""
        found = {"rules": self.rules, "lexicon": self.lexicon, self.name: self.model}
        return "+".join(name for name, there in found.items() if there) or "nothing"

    def find(self, text: str) -> dict[str, list[Prediction]]:
        """What each source takes for a mention; such spans may overlap.

        Of a model's that is what it is sure of, and what it finds like another source.
        """
        found = {}
        if self.rules:
            found["rules"] = find_rules(text, self.places)
        if self.lexicon:
            found["lexicon"] = list(self.lexicon.find(text))
        if self.model:
            others = {one.span for spans in found.values() for one in spans}
            amounts = bytearray(len(text))
            for span in others:
                if span.label == "FIGURE":
                    amounts[span.start : span.end] = b"\x01" * (span.end - span.start)
            found[self.name] = [
                one
                for one in mark(text, self.model)
                if one.span in others
                or (one.score >= self.least_alone and _is_likely(text, one.span, amounts))
            ]
        return found

    def __call__(self, text: str) -> list[Prediction]:
        """The mentions of a text, ascending and flat, each with a score from 0 to 1.

        Of spans that overlap the longest stands, of equally long ones the likeliest. What several
        sources find alike is as likely as that not all of them err. Neighbours stay apart. In the
        end mentions of one name are made alike: see `jiqun.annotation.discourse`.
        """
        return unify(text, combine(text, chain.from_iterable(self.find(text).values())))


def _is_likely(text: str, span: Span, amounts: bytearray) -> bool:
    """Whether what the model alone finds can be right: rules know amounts better than it does, and
    the forms of address by which a person is called by one character.

    Args:
        amounts: 1 for each character of the text that is part of an amount by the other sources.
    """
    if span.label == "FIGURE":
        return 1 not in amounts[span.start : span.end]
    return span.label not in PEOPLE or len(text[span.start : span.end].strip()) > 1


def mark(text: str, model: Model) -> list[Prediction]:
    """What a model finds in a text, paragraph by paragraph, offsets in the whole."""
    paragraphs = list(split_paragraphs(Document("", text)))
    predictions = model([paragraph.text for _, paragraph in paragraphs])
    return [
        p.shift(offset)
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


def _strip(text: str, span: Span) -> Span | None:
    start, end = span.start, span.end
    while start < end and OUTER.match(text[start]):
        start += 1
    while start < end and OUTER.match(text[end - 1]):
        end -= 1
    if span.label == "ORG" and (post := _POST.search(text, start, end)):
        end = post.start()
    return Span(start, end, span.label) if start < end else None


def prelabel_tasks(
    tasks: Iterable[dict[str, Any]], prelabeller: Prelabeller, known: Iterable[Document]
) -> tuple[list[dict[str, Any]], Counter[str], int]:
    """Tasks with pre-labels as their only prediction.

    Args:
        known: labelled documents; its lexicon, if it has one, grows from those of other articles.

    Returns:
        The tasks, their pre-labels counted by label, and how many documents were learnt from.
    """
    tasks, counts = list(tasks), Counter()
    articles = {task["data"]["article"] for task in tasks}
    known = [document for document in known if document.id not in articles]
    if prelabeller.lexicon:
        prelabeller = replace(prelabeller, lexicon=Lexicon.grow(known))
    marked = []
    for task in tasks:
        found = prelabeller(task["data"]["text"])
        counts.update(one.span.label for one in found)
        spans, scores = [one.span for one in found], [one.score for one in found]
        marked.append(add_prediction(task, spans, scores, prelabeller.version))
    return marked, counts, len(known) if prelabeller.lexicon else 0


def explain_refusal(model: Path | str, documents: Iterable[Document]) -> str | None:
    """Why a model cannot be measured on `documents`; None if it says that it never saw them.

    `jiqun train` lists the articles in the model's `run.json`.
    """
    path = Path(model, RUN)
    seen = read_json(path).get("articles") if path.is_file() else None
    if not isinstance(seen, list):
        return f"{model} does not say in {RUN} what it was trained on"
    if known := sorted({document.id for document in documents} & set(seen)):
        return f"{model} was trained on {known[0]}, which is measured here"
    return None


def measure_left_out(
    documents: Sequence[Document],
    prelabeller: Prelabeller,
    known: Sequence[Document] = (),
    folds: int | None = None,
) -> dict[str, dict[str, dict[str, float | None]]]:
    """How well documents are pre-labelled by what was learnt from others.

    Args:
        prelabeller: its lexicon, if it has one, is grown anew for each fold; its model must not
            have been trained on the documents.
        known: documents that the lexicon always grows from.
        folds: into how many parts the documents are dealt, each left out in turn; each document
            is its own if None.

    Returns:
        By source, and under `together`, by label: strict `precision` (None where nothing was
        found), `recall` and `f1`, 0 to 1, and `support`, the number of gold spans.
    """
    folds = folds or len(documents)
    pairs: dict[str, list[tuple[set[Span], set[Span]]]] = defaultdict(list)
    for fold in range(folds):
        if prelabeller.lexicon:
            others = (d for n, d in enumerate(documents) if n % folds != fold)
            prelabeller = replace(prelabeller, lexicon=Lexicon.grow([*others, *known]))
        for document in documents[fold::folds]:
            found = prelabeller.find(document.text)
            found["together"] = list(chain.from_iterable(found.values()))
            for name, spans in found.items():
                kept = {one.span for one in unify(document.text, combine(document.text, spans))}
                pairs[name].append((set(document.spans), kept))
    labels = sorted({span.label for document in documents for span in document.spans})
    return {
        name: {label: _score(found, label) for label in labels} for name, found in pairs.items()
    }


def _score(pairs: Iterable[tuple[set[Span], set[Span]]], label: str) -> dict[str, float | None]:
    right = gold = made = 0
    for true, found in pairs:
        right += sum(span.label == label for span in true & found)
        gold += sum(span.label == label for span in true)
        made += sum(span.label == label for span in found)
    return {
        "precision": right / made if made else None,
        "recall": right / gold if gold else 0.0,
        "f1": 2 * right / (gold + made) if gold + made else 0.0,
        "support": gold,
    }
