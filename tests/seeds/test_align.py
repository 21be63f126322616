import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiqun.seeds.align import Alignment, Edit, apply


@st.composite
def edited(draw, length=None):
    """A text and edits that fit it."""
    text = draw(
        st.text(max_size=30) if length is None else st.text(min_size=length, max_size=length)
    )
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2])
    return text, [Edit(start, end, draw(st.text(max_size=4))) for start, end in pairs]


def test_a_removal_leaves_no_trace_in_the_segments():
    text, alignment = apply("經(jīng)濟(jì)好", [Edit(1, 7), Edit(8, 12)])
    assert text == "經濟好"
    assert alignment.segments() == [[0, 1, 0, 1], [1, 2, 7, 8], [2, 3, 12, 13]]
    assert alignment.to_raw(0, 2) == (0, 8)
    assert alignment.to_text(0, 12) == (0, 2)
    assert alignment.to_text(1, 7) == (1, 1)


def test_a_replacement_of_another_length_is_aligned_as_a_whole():
    text, alignment = apply("規?;?、綠", [Edit(1, 4, "模化")])
    assert text == "規模化、綠"
    assert alignment.segments() == [[0, 1, 0, 1], [1, 3, 1, 4], [3, 5, 4, 6]]
    assert alignment.to_raw(1, 2) == (1, 4)
    assert alignment.to_text(2, 3) == (1, 3)


def test_a_shared_range_as_long_as_its_text_is_written_a_character_a_row():
    alignment = Alignment(np.array([0, 0]), np.array([2, 2]), 2)
    assert alignment.segments() == [[0, 1, 0, 2], [1, 2, 0, 2]]
    assert Alignment.from_segments(alignment.segments(), 2) == alignment


@given(edited())
def test_every_character_knows_its_raw_range(case):
    raw, edits = case
    text, alignment = apply(raw, edits)
    assert len(alignment) == len(text)
    assert alignment.raw_length == len(raw)
    assert (np.diff(alignment.starts) >= 0).all() and (np.diff(alignment.ends) >= 0).all()
    replaced = {index for edit in edits for index in range(edit.start, edit.end)}
    for index, (start, end) in enumerate(zip(alignment.starts, alignment.ends)):
        if start not in replaced:
            assert end == start + 1 and text[index] == raw[start]


@given(edited(), st.data())
def test_slicing_either_way_agrees(case, data):
    raw, edits = case
    text, alignment = apply(raw, edits)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    raw_start, raw_end = alignment.to_raw(start, end)
    assert 0 <= raw_start <= raw_end <= len(raw)
    back = alignment.to_text(raw_start, raw_end)
    if start == end:
        assert back[0] == back[1]
        return
    # Characters that share a range cannot be told apart; all others come back as they went.
    assert back[0] <= start < end <= back[1]
    assert alignment.to_raw(*back) == (raw_start, raw_end)
    if all(len(e.replacement) in (0, e.end - e.start) for e in edits):
        assert back == (start, end)


@given(edited(), st.data())
def test_composing_steps_equals_doing_them_one_after_the_other(case, data):
    raw, edits = case
    middle, first = apply(raw, edits)
    text, second = apply(middle, data.draw(edited(len(middle)))[1])
    third_text, third = apply(text, data.draw(edited(len(text)))[1])
    both = second.compose(first)
    assert len(both) == len(text) and both.raw_length == len(raw)
    assert third.compose(second).compose(first) == third.compose(second.compose(first))
    assert Alignment.identity(len(text)).compose(both) == both
    assert both.compose(Alignment.identity(len(raw))) == both
    assert len(third.compose(both)) == len(third_text)


@given(edited(), st.data())
def test_segments_read_back_exactly(case, data):
    raw, edits = case
    middle, first = apply(raw, edits)
    _, second = apply(middle, data.draw(edited(len(middle)))[1])
    alignment = second.compose(first)
    rows = alignment.segments()
    assert Alignment.from_segments(rows, len(raw)) == alignment
    assert [row[0] for row in rows[1:]] == [row[1] for row in rows[:-1]]


@pytest.mark.parametrize(
    "edits", [[Edit(3, 2)], [Edit(1, 1, "x")], [Edit(2, 3), Edit(1, 2)], [Edit(0, 9)]]
)
def test_edits_that_do_not_fit_are_refused(edits):
    with pytest.raises(ValueError, match="empty, out of order or outside"):
        apply("abcd", edits)


@pytest.mark.parametrize(
    "segments",
    [[[1, 2, 0, 1]], [[0, 1, 0, 1], [2, 3, 1, 2]], [[0, 1, 3, 4], [1, 2, 0, 1]], [[0, 1, 0, 9]]],
)
def test_segments_that_do_not_fit_are_refused(segments):
    with pytest.raises(ValueError):
        Alignment.from_segments(segments, 4)


def test_alignments_of_other_texts_do_not_compose():
    with pytest.raises(ValueError, match="does not continue"):
        Alignment.identity(3).compose(Alignment.identity(4))
