import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.annotation.discourse import unify
from jiqun.seeds.composed import write_marked
from jiqun.spans import Prediction, Span, check_spans
from marked import LABELS, mark


def read(marked, scores=()):
    document = mark(marked)
    text, spans = document.text, document.spans
    scores = [*scores, *[0.95] * (len(spans) - len(scores))]
    return text, [Prediction(span, score) for span, score in zip(spans, scores)]


@pytest.mark.parametrize(
    ("marked", "unified"),
    [
        ("{LOC|冠县}的企业，冠县的产业，冠县", "{LOC|冠县}的企业，{LOC|冠县}的产业，{LOC|冠县}"),
        ("{ORG|冠县轴承协会}在{LOC|冠县}", "{ORG|冠县轴承协会}在{LOC|冠县}"),
        ("{LOC|冠县}，{ORG|县委}", "{LOC|冠县}，{ORG|县委}"),
        # An amount says nothing of the next one, a character nothing of another place.
        ("{FIGURE|十家}，十家，{LOC|冠}，冠", "{FIGURE|十家}，十家，{LOC|冠}，冠"),
        ("{ORG|CNAS}，CNAS2，XCNAS，CNAS", "{ORG|CNAS}，CNAS2，XCNAS，{ORG|CNAS}"),
        # What stands marked one time in five or less was marked wrongly.
        ("{LOC|高端}，高端，高端，高端，高端", "{LOC|高端}，高端，高端，高端，高端"),
        ("", ""),
    ],
)
def test_repeats_are_marked(marked, unified):
    text, found = read(marked)
    assert write_marked(text, [one.span for one in unify(text, found)]) == unified


def test_a_name_has_the_label_of_its_surest_mention():
    text, found = read("{OFFICIAL|周宇}，{PERSON|周宇}，{PERSON|周宇}，周宇", [0.9, 0.6, 0.6])
    made = unify(text, found)
    assert [one.span.label for one in made] == ["OFFICIAL"] * 4
    assert [one.score for one in made] == [0.9, 0.6, 0.6, pytest.approx(0.7)]


def test_one_unsure_mention_is_not_spread():
    text, found = read("{LOC|冠县}，冠县", [0.89])
    assert unify(text, found) == found
    text, found = read("{LOC|冠县}，冠县，{LOC|冠县}", [0.5, 0.5])
    assert [one.span.start for one in unify(text, found)] == [0, 3, 6]


@given(st.lists(st.tuples(st.text("甲乙A1\n", max_size=3), st.sampled_from(["", *LABELS]))))
def test_what_was_found_stays_where_it_was_and_nothing_overlaps(pieces):
    text, found = "", []
    for surface, label in pieces:
        if label and surface:
            span = Span(len(text), len(text) + len(surface), label)
            found.append(Prediction(span, 0.95))
        text += surface
    made = unify(text, found)
    spans = [one.span for one in made]
    check_spans(spans, len(text))
    places = {(span.start, span.end) for span in spans}
    assert places >= {(one.span.start, one.span.end) for one in found}
    for surface in {text[start:end] for start, end in places}:
        assert len({s.label for s in spans if text[s.start : s.end] == surface}) == 1
