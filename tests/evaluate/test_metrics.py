import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.evaluate.metrics import score
from jiqun.spans import Document, Span


def documents(*spans):
    return [Document(str(n), "一二三四五六七八九十", tuple(s)) for n, s in enumerate(spans)]


def test_only_exact_spans_with_their_label_count():
    gold = documents(
        [Span(0, 2, "ORG"), Span(2, 4, "ORG"), Span(5, 7, "LOC")], [Span(0, 3, "FIGURE")]
    )
    predicted = documents(
        [Span(0, 2, "ORG"), Span(2, 5, "ORG"), Span(5, 7, "ORG")], [Span(0, 3, "FIGURE")]
    )
    zero = {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert score(gold, predicted) == {
        "FIGURE": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1},
        "LOC": zero | {"support": 1},
        "ORG": {"precision": 1 / 3, "recall": 0.5, "f1": 0.4, "support": 2},
        "micro": {"precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 4},
        "macro": {
            "precision": pytest.approx(4 / 9),
            "recall": 0.5,
            "f1": pytest.approx(1.4 / 3),
            "support": 4,
        },
    }


def test_adjacent_spans_run_together_are_wrong():
    gold = documents([Span(0, 2, "ORG"), Span(2, 4, "ORG")])
    assert score(gold, documents([Span(0, 4, "ORG")]))["micro"]["f1"] == 0.0


def test_nothing_to_find_and_nothing_found():
    assert score(documents([]), documents([]))["micro"] == {
        "precision": 0.0,
        "recall": 0.0,
        "f1": 0.0,
        "support": 0,
    }
    assert score(documents([]), documents([Span(0, 1, "ORG")]))["micro"]["precision"] == 0.0


def test_other_texts_are_no_predictions():
    with pytest.raises(ValueError, match="same texts in the same order"):
        score(documents([]), [])


@st.composite
def spans(draw):
    cuts = sorted(draw(st.sets(st.integers(0, 10), max_size=8)))
    return [Span(a, b, draw(st.sampled_from("AB"))) for a, b in zip(cuts[::2], cuts[1::2])]


@given(st.lists(st.tuples(spans(), spans()), min_size=1, max_size=4))
def test_micro_figures_are_those_of_counting(cases):
    gold, predicted = (documents(*side) for side in zip(*cases))
    micro = score(gold, predicted)["micro"]
    correct = sum(len(set(g) & set(p)) for g, p in cases)
    found, wanted = (sum(len(side) for side in sides) for sides in zip(*((p, g) for g, p in cases)))
    assert micro["support"] == wanted
    assert micro["precision"] == pytest.approx(correct / found if found else 0)
    assert micro["recall"] == pytest.approx(correct / wanted if wanted else 0)
