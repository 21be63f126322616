import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from jiqun.errors import InputError
from jiqun.spans import Span
from jiqun.train.encode import (
    IGNORED,
    align_tags,
    encode,
    make_character_tokenizer,
    merge_windows,
)

TAGS = {"O": 0, "B-A": 1, "I-A": 2, "B-B": 3, "I-B": 4}


def character(text="甲乙丙丁戊己庚辛", minimum=1):
    return make_character_tokenizer([text], minimum)


def wordpiece():
    """A BERT-like tokenizer: runs of digits become one token, white space none."""
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "甲", "乙", "2023", "年", "10", "##2", "."]
    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]"
    )


def bytelevel():
    """A GPT-like tokenizer: a Chinese character is three tokens, white space clings to words."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="!")


def test_a_character_is_a_token_and_white_space_too():
    tokenizer = make_character_tokenizer(["甲 乙\n甲 乙", "𠮷"], 2)
    [window], [offsets] = encode(tokenizer, ["甲 \t𠮷乙"], 16, 4)
    tokens = tokenizer.convert_ids_to_tokens(window.input_ids)
    assert tokens == ["[CLS]", "甲", " ", "[UNK]", "[UNK]", "乙", "[SEP]"]
    assert offsets.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]


@given(
    st.lists(st.text(alphabet="甲乙 \n𠮷x", max_size=60), max_size=4),
    st.integers(5, 20),
    st.data(),
)
def test_windows_hold_every_token_once_in_order(texts, max_length, data):
    tokenizer = character("甲乙 \n𠮷x")
    overlap = data.draw(st.integers(0, max_length - 3))
    windows, offsets = encode(tokenizer, texts, max_length, overlap)
    for number, text in enumerate(texts):
        assert offsets[number].tolist() == [[i, i + 1] for i in range(len(text))]
        own = [window for window in windows if window.text == number]
        assert all(len(window.input_ids) <= max_length for window in own)
        ids = [np.array(window.input_ids)[window.content] for window in own]
        for window, part in zip(own, ids):
            stretch = text[window.first : window.first + len(part)]
            assert tokenizer.convert_ids_to_tokens(part) == list(stretch)
        merged = merge_windows(own, ids)
        assert "".join(tokenizer.convert_ids_to_tokens(merged)) == text


def test_where_windows_overlap_the_one_with_more_context_counts():
    windows, _ = encode(character(), ["甲乙丙丁戊己庚辛"], 8, 4)
    assert [window.first for window in windows] == [0, 2]
    values = [np.full((6, 1), 0), np.full((6, 1), 1)]
    assert merge_windows(windows, values)[:, 0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_spans_become_the_classes_of_their_tokens():
    _, [offsets] = encode(character(), ["甲乙丙丁"], 16, 0)
    tags, lost = align_tags(offsets, [Span(0, 2, "A"), Span(2, 3, "A")], TAGS)
    assert (tags.tolist(), lost) == ([1, 2, 1, 0], [])


def test_a_token_across_an_edge_cannot_represent_the_span():
    _, [offsets] = encode(wordpiece(), ["甲2023年 乙"], 16, 0)
    assert offsets.tolist() == [[0, 1], [1, 5], [5, 6], [7, 8]]
    spans = [Span(0, 1, "A"), Span(1, 3, "B"), Span(5, 8, "A")]
    tags, lost = align_tags(offsets, spans, TAGS)
    assert lost == [Span(1, 3, "B")]
    assert tags.tolist() == [1, IGNORED, 1, 2]


def test_two_spans_in_one_token_are_both_set_aside():
    _, [offsets] = encode(wordpiece(), ["2023年"], 16, 0)
    tags, lost = align_tags(offsets, [Span(0, 2, "A"), Span(2, 4, "B"), Span(4, 5, "A")], TAGS)
    assert lost == [Span(0, 2, "A"), Span(2, 4, "B")]
    assert tags.tolist() == [IGNORED, 1]


def test_white_space_that_a_tokenizer_drops_is_no_span():
    _, [offsets] = encode(wordpiece(), ["甲 乙"], 16, 0)
    tags, lost = align_tags(offsets, [Span(0, 2, "A"), Span(2, 3, "B")], TAGS)
    assert lost == [Span(0, 2, "A")]
    assert tags.tolist() == [IGNORED, 3]


def test_a_character_of_many_tokens_is_represented():
    _, [offsets] = encode(bytelevel(), ["甲乙x"], 64, 0)
    assert offsets.tolist() == [[0, 1]] * 3 + [[1, 2]] * 3 + [[2, 3]]
    tags, lost = align_tags(offsets, [Span(0, 1, "A"), Span(1, 3, "B")], TAGS)
    assert (tags.tolist(), lost) == ([1, 2, 2, 3, 4, 4, 4], [])


@given(st.lists(st.integers(1, 4), max_size=12), st.data())
def test_a_span_is_represented_or_listed(lengths, data):
    ends = np.cumsum(lengths, dtype=int)
    offsets = np.stack([ends - lengths, ends], axis=1) if lengths else np.zeros((0, 2), int)
    size = int(ends[-1]) if lengths else 0
    cuts = sorted(data.draw(st.sets(st.integers(0, size), max_size=8)))
    spans = [Span(a, b, "A") for a, b in zip(cuts[::2], cuts[1::2])]
    tags, lost = align_tags(offsets, spans, TAGS)
    edges = {0, *ends.tolist()}
    assert lost == [s for s in spans if not {s.start, s.end} <= edges]
    assert (tags == TAGS["B-A"]).sum() == len(spans) - len(lost)


def test_a_window_must_have_room():
    with pytest.raises(InputError, match="overlap 6 does not fit max_length 8"):
        encode(character(), ["甲"], 8, 6)
    assert encode(character(), [], 8, 2) == ([], [])
