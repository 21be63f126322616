"""Figures for predicted spans against gold ones, counted on spans, not on tags."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ..spans import Document, Prediction
from . import breakdown
from .muc import measure_muc
from .pairs import choose_alike, find_overlaps, tabulate
from .significance import RESAMPLES, randomise
from .strict import FOLDED, count_by_unit, divide, measure_strict

UNKNOWN = "unknown"


def measure(
    gold: Sequence[Document],
    predicted: Sequence[Document] | Sequence[Sequence[Prediction]],
    *,
    known: Collection[tuple[str, str]] | None = None,
    sources: Mapping[str, str] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """All figures of one system.

    Rates are 0 where there is nothing to divide by. `strict` equals seqeval's strict IOB2 to the
    last digit and adds `PER`, OFFICIAL and PERSON taken as one label, which is in neither average.
    `muc` has the classes of MUC-5 as `measure_muc` counts them. Confusion, boundary and errors rest
    on pairs of overlapping spans in which no span comes twice, the same label going before another
    and near ends before far ones.

    Args:
        gold: paragraphs with ids `article#n`, or whole articles.
        predicted: for each of them the same text with spans, or its predictions.
        known: mentions (surface, label) that occur in the training rows, see `collect_mentions`.
        sources: the publisher of each article; articles it lacks are under `unknown`.
        seed: of the bootstrap over articles.
        resamples: how many; with none, or with a single article, intervals are None.

    Returns:
        `strict`, `muc`, `seen` (None without `known`), `by_article`, `by_length` (characters of
        gold spans, both ends included), `by_source`, `confusion`, `boundary`, `calibration` (None
        unless every predicted span has a score) and `errors` (in the order of the texts, `raw`
        None); as in JSON.

    Raises:
        ValueError: the texts differ, or the spans of one text overlap or reach beyond it.
    """
    wanted, found, labels = tabulate(gold, predicted)
    pairs = find_overlaps(wanted, found)
    names = [split_id(document.id)[0] for document in gold]
    articles = list(dict.fromkeys(names))
    places = {article: place for place, article in enumerate(articles)}
    units = np.array([places[name] for name in names], dtype=np.int64)
    counts, columns = count_by_unit(wanted, found, pairs, labels, units)
    alike = choose_alike(pairs)
    hit = np.zeros(len(wanted), dtype=bool)
    hit[pairs.gold[pairs.same_ends & pairs.same_label]] = True
    publishers = [(sources or {}).get(article, UNKNOWN) for article in articles]
    micro = counts[:, columns.index("micro")]
    return {
        "strict": measure_strict(counts, columns, labels, seed, resamples),
        "muc": measure_muc(wanted, found, pairs, labels),
        "seen": None if known is None else breakdown.measure_seen(gold, wanted, hit, known),
        "by_article": breakdown.measure_groups(micro, articles),
        "by_length": breakdown.measure_lengths(wanted, hit),
        "by_source": {} if sources is None else breakdown.measure_groups(micro, publishers),
        "confusion": breakdown.count_confusion(wanted, found, alike, labels),
        "boundary": breakdown.count_boundaries(alike),
        "calibration": breakdown.measure_calibration(found, pairs),
        "errors": breakdown.list_errors(gold, wanted, found, alike, split_id),
    }


def compare(
    gold: Sequence[Document],
    first: Sequence[Document] | Sequence[Sequence[Prediction]],
    second: Sequence[Document] | Sequence[Sequence[Prediction]],
    seed: int = 0,
    *,
    by: Literal["article", "paragraph"] = "article",
    resamples: int = RESAMPLES,
) -> dict[str, float]:
    """Micro F1 of the first system less that of the second, and p of a randomisation test.

    Args:
        by: what changes sides. Paragraphs of one article resemble each other, so that p by
            paragraph is too low; but with few articles p by article cannot be low: see
            `significance.randomise`.

    Returns:
        `difference` (-1 to 1) and `p`.

    Raises:
        ValueError: as `measure`.
    """
    names = [split_id(d.id)[0] if by == "article" else place for place, d in enumerate(gold)]
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    units = np.array([places[name] for name in names], dtype=np.int64)
    sides = []
    for predicted in (first, second):
        wanted, found, labels = tabulate(gold, predicted)
        pairs = find_overlaps(wanted, found)
        counts, columns = count_by_unit(wanted, found, pairs, labels, units)
        sides.append(counts[:, columns.index("micro")])
    difference, p = randomise(*sides, lambda sums: divide(sums)[2], seed, resamples)
    return {"difference": difference, "p": p}


def score(gold: Sequence[Document], predicted: Sequence[Document]) -> dict[str, dict]:
    """`measure`'s strict figures alone, without intervals and without `PER`.

    Raises:
        ValueError: the texts differ.
    """
    wanted, found, labels = tabulate(gold, predicted)
    units = np.zeros(len(gold), dtype=np.int64)
    counts, columns = count_by_unit(wanted, found, find_overlaps(wanted, found), labels, units)
    rows = measure_strict(counts, columns, labels, resamples=0)
    for row in rows.values():
        del row["interval"]
    return {name: row for name, row in rows.items() if name != FOLDED or name in labels}


def collect_mentions(documents: Iterable[Document]) -> set[tuple[str, str]]:
    """The mentions (surface, label) of documents."""
    return {(document.surface(s), s.label) for document in documents for s in document.spans}


def split_id(name: str) -> tuple[str, int | None]:
    """Article and number of a paragraph `article#n`; None as the number of a whole article."""
    article, _, number = name.rpartition("#")
    return (article, int(number)) if article and number.isdecimal() else (name, None)
