from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.spans import Document, Span, Tagset, decode_tags, encode_tags, split_paragraphs


@st.composite
def flat_spans(draw, length):
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=10)))
    pairs = [pair for pair in pairwise(cuts) if draw(st.booleans())]
    return tuple(Span(start, end, draw(st.sampled_from("AB"))) for start, end in pairs)


def test_tags_of_adjacent_spans_of_one_label():
    spans = [Span(0, 2, "ORG"), Span(2, 3, "ORG"), Span(4, 5, "LOC")]
    tags = ["B-ORG", "I-ORG", "B-ORG", "O", "B-LOC"]
    assert encode_tags(spans, 5) == tags
    assert decode_tags(tags) == spans


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["I-ORG", "I-ORG"], []),
        (["O", "I-ORG", "B-ORG"], [Span(2, 3, "ORG")]),
        (["B-ORG", "I-LOC", "I-LOC"], [Span(0, 1, "ORG")]),
        (["B-ORG", "B-ORG"], [Span(0, 1, "ORG"), Span(1, 2, "ORG")]),
        ([], []),
    ],
)
def test_tags_are_read_strictly(tags, spans):
    assert decode_tags(tags) == spans


@given(st.integers(0, 40).flatmap(lambda n: st.tuples(st.just(n), flat_spans(n))))
def test_spans_become_tags_and_come_back(case):
    length, spans = case
    assert tuple(decode_tags(encode_tags(spans, length))) == spans
    document = Document("id", "字" * length, spans)
    tagset = Tagset("AB")
    tagged = tagset.tag(document)
    assert [tagset.names[number] for number in tagged.tags] == encode_tags(spans, length)
    assert tagset.untag(tagged) == document


def test_tags_by_number():
    tagset = Tagset(["ORG", "LOC"])
    assert tagset.names == ["O", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
    assert tagset.encode([(1, 3, "LOC"), (3, 4, "ORG")], 5) == bytes([0, 3, 4, 1, 0])
    assert tagset.encode([], 0) == b""
    assert tagset.encode([(1, 3001, "LOC")], 6000) == b"\0\3" + b"\4" * 2999 + b"\0" * 2999


@pytest.mark.parametrize(
    "spans",
    [
        (Span(0, 0, "A"),),
        (Span(-1, 1, "A"),),
        (Span(2, 4, "A"),),
        (Span(0, 2, "A"), Span(1, 3, "A")),
        (Span(2, 3, "A"), Span(0, 1, "A")),
    ],
)
def test_spans_that_do_not_fit_are_refused(spans):
    with pytest.raises(ValueError, match="Span"):
        Document("id", "三个字", spans)
    with pytest.raises(ValueError, match="expected at least"):
        Tagset("A").encode([(span.start, span.end, span.label) for span in spans], 3)


def test_paragraphs_keep_their_place():
    text = "\n甲乙\n  \n丙𠮷丁"
    document = Document("a", text, (Span(1, 3, "A"), Span(8, 9, "B")))
    assert list(split_paragraphs(document)) == [
        (1, Document("a#0", "甲乙", (Span(0, 2, "A"),))),
        (7, Document("a#1", "丙𠮷丁", (Span(1, 2, "B"),))),
    ]


def test_a_span_across_a_line_end_is_told():
    with pytest.raises(ValueError, match="crosses the end of its line"):
        list(split_paragraphs(Document("a", "甲\n乙", (Span(0, 3, "A"),))))


@given(st.text(alphabet="甲乙 \n𠮷", max_size=40))
def test_every_line_with_text_is_a_paragraph(text):
    paragraphs = list(split_paragraphs(Document("a", text)))
    assert [p.text for _, p in paragraphs] == [line for line in text.split("\n") if line.strip()]
    assert all(text[offset : offset + len(p.text)] == p.text for offset, p in paragraphs)
