import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.annotation.conll import Broken, Sentence, decode, find_style, gather, join, parse_conll
from jiqun.annotation.placement import Articles
from jiqun.annotation.tasks import make_task
from jiqun.errors import InputError
from jiqun.seeds.restore import restore
from jiqun.spans import Span


def write(*lines):
    return "\n".join(lines) + "\n"


def test_sentences_are_read_with_their_lines_and_names():
    text = write(
        *("\ufeff-DOCSTART- -X- O", "", "# text = 丽水市", "# id = a#0", "丽\tB-LOC", "水\tI-LOC"),
        *("\u3000\tO", "\\u000a\tO", "", "", "丽水 NR _ B-LOC\r", "# O", "  O"),
    )
    assert parse_conll(text, "x") == [
        Sentence(("丽", "水", "\u3000", "\n"), ("B-LOC", "I-LOC", "O", "O"), 5, "a#0"),
        Sentence(("丽水", "#", " "), ("B-LOC", "O", "O"), 11, None),
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("丽水", "line 1 is '丽水', expected a token and a tag"),
        ("丽水 LOC", "expected a token and a tag"),
        ("丽水 B-", "expected a token and a tag"),
        ("丽水市委书记周立伟。 -X- _ B-ORG", "Label Studio wrote this CoNLL"),
    ],
)
def test_what_is_no_conll_is_refused(line, fault):
    with pytest.raises(InputError) as caught:
        parse_conll(line, "x.conll")
    assert "x.conll" in str(caught.value) and fault in str(caught.value)


def tags(text):
    return tuple(f"{tag}-X" if len(tag) == 1 and tag != "O" else tag for tag in text.split())


@pytest.mark.parametrize(
    ("text", "style", "spans", "broken"),
    [
        ("B I O B B I", "IOB2", [(0, 2), (3, 4), (4, 6)], []),
        ("B I O I I", "IOB2", [(0, 2)], [(3, 5)]),
        ("B I-Y I-Y B", "IOB2", [(0, 1), (3, 4)], [(1, 3)]),
        ("I I O I", "IOB1", [(0, 2), (3, 4)], []),
        ("I B I I-Y", "IOB1", [(0, 1), (1, 3), (3, 4)], []),
        ("B I E O S", "BIOES", [(0, 3), (4, 5)], []),
        ("B I L O U", "BIOES", [(0, 3), (4, 5)], []),
        ("B M E O S", "BIOES", [(0, 3), (4, 5)], []),
        ("B I O S", "BIOES", [(3, 4)], [(0, 2)]),
        ("B B E I E E S", "BIOES", [(1, 3), (6, 7)], [(0, 1), (3, 5), (5, 6)]),
        ("B I E-Y S", "BIOES", [(3, 4)], [(0, 2), (2, 3)]),
    ],
)
def test_tags_of_every_style(text, style, spans, broken):
    assert find_style([Sentence((), tags(text), 1, None)]) == style
    found, wrong = decode(tags(text), style)
    assert [(s.start, s.end) for s in found] == spans
    assert [(s.start, s.end) for s in wrong] == broken


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("XY"))),
    st.sampled_from(["IOB2", "IOB1", "BIOES"]),
)
def test_what_was_tagged_is_read_back(pieces, style):
    spans, place = [], 0
    for gap, length, label in pieces:
        spans.append(Span(place + gap, place + gap + length, label))
        place += gap + length
    written = ["O"] * place
    before = None
    for span in spans:
        touches = before is not None and (before.end, before.label) == (span.start, span.label)
        begin = "I" if style == "IOB1" and not touches else "B"
        written[span.start : span.end] = [f"{begin}-{span.label}"] + [f"I-{span.label}"] * (
            span.end - span.start - 1
        )
        if style == "BIOES":
            last = "S" if span.end - span.start == 1 else "E"
            written[span.end - 1] = f"{last}-{span.label}"
        before = span
    assert decode(written, style) == (spans, [])


def test_sentences_find_their_articles():
    def sentence(text):
        return Sentence(tuple(text), ("O",) * len(text), 1, None)

    texts = {"a": "甲乙\n丙丁", "b": "甲乙", "c": "戊  己"}
    articles = Articles(make_task(restore(t, n, steps=())) for n, t in texts.items())
    sentences = [sentence(text) for text in ("甲乙", "丙丁", "庚", "戊", "己", "甲乙", "庚", "甲")]
    found = [
        ("".join("".join(s.tokens) for s in group), whole)
        for group, whole in gather(sentences, articles)
    ]
    assert found == [
        ("甲乙丙丁", True),
        ("庚", False),
        ("戊己", True),
        ("甲乙", True),
        ("庚", False),
        ("甲", False),
    ]


def test_sentences_become_one_text():
    first = Sentence(("丽水", "市"), ("B-LOC", "I-LOC"), 3, None)
    second = Sentence(("出席", "𠮷", "会"), ("O", "I-ORG", "I-ORG"), 7, None)
    assert join([first, second], "IOB2") == (
        "丽水市出席𠮷会",
        [Span(0, 3, "LOC")],
        [Broken(8, "𠮷会", ("I-ORG", "I-ORG"))],
    )
