"""What a model must beat: rules alone, a lexicon grown from the training rows, a word tagger.

The rules know the administrative divisions by name, and no labelled text.
"""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import accumulate, groupby

from ..annotation.lexicon import Lexicon
from ..annotation.prelabel import combine
from ..annotation.rules import find_rules, know_places
from ..data.divisions import list_names
from ..errors import InputError
from ..spans import Document, Prediction, Span

Predict = Callable[[Sequence[str]], list[list[Prediction]]]
# Parts of speech of jieba: names of people, places and bodies; a number and its classifier.
_JIEBA = {"nr": "PERSON", "ns": "LOC", "nt": "ORG"}
_NUMERAL = re.compile("[0-9零一二两三四五六七八九十百千万亿半]")


def make_baseline(name: str, training: Sequence[Document]) -> Predict:
    """A baseline by its name: `rules`, `lexicon` or `jieba`.

    Args:
        training: labelled documents that the lexicon grows from.

    Raises:
        InputError: the baseline needs a package that is not installed.
    """
    return BASELINES[name](training)


def _use_rules(training: Sequence[Document]) -> Predict:
    places = know_places(list_names())
    return lambda texts: [combine(text, find_rules(text, places)) for text in texts]


def _grow_lexicon(training: Sequence[Document]) -> Predict:
    lexicon = Lexicon.grow(training)
    return lambda texts: [combine(text, lexicon.find(text)) for text in texts]


def _use_jieba(training: Sequence[Document]) -> Predict:
    try:
        import_module("jieba").setLogLevel("ERROR")
        tagger = import_module("jieba.posseg")
    except ImportError:
        raise InputError(
            "jieba: not installed here; `pip install jieba` to compare with it."
        ) from None
    return lambda texts: [_tag_words(tagger, text) for text in texts]


def _tag_words(tagger, text: str) -> list[Prediction]:
    """The words jieba takes for names, and runs of numerals and classifiers for amounts."""
    words = list(tagger.cut(text))
    ends = list(accumulate(len(word) for word, _ in words))
    found = []
    for amount, run in groupby(range(len(words)), lambda n: _counts(*words[n])):
        run = list(run)
        start, end = ends[run[0]] - len(words[run[0]].word), ends[run[-1]]
        if amount and len(run) > 1 and _NUMERAL.search(text[start:end]):
            found.append(Prediction(Span(start, end, "FIGURE"), 1.0))
        if not amount:
            for number in run:
                word, tag = words[number]
                if label := _JIEBA.get(tag):
                    found.append(
                        Prediction(Span(ends[number] - len(word), ends[number], label), 1.0)
                    )
    return found


def _counts(word: str, tag: str) -> bool:
    return tag in ("m", "q") or word in ("%", "％")


BASELINES: dict[str, Callable[[Sequence[Document]], Predict]] = {
    "rules": _use_rules,
    "lexicon": _grow_lexicon,
    "jieba": _use_jieba,
}
