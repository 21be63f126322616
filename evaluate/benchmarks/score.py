"""Scoring: strict figures beside seqeval, MUC's classes beside nervaluate.

    python evaluate/benchmarks/score.py [--quick]

The gold are paragraphs of composed articles, the predictions the same with spans lost, invented,
moved by a character or given another label, by a fixed seed. Each takes what is its own: ours
documents, seqeval tags, nervaluate objects with inclusive ends; making these is not timed. `score`
runs beside seqeval; beside nervaluate `measure`, without its intervals but with everything else
that it reports. nervaluate is no dependency: without it, it is left out by name.
"""

import random
import warnings
from functools import partial
from importlib.util import find_spec
from typing import Any

from articles import read_labels, read_paragraphs
from race import print_alone, race
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from jiqun.evaluate.metrics import measure as measure_all
from jiqun.evaluate.metrics import score
from jiqun.spans import Document, Span, encode_tags

PARAGRAPHS, ROUNDS = 10_000, 5
_NERVALUATE = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}


def measure(quick: bool) -> dict[str, Any]:
    """Speed beside each peer, and whether its figures are ours."""
    gold = read_paragraphs(200 if quick else PARAGRAPHS)
    predicted = spoil(gold, read_labels().names)
    rounds = 1 if quick else ROUNDS
    tags = [[encode_tags(d.spans, len(d.text)) for d in side] for side in (gold, predicted)]
    theirs = partial(report, *tags)
    speed = race(partial(score, gold, predicted), {"seqeval": theirs}, len(gold), "texts", rounds)
    agrees = {"seqeval": score(gold, predicted) == theirs()}
    skipped = []
    if find_spec("nervaluate"):
        spans = [
            [
                [{"label": s.label, "start": s.start, "end": s.end - 1} for s in d.spans]
                for d in side
            ]
            for side in (gold, predicted)
        ]
        theirs = partial(evaluate, *spans, read_labels().names)
        ours = partial(measure_all, gold, predicted, resamples=0)
        speed |= race(ours, {"nervaluate": theirs}, len(gold), "texts", rounds)
        agrees |= compare_classes(ours()["muc"], theirs())
    else:
        skipped.append("nervaluate is not installed")
    count = sum(len(document.spans) for document in gold)
    return {
        "texts": len(gold),
        "spans_of_gold": count,
        "speed": speed,
        "agrees": agrees,
        "skipped": skipped,
    }


def spoil(gold: list[Document], labels: list[str]) -> list[Document]:
    """Predictions of a middling system, by a fixed seed."""
    chance = random.Random(0)
    predicted = []
    for document in gold:
        spans, position = [], 0
        for span in document.spans:
            start, end, label = span.start, span.end, span.label
            what = chance.random()
            if what < 0.1:
                continue
            if what < 0.2:
                start, end = start + chance.choice((-1, 0, 1)), end + chance.choice((-1, 0, 1))
            elif what < 0.3:
                label = chance.choice(labels)
            elif what < 0.35 and start - position > 2:
                spans.append(Span(position, position + 2, chance.choice(labels)))
                position += 2
            if position <= start < end <= len(document.text):
                spans.append(Span(start, end, label))
                position = end
        predicted.append(Document(document.id, document.text, tuple(spans)))
    return predicted


def report(gold: list[list[str]], predicted: list[list[str]]) -> dict[str, dict[str, Any]]:
    """seqeval's strict report, under our names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = classification_report(
            gold, predicted, output_dict=True, mode="strict", scheme=IOB2, zero_division=0
        )
    del rows["weighted avg"]
    return {
        name.removesuffix(" avg"): {"f1" if k == "f1-score" else k: v for k, v in row.items()}
        for name, row in rows.items()
    }


def evaluate(gold: list, predicted: list, labels: list[str]) -> dict[str, Any]:
    from nervaluate import Evaluator

    return Evaluator(gold, predicted, tags=labels, loader="dict").evaluate()["overall"]


def compare_classes(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, bool]:
    """Whether the counts of each of nervaluate's schemas are the same."""
    names = "correct", "incorrect", "partial", "missed", "spurious"
    return {
        f"nervaluate {name}": all(
            ours[name]["micro"][count] == getattr(theirs[schema], count) for count in names
        )
        for name, schema in _NERVALUATE.items()
    }


if __name__ == "__main__":
    print_alone(measure, __doc__)
