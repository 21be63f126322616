from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiqun.spans import Span, decode_tags, encode_tags
from jiqun.train.decode import Grammar

TAGS = ["O", "B-LOC", "I-LOC", "I-ORG", "B-ORG"]
GRAMMAR = Grammar(TAGS)

# Whole numbers are added without rounding, so that equal sums are equal.
sequences = st.lists(
    st.integers(1, 5).flatmap(
        lambda length: st.lists(
            st.lists(st.integers(-4, 4), min_size=5, max_size=5), min_size=length, max_size=length
        )
    ),
    min_size=1,
    max_size=4,
)


def follow_path(parts):
    """The path of several sequences of scores, as one array for each."""
    lengths = np.array([len(part) for part in parts])
    firsts = np.cumsum(lengths) - lengths
    path = GRAMMAR.find_path(np.array([row for part in parts for row in part], float), firsts)
    return np.split(path, firsts[1:])


def is_allowed(path):
    tags = [TAGS[n] for n in path]
    return encode_tags(decode_tags(tags), len(tags)) == tags


@cache
def list_allowed(length):
    return np.array([path for path in product(range(5), repeat=length) if is_allowed(path)])


@settings(deadline=None)
@given(sequences)
def test_no_allowed_sequence_has_a_greater_sum(parts):
    for part, path in zip(parts, follow_path(parts)):
        assert is_allowed(path)
        rows = np.arange(len(part))
        sums = np.array(part)[rows, list_allowed(len(part))].sum(1)
        assert sum(row[n] for row, n in zip(part, path)) == sums.max()


@given(sequences)
def test_what_is_allowed_as_it_stands_is_left_alone(parts):
    for part, path in zip(parts, follow_path(parts)):
        greatest = np.argmax(part, axis=1)
        if is_allowed(greatest):
            assert path.tolist() == greatest.tolist()


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_cuts_change_nothing_in_long_sequences(seed, length):
    scores = np.random.default_rng(seed).normal(size=(length, 5)) * [1, 1, 1.5, 1.5, 1]
    whole = GRAMMAR._search(scores[None], np.array([length]))[0]
    assert GRAMMAR.find_path(scores, np.array([0])).tolist() == whole.tolist()


@given(sequences)
def test_spans_are_those_of_the_tags(parts):
    paths = follow_path(parts)
    starts, ends = GRAMMAR.find_spans(np.concatenate(paths))
    wanted, position = [], 0
    for path in paths:
        for span in decode_tags([TAGS[n] for n in path]):
            wanted.append((position + span.start, position + span.end))
        position += len(path)
    assert list(zip(starts, ends)) == wanted


def test_a_gap_is_filled_or_a_tail_dropped_whichever_is_likelier():
    #             O  B-LOC I-LOC I-ORG B-ORG
    gap = [[0, 9, 0, 0, 0], [5, 0, 4, 0, 0], [0, 2, 9, 0, 0]]
    tail = [[0, 9, 0, 0, 0], [9, 0, 1, 0, 0], [3, 2, 4, 0, 0]]
    start = [[0, 3, 4, 0, 0], [0, 0, 5, 0, 0]]
    assert [path.tolist() for path in follow_path([gap, tail, start])] == [
        [1, 2, 2],
        [1, 0, 0],
        [1, 2],
    ]


def test_nothing_gives_nothing():
    path = GRAMMAR.find_path(np.empty((0, 5)), np.empty(0, int))
    assert len(path) == 0
    assert [len(edges) for edges in GRAMMAR.find_spans(path)] == [0, 0]


def test_sequences_of_unlike_length_share_a_search():
    path = GRAMMAR.find_path(np.array([[0, 1, 2, 0, 0]] * 8, float), np.array([0, 1, 4, 6]))
    assert path.tolist() == [1, 1, 2, 2, 1, 2, 1, 2]
    starts, ends = GRAMMAR.find_spans(path)
    assert [Span(int(s), int(e), "LOC") for s, e in zip(starts, ends)] == [
        Span(0, 1, "LOC"),
        Span(1, 4, "LOC"),
        Span(4, 6, "LOC"),
        Span(6, 8, "LOC"),
    ]


@pytest.mark.parametrize(
    "tags", [["B-LOC", "I-LOC"], ["O", "I-LOC"], ["O", "S-LOC"], ["O", "O", "B-LOC"], ["LABEL_0"]]
)
def test_other_tags_are_refused(tags):
    with pytest.raises(ValueError, match="not IOB2 tags"):
        Grammar(tags)
