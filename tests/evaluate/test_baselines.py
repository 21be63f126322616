import sys

import pytest

from jiqun.errors import InputError
from jiqun.evaluate.baselines import BASELINES, make_baseline
from jiqun.spans import Document, Span

TEXT = "签约102.2亿元,增长20.39%,李娜在浙江省说。"


def mark(predictions, text=TEXT):
    return [(text[p.span.start : p.span.end], p.span.label) for p in predictions]


def test_rules_know_amounts_and_places():
    [found] = make_baseline("rules", [])([TEXT])
    assert mark(found) == [("102.2亿元", "FIGURE"), ("20.39%", "FIGURE"), ("浙江省", "LOC")]


def test_the_lexicon_knows_what_it_was_shown():
    training = [
        Document("a", "甲乙轴承厂开工，甲乙轴承厂投产。", (Span(0, 5, "ORG"), Span(8, 13, "ORG")))
    ]
    [found] = make_baseline("lexicon", training)(["今天，甲乙轴承厂停产。"])
    assert mark(found, "今天，甲乙轴承厂停产。") == [("甲乙轴承厂", "ORG")]
    [found] = make_baseline("lexicon", [])([TEXT])
    assert found == []


def test_jieba_knows_names_and_amounts():
    [found] = make_baseline("jieba", [])([TEXT])
    assert ("102.2亿元", "FIGURE") in mark(found) and ("20.39%", "FIGURE") in mark(found)
    assert ("浙江省", "LOC") in mark(found) and ("李娜", "PERSON") in mark(found)


def test_jieba_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(InputError, match="jieba: not installed here"):
        make_baseline("jieba", [])


@pytest.mark.parametrize("name", BASELINES)
def test_spans_are_flat_and_inside_the_text(name):
    for text in ("", "𠮷", TEXT * 3, "一" * 50):
        [found] = make_baseline(name, [])([text])
        Document("a", text, tuple(p.span for p in found))
