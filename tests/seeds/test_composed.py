import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.errors import InputError
from jiqun.seeds.composed import parse_marked, read_marked, write_marked
from jiqun.spans import Span, check_spans

LABELS = ["ORG", "LOC", "PERSON"]


def test_inline_labels_are_read():
    marked = "{LOC|温岭}市长\n{ORG|市委}{ORG|市政府}，𠮷{PERSON|李　娜}。"
    text, spans = parse_marked(marked, LABELS, "a.txt")
    assert text == "温岭市长\n市委市政府，𠮷李　娜。"
    assert spans == [
        Span(0, 2, "LOC"),
        Span(5, 7, "ORG"),
        Span(7, 10, "ORG"),
        Span(12, 15, "PERSON"),
    ]
    assert write_marked(text, spans) == marked


@pytest.mark.parametrize(
    ("marked", "fault"),
    [
        ("甲\n{甲", "a.txt: line 2: a stray '{'"),
        ("甲}", "a.txt: line 1: a stray '}'"),
        ("{ORG|甲\n乙}", "a stray '{'; write {LABEL|surface} in one line"),
        ("{ORG|甲{LOC|乙}}", "a stray '{'"),
        ("{GPE|甲}", "'{GPE|甲}' needs one of ORG, LOC, PERSON"),
        ("{ORG|}", "must not be empty"),
        ("{ORG|甲 }", "touch white space"),
        ("{ORG|甲|乙}", "a stray '{'"),
    ],
)
def test_what_is_no_inline_label_is_told(marked, fault):
    with pytest.raises(InputError) as caught:
        parse_marked(marked, LABELS, "a.txt")
    assert fault in str(caught.value)


@given(st.data())
def test_what_is_written_is_read_back(data):
    letters = st.characters(blacklist_characters="{}|", blacklist_categories=["Cs"])
    text = data.draw(st.text(letters, max_size=40))
    edges = data.draw(st.lists(st.integers(0, len(text)), max_size=10, unique=True).map(sorted))
    spans = [
        Span(start, end, data.draw(st.sampled_from(LABELS)))
        for start, end in zip(edges[::2], edges[1::2])
        if text[start:end] == text[start:end].strip() and "\n" not in text[start:end]
    ]
    check_spans(spans, len(text))
    assert parse_marked(write_marked(text, spans), LABELS, "a") == (text, spans)


def test_asides_are_told_apart_from_mentions(tmp_path):
    path = tmp_path / "c1.txt"
    path.write_text("{ASIDE|首页 | 新闻}\n{ORG|甲厂}开工".replace(" | ", "／"), encoding="utf-8")
    marked = read_marked(path, LABELS)
    assert (marked.document.id, marked.document.text) == ("c1", "首页／新闻\n甲厂开工")
    assert marked.document.spans == (Span(6, 8, "ORG"),)
    assert marked.asides == (Span(0, 5, "ASIDE"),)
