"""How far annotators agree: span F1, Krippendorff's alpha, and the places where they differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import krippendorff
import numpy as np

from ..errors import InputError
from ..scheme import Scheme
from ..seeds.composed import read_marked
from ..spans import Document, Span
from .export import list_labelled, read_annotations, read_labelled

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Score:
    """Agreement on one label, or on all: F1 between two annotators, pooled over pairs.

    Attributes:
        exact: same characters, same label.
        relaxed: at least one character in common, same label.
        exact_interval, relaxed_interval: 95% of bootstrap resamples of the articles lie inside;
            None with a single article.
        spans: spans marked by both sides of all pairs together.
    """

    exact: float
    exact_interval: tuple[float, float] | None
    relaxed: float
    relaxed_interval: tuple[float, float] | None
    spans: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One place where two annotators differ.

    Attributes:
        kind: `label` (same characters), `boundary` (same label), `both`, or `missed` (one side
            marked nothing there).
        first, second: what each marked, or None.
    """

    article: str
    kind: str
    annotators: tuple[str, str]
    first: Span | None
    second: Span | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What `measure_agreement` found; `scores` by label, then `all`; `alpha` on characters."""

    articles: int
    annotators: tuple[str, ...]
    scores: dict[str, Score]
    alpha: float | None
    disagreements: list[Disagreement]


def read_labellings(paths: Sequence[Path], scheme: Scheme) -> dict[str, dict[str, Document]]:
    """Who labelled which article how: `{article: {annotator: document}}`.

    One folder holds labelled tasks with an annotation for each annotator; the one marked as ground
    truth, a decision, is nobody's. Of several folders each is one annotator's labelling, named
    after the folder: labelled tasks, or texts with inline labels.

    Raises:
        InputError: a folder holds no labelled file, a file is damaged, or two labellings of an
            article are of different texts.
    """
    labellings: dict[str, dict[str, Document]] = {}
    for path in paths:
        for file in list_labelled(path):
            if file.suffix == ".txt":
                found = {path.name: read_marked(file, scheme.names).document}
            elif len(paths) > 1:
                found = {path.name: read_labelled(file, scheme)[0]}
            else:
                found = read_annotations(file, scheme)
            labellings.setdefault(file.stem, {}).update(found)
    for article, documents in labellings.items():
        if len({document.text for document in documents.values()}) > 1:
            raise InputError(
                f"{article}: {' and '.join(documents)} labelled different texts; "
                "carry the spans over to one text first."
            )
    return labellings


def measure_agreement(
    labellings: Mapping[str, Mapping[str, Document]], labels: Sequence[str], seed: int = 0
) -> Agreement:
    """Agreement over the articles that two annotators or more have labelled.

    F1 takes one annotator as the truth for the other, which way round makes no difference
    (Hripcsak & Rothschild 2005); it is pooled over all pairs. Alpha is nominal, a character a unit,
    its label or none the value (Krippendorff 2011).

    Args:
        seed: of the bootstrap, which resamples articles 10,000 times.

    Raises:
        InputError: no article has two labellings.
    """
    twice = {name: dict(found) for name, found in labellings.items() if len(found) > 1}
    if not twice:
        raise InputError("no article was labelled by two annotators; name a second labelling.")
    rows, disagreements = [], []
    for article, documents in twice.items():
        row = np.zeros((len(labels), 4))
        for (one, first), (other, second) in combinations(sorted(documents.items()), 2):
            row += [_count(first.spans, second.spans, label) for label in labels]
            for kind, a, b in _compare(first.spans, second.spans):
                disagreements.append(Disagreement(article, kind, (one, other), a, b))
        rows.append(row)
    # Articles × (labels, all) × (exact matches, spans of both sides, matched of each side).
    table = np.array(rows)
    table = np.concatenate([table, table.sum(axis=1, keepdims=True)], axis=1)
    chance = np.random.default_rng(seed)
    drawn = chance.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), RESAMPLES)
    resampled = np.tensordot(drawn, table, axes=1)
    exact, relaxed = _score(table.sum(axis=0))
    exact_draws, relaxed_draws = _score(resampled)
    scores = {}
    for place, name in enumerate([*labels, "all"]):
        spans = int(table[:, place, 1].sum())
        if spans:
            scores[name] = Score(
                float(exact[place]),
                _interval(exact_draws[:, place], len(rows)),
                float(relaxed[place]),
                _interval(relaxed_draws[:, place], len(rows)),
                spans,
            )
    annotators = sorted({name for documents in twice.values() for name in documents})
    alpha = measure_alpha(twice.values(), labels)
    return Agreement(len(rows), tuple(annotators), scores, alpha, disagreements)


def _count(first: Sequence[Span], second: Sequence[Span], label: str) -> tuple[int, int, int, int]:
    """Exact matches, spans of both sides, and spans of each side that meet one of the other."""
    a, b = ([s for s in side if s.label == label] for side in (first, second))
    exact = len(set(a) & set(b))
    return exact, len(a) + len(b), _meet(a, b) + _meet(b, a), len(a) + len(b)


def _meet(spans: Sequence[Span], others: Sequence[Span]) -> int:
    """How many of `spans` share a character with one of `others`; both ascending and flat."""
    if not spans or not others:
        return 0
    starts, ends = np.array([(span.start, span.end) for span in others]).T
    mine = np.array([(span.start, span.end) for span in spans])
    nearest = np.searchsorted(ends, mine[:, 0], side="right")
    starts = np.append(starts, mine[-1, 1])
    return int((starts[nearest] < mine[:, 1]).sum())


def _score(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exact and relaxed F1 from counts of shape (…, 4)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return 2 * counts[..., 0] / counts[..., 1], counts[..., 2] / counts[..., 3]


def _interval(draws: np.ndarray, articles: int) -> tuple[float, float] | None:
    if articles < 2:
        return None
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return float(low), float(high)


def measure_alpha(
    articles: Iterable[Mapping[str, Document]], labels: Sequence[str]
) -> float | None:
    """Krippendorff's alpha of the labels of characters; None where all have one, or all have none.

    Computed by the package krippendorff (Castro 2017).
    """
    values = {label: place for place, label in enumerate(labels, 1)}
    counts = []
    for documents in articles:
        length = len(next(iter(documents.values())).text)
        table = np.zeros((length, len(labels) + 1), dtype=np.int64)
        for document in documents.values():
            codes = np.zeros(length, dtype=np.intp)
            for span in document.spans:
                codes[span.start : span.end] = values[span.label]
            table[np.arange(length), codes] += 1
        counts.append(table)
    units = np.concatenate(counts)
    if units.any(axis=0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=units, level_of_measurement="nominal"))


def _compare(
    first: Sequence[Span], second: Sequence[Span]
) -> Iterator[tuple[str, Span | None, Span | None]]:
    """The places where two flat labellings differ, in order."""
    a, b = (sorted(set(one) - set(other)) for one, other in ((first, second), (second, first)))
    met: set[tuple[Span, int]] = set()
    found = []
    for span in a:
        for other in b:
            if other.start < span.end and span.start < other.end:
                met |= {(span, 0), (other, 1)}
                same = (span.start, span.end) == (other.start, other.end)
                kind = "label" if same else "boundary" if span.label == other.label else "both"
                found.append((span.start, kind, span, other))
    found += [(span.start, "missed", span, None) for span in a if (span, 0) not in met]
    found += [(span.start, "missed", None, span) for span in b if (span, 1) not in met]
    for _, kind, span, other in sorted(found, key=lambda row: row[0]):
        yield kind, span, other


def find_disputes(readings: Iterable[Sequence[Span]]) -> list[tuple[int, int]]:
    """Where flat labellings of one text differ: the ranges of spans that not all of them hold,
    those that overlap as one."""
    marked = [set(spans) for spans in readings]
    disputes: list[tuple[int, int]] = []
    for span in sorted(set.union(*marked) - set.intersection(*marked)):
        if disputes and span.start < disputes[-1][1]:
            disputes[-1] = (disputes[-1][0], max(disputes[-1][1], span.end))
        else:
            disputes.append((span.start, span.end))
    return disputes


def describe_disagreement(disagreement: Disagreement, document: Document) -> dict[str, object]:
    """A disagreement as `jiqun agree --to` writes it, with ten characters of text on each side."""
    spans = [s for s in (disagreement.first, disagreement.second) if s]
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    text = document.text
    return {
        "article": disagreement.article,
        "kind": disagreement.kind,
        "annotators": list(disagreement.annotators),
        **{
            side: {"start": s.start, "end": s.end, "label": s.label, "text": document.surface(s)}
            if s
            else None
            for side, s in (("first", disagreement.first), ("second", disagreement.second))
        },
        "context": text[max(start - 10, 0) : end + 10].replace("\n", "⏎"),
    }
