"""One name, one reading: what an article's mentions say of each other.

A name rarely means two things in one text (Gale, Church and Yarowsky 1992). A model that reads
paragraph by paragraph knows an official where his post stands, not three paragraphs on.
"""

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from statistics import fmean

from ..spans import Prediction, Span
from .lexicon import cuts_word
from .rules import goes_on
from .surfaces import Surfaces

LEAST_SUM, LEAST_SHARE = 0.9, 0.25
"""How sure all mentions of a name together must be, and of how many of the places where it stands
that must be a share, for the other places to be marked."""


def unify(text: str, found: Sequence[Prediction]) -> list[Prediction]:
    """Mentions of one name made alike, and its repeats marked.

    A name has one label throughout, that of its surest mention: of a person, the one beside a post.
    None of the data set's articles has a name with two. Where a name of two characters or more, but
    no amount, stands unmarked and apart from other spans, it is marked, as sure as its mentions are
    on the average.

    Args:
        found: ascending and flat.

    Returns:
        Predictions, ascending and flat.
    """
    mentions: dict[str, list[Prediction]] = defaultdict(list)
    taken = bytearray(len(text))
    for one in found:
        start, end = one.span.start, one.span.end
        mentions[text[start:end]].append(one)
        taken[start:end] = b"\x01" * (end - start)
    repeats: dict[str, list[int]] = defaultdict(list)
    for start, end in Surfaces(mentions).find(text):
        if 1 not in taken[start:end] and not (cuts_word(text, start, end) or goes_on(text, end)):
            repeats[text[start:end]].append(start)
    made = []
    for name, own in mentions.items():
        label = max(own, key=attrgetter("score")).span.label
        scores = {one.span.start: one.score for one in own}
        places = len(own) + len(repeats[name])
        if label != "FIGURE" and sum(scores.values()) >= max(LEAST_SUM, LEAST_SHARE * places):
            scores |= dict.fromkeys(repeats[name], fmean(scores.values()))
        made += (
            Prediction(Span(start, start + len(name), label), score)
            for start, score in scores.items()
        )
    return sorted(made, key=attrgetter("span"))
