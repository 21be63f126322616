from hypothesis import given
from hypothesis import strategies as st

from jiqun.annotation.placement import Articles, move, squeeze
from jiqun.annotation.tasks import make_task
from jiqun.seeds.restore import restore
from jiqun.spans import Span


def make(name, text):
    return make_task(restore(text, name, steps=()))


def test_white_space_is_squeezed_out():
    assert squeeze(" 甲\u3000\r\n乙\xa0𠮷\ufeff") == ("甲乙𠮷\ufeff", [1, 5, 7, 8])


def test_a_text_is_found_by_its_characters_or_its_name():
    first, second, third = make("a", "甲 乙\n丙"), make("b", "丁"), make("c", "丁 ")
    articles = Articles([first, second, third])
    assert articles.find("甲乙丙") is first
    assert articles.find("丁", "c") is third
    assert articles.find("丁") == "its text is that of b and c"
    assert articles.find("甲乙", "a") == "its text is not that of the article a"
    assert articles.find("甲乙") == "its text is that of none of the 3 known articles"
    assert articles.find("甲乙丙", "of another program") is first


def test_beginnings_of_texts_are_known():
    articles = Articles([make("a", "甲 乙\n丙"), make("b", "甲丁")])
    assert [articles.begins(text) for text in ("", "甲", "甲乙丙", "甲丙", "乙", "甲乙丙丁")] == [
        *(True, True, True),
        *(False, False, False),
    ]
    assert articles.holds("甲乙丙") and not articles.holds("甲乙")


@given(
    st.lists(st.sampled_from("甲乙丙𠮷"), min_size=1, max_size=8),
    st.lists(st.sampled_from(["", " ", "\n", "\r\n", "\u3000"]), min_size=18, max_size=18),
    st.data(),
)
def test_spans_move_over_white_space(characters, blanks, data):
    first = "".join(b + c for b, c in zip(blanks, characters))
    second = "".join(b + c for b, c in zip(blanks[9:], characters))
    start = data.draw(st.integers(0, len(first) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(first))), "LOC")
    [moved] = move([span], first, second)
    surface = first[span.start : span.end]
    if first == second:
        assert moved == span
    elif surface.strip():
        there = second[moved.start : moved.end]
        assert there == there.strip() and squeeze(there)[0] == squeeze(surface)[0]
        before = squeeze(first[: span.start])[0]
        assert squeeze(second[: moved.start])[0] == before
    else:
        assert moved is None
