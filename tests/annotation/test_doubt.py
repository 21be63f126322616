import random

import numpy as np
import pytest

from jiqun.annotation.doubt import cross_validate, find_doubts
from jiqun.annotation.rules import know_places
from jiqun.data.divisions import list_names
from jiqun.errors import InputError
from jiqun.spans import Document, Span, encode_tags
from marked import LABELS, mark

TAGS = ["O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI")]


def read(marked, sure=0.99):
    """What a model that reads a text so would say, this sure of each character."""
    document = mark(marked)
    best = [TAGS.index(tag) for tag in encode_tags(document.spans, len(document.text))]
    chances = np.full((len(best), len(TAGS)), (1 - sure) / (len(TAGS) - 1))
    chances[np.arange(len(best)), best] = sure
    return chances


def doubt(*pairs, asides=None, sure=0.99):
    """Suspects in the first of each pair by a model that reads the second; and enough beside."""
    known = "{ORG|甲厂}在{LOC|丽水市}，{OFFICIAL|王一}、{PERSON|李二三}，{FIGURE|十个}。"
    documents = [mark(marked, str(n)) for n, (marked, _) in enumerate(pairs)]
    documents += [mark(known, f"known{n}") for n in range(20)]
    chances = [read(reading, sure) for _, reading in pairs] + [read(known)] * 20
    return find_doubts(documents, chances, TAGS, asides)


@pytest.mark.parametrize(
    ("marked", "reading", "start", "end", "label", "reason"),
    [
        ("来自丽水。", "来自{LOC|丽水}。", 2, 4, "LOC", "LOC 丽水 (0.99), marked is nothing"),
        ("来自{LOC|丽水}。", "来自丽水。", 2, 4, "LOC", "nothing (0.99), marked is LOC 丽水"),
        ("{ORG|丽水}好", "{LOC|丽水}好", 0, 2, "LOC", "LOC 丽水 (0.99), marked is ORG 丽水"),
        ("{LOC|丽水}市好", "{LOC|丽水市}好", 0, 3, "LOC", "LOC 丽水市 (0.99), marked is LOC 丽水"),
        (
            "{ORG|市委市政府}好",
            "{ORG|市委}{ORG|市政府}好",
            0,
            5,
            "ORG",
            "ORG 市委 and ORG 市政府 (0.99), marked is ORG 市委市政府",
        ),
    ],
)
def test_a_place_that_the_model_reads_otherwise_is_one_suspect(
    marked, reading, start, end, label, reason
):
    [suspect] = doubt((marked, reading))
    assert (suspect.article, suspect.start, suspect.end) == ("0", start, end)
    assert (suspect.kind, suspect.label) == ("model", label)
    assert suspect.reason == f"a model reads {reason}"
    assert 0.58 < suspect.score < 0.6


def test_no_suspect_where_the_model_is_unsure_agrees_or_nothing_is_labelled_of_right():
    pair = ("来自丽水。", "来自{LOC|丽水}。")
    assert doubt(pair, sure=0.9) == []
    assert doubt((pair[1], pair[1])) == []
    assert doubt(pair, asides={"0": [Span(0, 3, "ASIDE")]}) == []
    assert len(doubt(pair, pair)) == 2


def make_articles(count):
    surnames, places = "王李张刘陈杨黄赵吴周", ["丽水", "温岭", "聊城", "冠县", "临清"]
    return [
        mark(
            f"{{LOC|{places[n % 5]}}}的厂长{{PERSON|{surnames[n % 10]}一{chr(0x4E10 + n)}}}说，"
            f"{{ORG|{places[-n % 5]}轴承公司}}产值{{FIGURE|{n + 2}亿元}}。",
            str(n),
        )
        for n in range(count)
    ]


def test_chances_come_from_taggers_that_did_not_see_the_article():
    articles = make_articles(20)
    chances = cross_validate(articles, TAGS)
    for article, chance in zip(articles, chances):
        assert chance.shape == (len(article.text), len(TAGS))
        assert np.allclose(chance.sum(axis=1), 1)
    again = cross_validate(articles, TAGS)
    assert all(np.array_equal(one, other) for one, other in zip(chances, again))
    spoilt = list(articles)
    spoilt[7] = Document("7", articles[7].text, (Span(0, 3, "OFFICIAL"),))
    changed = cross_validate(spoilt, TAGS)
    assert np.array_equal(changed[7].argmax(axis=1), chances[7].argmax(axis=1))
    assert not np.array_equal(changed[8], chances[8])


def test_few_articles_and_few_labels():
    with pytest.raises(InputError, match="4 labelled articles are too few"):
        cross_validate(make_articles(4), TAGS)
    with pytest.raises(InputError, match="too few"):
        cross_validate([Document(str(n), "甲乙") for n in range(9)], TAGS)
    # One label of one character: two classes, and all others without a chance.
    single = [mark("甲{LOC|乙}丙", str(n)) for n in range(8)]
    for chance in cross_validate(single, TAGS):
        assert chance.argmax(axis=1).tolist() == [0, TAGS.index("B-LOC"), 0]
        assert (chance[:, TAGS.index("I-ORG")] == 0).all()
    assert find_doubts(single, cross_validate(single, TAGS), TAGS) == []


@pytest.mark.slow
def test_labels_spoilt_on_purpose_are_found(composed):
    """3% of the labels of 160 articles are dropped or called something else."""
    chance = random.Random(0)
    spoilt, wrong = [], set()
    for article in composed[:160]:
        spans = []
        for span in article.document.spans:
            if chance.random() < 0.03:
                wrong.add((article.document.id, span.start))
                if chance.random() < 0.5:
                    continue
                other = chance.choice([name for name in LABELS if name != span.label])
                span = Span(span.start, span.end, other)
            spans.append(span)
        spoilt.append(Document(article.document.id, article.document.text, tuple(spans)))
    chances = cross_validate(spoilt, TAGS, know_places(list_names()))
    found = find_doubts(spoilt, chances, TAGS)
    found.sort(key=lambda suspect: -suspect.score)
    right = [
        any((s.article, place) in wrong for place in range(s.start, s.end)) for s in found[:50]
    ]
    assert sum(right) >= 35
