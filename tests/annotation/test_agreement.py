import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from jiqun.annotation.agreement import (
    describe_disagreement,
    measure_agreement,
    measure_alpha,
    read_labellings,
)
from jiqun.annotation.tasks import make_result, make_task
from jiqun.errors import InputError
from jiqun.seeds.restore import restore
from jiqun.spans import Document, Span

TEXT = "温岭市委书记王宏到访聊城市，签约两个项目。"
LABELS = ["ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE"]
ORG, OFFICIAL, LOC, FIGURE = (
    Span(0, 4, "ORG"),
    Span(6, 8, "OFFICIAL"),
    Span(10, 13, "LOC"),
    Span(16, 18, "FIGURE"),
)


def agree(*labellings, articles=1):
    names = "甲乙丙"
    made = {
        f"a{n}": {name: Document(f"a{n}", TEXT, spans) for name, spans in zip(names, labellings)}
        for n in range(articles)
    }
    return measure_agreement(made, LABELS)


def test_two_annotators_who_mark_the_same():
    agreement = agree((ORG, LOC), (ORG, LOC), articles=3)
    assert (agreement.articles, agreement.annotators, agreement.alpha) == (3, ("乙", "甲"), 1.0)
    assert set(agreement.scores) == {"ORG", "LOC", "all"}
    score = agreement.scores["all"]
    assert (score.exact, score.relaxed, score.spans) == (1.0, 1.0, 12)
    assert score.exact_interval == score.relaxed_interval == (1.0, 1.0)
    assert agreement.disagreements == []


def test_each_kind_of_disagreement():
    first = (ORG, OFFICIAL, LOC)
    second = (Span(0, 2, "LOC"), Span(6, 8, "PERSON"), Span(10, 12, "LOC"), FIGURE)
    agreement = agree(first, second)
    found = [(d.kind, d.first, d.second) for d in agreement.disagreements]
    # Annotators stand in the order of their names: 乙, the second, comes first.
    assert [(kind, a, b) for kind, b, a in found] == [
        ("both", ORG, second[0]),
        ("label", OFFICIAL, second[1]),
        ("boundary", LOC, second[2]),
        ("missed", None, FIGURE),
    ]
    score = agreement.scores["all"]
    assert (score.exact, score.exact_interval, score.spans) == (0.0, None, 7)
    assert score.relaxed == pytest.approx(2 / 7)
    assert agreement.scores["LOC"].relaxed == pytest.approx(2 / 3)
    row = describe_disagreement(agreement.disagreements[0], Document("a0", TEXT))
    assert row["first"] == {"start": 0, "end": 2, "label": "LOC", "text": "温岭"}
    assert (row["kind"], row["context"]) == ("both", TEXT[:14])


def test_three_annotators_are_compared_in_pairs():
    agreement = agree((ORG,), (ORG,), ())
    score = agreement.scores["all"]
    assert (score.exact, score.spans) == (pytest.approx(2 / 4), 4)
    assert [d.annotators for d in agreement.disagreements] == [("丙", "乙"), ("丙", "甲")]


def test_articles_labelled_once_say_nothing():
    made = {"a": {"甲": Document("a", TEXT)}}
    with pytest.raises(InputError, match="labelled by two annotators"):
        measure_agreement(made, LABELS)


def test_alpha_of_a_known_example():
    """The nominal example of Krippendorff 2011, section C, units as characters."""
    values = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    # Alpha asks for complete data here: the eight units that all four coders valued.
    columns = [c for c in zip(*values) if None not in c]
    names = ["ORG", "LOC", "OFFICIAL", "PERSON"]
    documents = {
        f"coder {n}": Document(
            "a",
            "甲" * len(columns),
            tuple(Span(i, i + 1, names[c[n] - 1]) for i, c in enumerate(columns)),
        )
        for n in range(4)
    }
    counts = np.array([[column.count(v) for v in (1, 2, 3, 4)] for column in columns])
    totals, pairs = counts.sum(axis=0), counts.sum()
    observed = (counts * (4 - counts)).sum() / 3 / pairs
    expected = (totals * (pairs - totals)).sum() / pairs / (pairs - 1)
    assert measure_alpha([documents], LABELS) == pytest.approx(1 - observed / expected)


@pytest.mark.parametrize("spans", [(), (Span(0, len(TEXT), "ORG"),)])
def test_alpha_of_texts_that_are_all_alike_is_undefined(spans):
    documents = {"甲": Document("a", TEXT, spans), "乙": Document("a", TEXT, spans)}
    assert measure_alpha([documents], LABELS) is None


@st.composite
def labellings(draw):
    edges = draw(st.lists(st.integers(0, len(TEXT)), max_size=12, unique=True).map(sorted))
    return tuple(Span(a, b, draw(st.sampled_from(LABELS))) for a, b in zip(edges[::2], edges[1::2]))


@given(labellings(), labellings())
def test_agreement_is_what_counting_gives(first, second):
    if not first and not second:
        return
    score = agree(first, second).scores["all"]
    assert score.exact == pytest.approx(
        2 * len(set(first) & set(second)) / (len(first) + len(second))
    )

    def met(spans, others):
        return sum(
            any(s.label == o.label and s.start < o.end and o.start < s.end for o in others)
            for s in spans
        )

    both = met(first, second) + met(second, first)
    assert score.relaxed == pytest.approx(both / (len(first) + len(second)))
    swapped = agree(second, first)
    assert swapped.scores["all"].exact == score.exact
    ours = agree(first, second)
    assert ours.alpha == pytest.approx(swapped.alpha)
    assert len(ours.disagreements) == len(swapped.disagreements)


def test_labellings_from_folders(tmp_path, scheme):
    article = restore(TEXT, "a")
    marks = {"result": make_result(TEXT, (ORG,)), "completed_by": "甲"}
    other = {"result": make_result(TEXT, (LOC,)), "completed_by": "乙"}
    decision = {"result": make_result(TEXT, (ORG, LOC)), "ground_truth": True}
    skipped = {"result": [], "completed_by": "丙", "was_cancelled": True}
    task = make_task(article) | {"annotations": [marks, other, decision, skipped]}
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    (one / "a.json").write_text(json.dumps(task), encoding="utf-8")
    (two / "a.txt").write_text(TEXT.replace("聊城市", "{LOC|聊城市}"), encoding="utf-8")
    found = read_labellings([one], scheme)["a"]
    assert {name: document.spans for name, document in found.items()} == {
        "甲": (ORG,),
        "乙": (LOC,),
    }
    found = read_labellings([one, two], scheme)["a"]
    assert {name: document.spans for name, document in found.items()} == {
        "one": (ORG, LOC),
        "two": (LOC,),
    }
    (two / "a.txt").write_text("别的文章", encoding="utf-8")
    with pytest.raises(InputError, match="a: one and two labelled different texts"):
        read_labellings([one, two], scheme)
    with pytest.raises(InputError, match="no labelled"):
        read_labellings([tmp_path], scheme)
    task["annotations"][0]["completed_by"] = 7
    (one / "a.json").write_text(json.dumps(task), encoding="utf-8")
    with pytest.raises(InputError, match="completed_by is 7, expected a name"):
        read_labellings([one], scheme)


def test_the_committed_labellings_agree_as_the_card_says(scheme):
    agreement = measure_agreement(
        read_labellings([ROOT / "annotation/labelled"], scheme), scheme.names
    )
    assert (agreement.articles, agreement.scores["all"].spans) == (5, 764)
    assert agreement.scores["all"].exact == 1.0
