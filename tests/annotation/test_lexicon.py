import pytest

from jiqun.annotation.lexicon import Lexicon, cuts_word
from jiqun.spans import Span
from marked import mark


def test_the_lexicon_keeps_what_nearly_always_means_one_thing():
    documents = [
        mark("{ORG|大众网}记者{PERSON|王宏}、{PERSON|欧阳明}，{FIGURE|两家}，{LOC|丽}"),
        mark("{ORG|大众网}，{LOC|京东}，{ORG|轴承}"),
        mark("{ORG|京东}，轴承，轴承{ORG|大众网络}"),
    ]
    lexicon = Lexicon.grow(documents)
    assert lexicon.entries == {
        "大众网": ("ORG", pytest.approx(2.5 / 3)),
        "大众网络": ("ORG", 0.75),
        "欧阳明": ("PERSON", 0.75),
    }
    assert [one.span for one in lexicon.find("据大众网，大众网络")] == [
        Span(1, 4, "ORG"),
        Span(5, 9, "ORG"),
    ]


def test_the_lexicon_cuts_no_word_and_no_longer_name():
    lexicon = Lexicon({"CNAS": ("ORG", 0.9), "丽水": ("LOC", 0.9), "市政府": ("ORG", 0.9)})
    text = "CNAS认可，CNASX，丽水，丽水路，市政府，温岭市政府"
    assert [text[one.span.start : one.span.end] for one in lexicon.find(text)] == [
        "CNAS",
        "丽水",
        "市政府",
    ]


@pytest.mark.parametrize(
    ("start", "end", "cut"),
    [(0, 3, True), (0, 4, False), (2, 4, True), (4, 6, False), (6, 8, True), (6, 9, False)],
)
def test_words_of_latin_letters_and_numbers_are_cut_by_a_range(start, end, cut):
    assert cuts_word("CNAS认可202", start, end) is cut
