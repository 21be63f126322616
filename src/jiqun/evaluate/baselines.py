"""What a model must beat: rules alone, a lexicon grown from the training rows, a word tagger."""

import re
from collections.abc import Callable, Sequence
from importlib import import_module

from ..annotation.prelabel import Lexicon, combine
from ..annotation.rules import find_rules
from ..errors import InputError
from ..spans import Document, Prediction, Span

Predict = Callable[[Sequence[str]], list[list[Prediction]]]
# Parts of speech of jieba: names of people, places and bodies; a number and its classifier.
_JIEBA = {"nr": "PERSON", "ns": "LOC", "nt": "ORG"}
_NUMERAL = re.compile("[0-9零一二两三四五六七八九十百千万亿半.%％]+")


def make_baseline(name: str, training: Sequence[Document]) -> Predict:
    """A baseline by its name: `rules`, `lexicon` or `jieba`.

    Args:
        training: labelled documents that the lexicon grows from.

    Raises:
        InputError: the baseline needs a package that is not installed.
    """
    return BASELINES[name](training)


def _use_rules(training: Sequence[Document]) -> Predict:
    return lambda texts: [_combine(text, find_rules(text)) for text in texts]


def _grow_lexicon(training: Sequence[Document]) -> Predict:
    lexicon = Lexicon.grow(training)
    return lambda texts: [_combine(text, lexicon.find(text)) for text in texts]


def _combine(text: str, found) -> list[Prediction]:
    return [Prediction(one.span, one.score) for one in combine(text, found)]


def _use_jieba(training: Sequence[Document]) -> Predict:
    try:
        tagger = import_module("jieba.posseg")
    except ImportError:
        raise InputError(
            "jieba: not installed here; `pip install jieba` to compare with it."
        ) from None
    return lambda texts: [_tag_words(tagger, text) for text in texts]


def _tag_words(tagger, text: str) -> list[Prediction]:
    """The words jieba takes for names, and numerals with the classifier behind them."""
    found, position, numeral = [], 0, None
    for word, tag in tagger.cut(text):
        end = position + len(word)
        if label := _JIEBA.get(tag):
            found.append(Prediction(Span(position, end, label), 1.0))
        elif tag == "m" and _NUMERAL.search(word):
            numeral = position
            position = end
            continue
        elif tag == "q" and numeral is not None:
            found.append(Prediction(Span(numeral, end, "FIGURE"), 1.0))
        numeral, position = None, end
    return found


BASELINES: dict[str, Callable[[Sequence[Document]], Predict]] = {
    "rules": _use_rules,
    "lexicon": _grow_lexicon,
    "jieba": _use_jieba,
}
