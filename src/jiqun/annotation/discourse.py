"""One name, one reading: what an article's mentions say of each other.

A name rarely means two things in one text (Gale, Church and Yarowsky 1992). A model that reads
paragraph by paragraph knows an official where his post stands, not three paragraphs on.
"""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from ..spans import Prediction, Span
from .lexicon import cuts_word
from .rules import Surfaces

LEAST_SUM, LEAST_SHARE = 0.9, 0.25
"""How sure all mentions of a name together must be, and of how many of the places where it stands
that must be a share, for the other places to be marked."""


def unify(text: str, found: Sequence[Prediction]) -> list[Prediction]:
    """Mentions of one name made alike, and its repeats marked.

    A name has one label throughout, that of which its mentions are surest in sum; of the data set's
    articles none has a name with two. Where a name of two characters or more, but no amount, stands
    unmarked and apart from other spans, it is marked, as sure as its mentions are on the average.

    Args:
        found: ascending and flat.

    Returns:
        Predictions, ascending and flat.
    """
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    taken = bytearray(len(text))
    for one in found:
        start, end = one.span.start, one.span.end
        scores[text[start:end]][one.span.label].append(one.score)
        taken[start:end] = b"\x01" * (end - start)
    labels = {
        surface: max(by_label, key=lambda label: sum(by_label[label]))
        for surface, by_label in scores.items()
    }
    made = []
    for one in found:
        label = labels[text[one.span.start : one.span.end]]
        made.append(Prediction(Span(one.span.start, one.span.end, label), one.score))
    free: dict[str, list[int]] = defaultdict(list)
    for start, end in Surfaces(name for name, label in labels.items() if label != "FIGURE").find(
        text
    ):
        if 1 not in taken[start:end] and not cuts_word(text, start, end):
            free[text[start:end]].append(start)
    for surface, starts in free.items():
        known = [score for own in scores[surface].values() for score in own]
        if sum(known) >= max(LEAST_SUM, LEAST_SHARE * (len(known) + len(starts))):
            for start in starts:
                span = Span(start, start + len(surface), labels[surface])
                made.append(Prediction(span, fmean(known)))
    return sorted(made, key=lambda one: one.span)
