from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiqun.spans import Span, decode_tags, encode_tags
from jiqun.train.encode import encode, make_character_tokenizer
from jiqun.train.windows import Window, cut_windows, merge_windows, rank_cuts

TAGS = ["O", "B-A", "I-A", "B-B", "I-B"]
INSIDE = np.array([False, False, True, False, True])


def each(text):
    """A token a character."""
    places = np.arange(len(text))
    return np.stack([places, places + 1], axis=1)


def test_windows_end_and_begin_behind_sentences():
    text = "一二三四五六七八。一二三四。六七八九十一二三，五六七八九"
    windows = [text[a:b] for a, b in cut_windows(text, each(text), 16, 4)]
    assert windows == [
        "一二三四五六七八。一二三四。",
        "一二三四。六七八九十一二三，",
        "一二三，五六七八九",
    ]


def test_without_sentences_windows_end_behind_clauses_or_anywhere():
    text = "一二三四五六七八九，一二三四五六七八九十一二三四五六"
    windows = [text[a:b] for a, b in cut_windows(text, each(text), 12, 3)]
    assert windows == ["一二三四五六七八九，", "八九，一二三四五六七八九", "七八九十一二三四五六"]


def test_closing_quotes_and_white_space_belong_to_the_sentence_before_them():
    text = "他说：“好。” 是！3.5万元. 元，的"
    ranks = rank_cuts(text, each(text))
    assert [text[n:] for n in np.flatnonzero(ranks == 3)] == [
        "是！3.5万元. 元，的",
        "3.5万元. 元，的",
        "元，的",
    ]
    assert [text[n:] for n in np.flatnonzero(ranks == 2)] == ["“好。” 是！3.5万元. 元，的", "的"]


def test_a_window_does_not_end_within_a_character_or_a_token_across_a_sentence_end():
    # Three tokens a character, as bytes; then one token over the end of a sentence.
    bytes_of = np.repeat(each("甲乙丙丁"), 3, axis=0)
    assert list(cut_windows("甲乙丙丁", bytes_of, 8, 1)) == [(0, 6), (3, 9), (6, 12)]
    offsets = np.array([[0, 1], [1, 3], [3, 4], [4, 5]])
    assert rank_cuts("甲。乙，丁", offsets).tolist() == [0, 1, 1, 2]


texts = st.text(alphabet="甲乙丙丁。、” \n", max_size=120)


@given(texts, st.integers(1, 30), st.data())
def test_windows_cover_the_text_and_share_what_is_asked(text, room, data):
    overlap = data.draw(st.integers(0, room - 1))
    windows = list(cut_windows(text, each(text), room, overlap))
    assert windows[0][0] == 0 and windows[-1][1] == len(text)
    assert all(last - first <= room for first, last in windows)
    ranks = rank_cuts(text, each(text))
    slack = (room - overlap) // 3
    for (first, last), (following, end) in pairwise(windows):
        assert first < following and last < end
        assert following <= last - overlap
        assert ranks[last] == ranks[first + room - slack : first + room + 1].max()
        assert ranks[following] == ranks[last - overlap - slack : last - overlap + 1].max()


@settings(max_examples=50, deadline=None)
@given(st.lists(texts, max_size=4), st.integers(5, 20), st.data())
def test_windows_of_many_texts_hold_every_token_in_order(many, max_length, data):
    tokenizer = make_character_tokenizer(["甲乙丙丁。、” \n"], 1)
    overlap = data.draw(st.integers(0, max_length - 3))
    windows, offsets = encode(tokenizer, many, max_length, overlap)
    for number, text in enumerate(many):
        assert offsets[number].tolist() == each(text).tolist()
        own = [window for window in windows if window.text == number]
        ids = [np.array(window.input_ids)[window.content] for window in own]
        for window, part in zip(own, ids):
            assert len(window.input_ids) <= max_length
            stretch = text[window.first : window.first + len(part)]
            assert tokenizer.convert_ids_to_tokens(part) == list(stretch)
        one_hot = [np.eye(len(tokenizer))[part] for part in ids]
        merged = merge_windows(own, one_hot, np.zeros(len(tokenizer), bool)).argmax(-1)
        assert "".join(tokenizer.convert_ids_to_tokens(merged)) == text


def see(spans, first, last, cut):
    """The tags of a model that is right about each span it sees whole, and says of one that the
    window cuts what `cut` says: that it is none, or a whole one, or goes on."""
    names = ["O"] * (last - first)
    for span in spans:
        start, end = max(span.start, first) - first, min(span.end, last) - first
        if start < end:
            whole = first <= span.start and span.end <= last
            seen = encode_tags([Span(start, end, span.label)], end)[start:]
            if span.start < first and cut == "goes on":
                seen[0] = f"I-{span.label}"
            names[start:end] = seen if whole or cut != "none" else ["O"] * (end - start)
    return np.eye(len(TAGS))[[TAGS.index(name) for name in names]]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 12), st.sampled_from("AB")), min_size=3),
    st.integers(2, 24),
    st.data(),
)
def test_a_span_across_a_seam_comes_out_whole(steps, room, data):
    spans, end = [], 0
    for gap, length, label in steps:
        spans.append(Span(end + gap, end + gap + length, label))
        end += gap + length
    marks = data.draw(st.sets(st.integers(0, end - 1), max_size=6))
    text = "".join("。" if place in marks else "甲" for place in range(end))
    overlap = data.draw(st.integers(0, room - 1))
    places = list(cut_windows(text, each(text), room, overlap))
    answers = st.sampled_from(["none", "whole", "goes on"])
    values = [see(spans, first, last, data.draw(answers)) for first, last in places]
    windows = [Window(0, first, [], np.ones(last - first, bool)) for first, last in places]
    merged = merge_windows(windows, values, INSIDE)
    found = decode_tags([TAGS[n] for n in merged.argmax(-1)])
    fitting = [s for s in spans if any(a <= s.start and s.end <= b for a, b in places)]
    assert all(s in fitting for s in spans if s.end - s.start <= max(overlap, 1))
    assert len(merged) == len(text)
    assert set(fitting) <= set(found)
    if fitting == spans:
        assert found == spans


def test_where_windows_overlap_the_one_with_more_context_counts():
    windows = [Window(0, 0, [], np.ones(6, bool)), Window(0, 2, [], np.ones(6, bool))]
    values = [np.eye(3)[[0] * 6], np.eye(3)[[2] * 6]]
    merged = merge_windows(windows, values, np.zeros(3, bool)).argmax(-1)
    assert merged.tolist() == [0, 0, 0, 0, 2, 2, 2, 2]
