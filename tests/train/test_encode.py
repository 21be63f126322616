from functools import cache
from itertools import pairwise

import datasets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import (
    KINDS,
    bytefallback,
    bytelevel,
    characters,
    sentencepiece,
    unknowing,
    wordpiece,
    words,
)
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.scheme import read_scheme
from jiqun.spans import Document, Span, decode_tags, encode_tags
from jiqun.train.dataset import load_documents, load_rows
from jiqun.train.encode import IGNORED, align_tags, encode, make_character_tokenizer, tokenize
from jiqun.train.windows import merge_windows

TAGS = {"O": 0, "B-A": 1, "I-A": 2, "B-B": 3, "I-B": 4}
ODD = ["𠮷", "𠮶𠮷", "\u200b", "\x00", "e\u0301", "㎡", "①", "１５％", "Ａb", "ﬁ", "🏭"]
ODD += ["[SEP]", "[UNK]"]
WHITE = [" ", "  ", "\u3000", "\n", "\t", "\xa0"]


@cache
def read_real() -> list[Document]:
    """The paragraphs of the real articles."""
    splits = ("train", "validation", "test")
    return [d for split in splits for d in load_documents(load_rows(str(ROOT / "data"), split))]


@cache
def read_articles() -> list[Document]:
    """The real articles whole."""
    rows = datasets.load_dataset(str(ROOT / "data"), "spans")
    return [
        Document(row["id"], row["text"], tuple(Span(**span) for span in row["spans"]))
        for split in rows.values()
        for row in split
    ]


@cache
def make(kind):
    return kind([document.text for document in read_real()])


def decode(tags, offsets, names=tuple(TAGS)):
    """The spans that classes of tokens say, as a model's are read."""
    names = ["O" if tag == IGNORED else names[tag] for tag in tags]
    return [
        Span(int(offsets[s.start, 0]), int(offsets[s.end - 1, 1]), s.label)
        for s in decode_tags(names)
    ]


def find_representable(offsets, spans):
    """By the definition: the tokens on a span cover no more and no less, and are no other's."""
    found, taken = [], set()
    for span in spans:
        on = [n for n, (start, end) in enumerate(offsets) if start < span.end and end > span.start]
        covered = {c for n in on for c in range(*offsets[n])}
        edges = {span.start, span.end - 1}
        if covered <= set(range(span.start, span.end)) and edges <= covered:
            found += [] if taken & set(on) else [span]
        taken |= set(on)
    return found


@st.composite
def marked(draw):
    """A text of real fragments, odd characters and white space, with flat spans anywhere in it."""
    real = "".join(document.text for document in read_real()[:8])
    fragments = st.integers(0, len(real) - 9).flatmap(
        lambda start: st.integers(1, 8).map(lambda size: real[start : start + size])
    )
    parts = draw(st.lists(st.one_of(fragments, st.sampled_from(ODD + WHITE)), max_size=12))
    text = "".join(parts)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    labels = draw(st.lists(st.sampled_from("AB"), min_size=4, max_size=4))
    chosen = [pair for pair in pairwise(cuts) if draw(st.booleans())]
    return text, [Span(a, b, labels[n % 4]) for n, (a, b) in enumerate(chosen)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_spans_come_back_from_tags_or_are_listed(kind, data):
    text, spans = data.draw(marked())
    _, [offsets] = tokenize(make(kind), [text])
    tags, lost = align_tags(offsets, spans, TAGS)
    representable = find_representable(offsets, spans)
    assert decode(tags, offsets) == representable
    assert lost == [span for span in spans if span not in representable]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(st.lists(marked().map(lambda pair: pair[0]), min_size=1, max_size=4))
def test_every_character_has_a_token(kind, texts):
    tokenizer = make(kind)
    ids, offsets = tokenize(tokenizer, texts)
    for text, own, places in zip(texts, ids, offsets, strict=True):
        assert (np.diff(places, axis=0) >= 0).all()
        covered = {c for start, end in places for c in range(start, end)}
        bare = "".join(text[c] for c in range(len(text)) if c not in covered)
        assert not bare.strip() or tokenizer.unk_token_id is None
        special = places[np.isin(own, tokenizer.all_special_ids)]
        assert (np.diff(special) <= 1).all()
        [alone], [alone_places] = tokenize(tokenizer, [text])
        assert alone.tolist() == own.tolist()
        assert alone_places.tolist() == places.tolist()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (unknowing, words)])
def test_what_a_tokenizer_says_stays_as_it_is(kind):
    tokenizer = make(kind)
    texts = ["".join(d.text.split()) for d in read_real()]
    whole = tokenizer(texts)["input_ids"]
    windows, _ = encode(tokenizer, texts, 4096, 0)
    assert len(windows) == len(texts)
    same = [window.input_ids == ids for window, ids in zip(windows, whole)]
    known = [tokenizer.unk_token_id not in ids for ids in whole]
    assert all(s for s, k in zip(same, known) if k)
    assert any(known)
    # What the tokenizer is for others has not changed.
    assert tokenizer("甲 [SEP]")["input_ids"][-2:] == [tokenizer.sep_token_id] * 2


@pytest.mark.parametrize(
    ("kind", "text", "tokens", "places"),
    [
        (
            wordpiece,
            "浙江 省\x002023年",
            ["浙", "江", "[UNK]", "省", "[UNK]", "2023", "年"],
            [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 9], [9, 10]],
        ),
        (
            unknowing,
            "的LED，",
            ["的", "[UNK]", "[UNK]", "[UNK]", "，"],
            [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]],
        ),
        (
            bytelevel,
            " 的 省",
            ["Ġ", "çļĦ", "Ġ", "çľģ"],
            [[0, 1], [1, 2], [2, 3], [3, 4]],
        ),
        (
            bytefallback,
            "的\x00",
            ["▁", "的", "<0x00>"],
            [[0, 1], [0, 1], [1, 2]],
        ),
        (
            sentencepiece,
            "的\x01  𠮷𠮶",
            ["▁", "的", "[UNK]", "[UNK]", "▁", "[UNK]", "[UNK]"],
            [[0, 1], [0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6]],
        ),
        (
            characters,
            "的 [SEP]",
            ["的", " ", "[UNK]", "[UNK]", "[UNK]", "P", "[UNK]"],
            [[n, n + 1] for n in range(7)],
        ),
    ],
)
def test_characters_dropped_or_hidden_are_given_back(kind, text, tokens, places):
    [ids], [offsets] = tokenize(make(kind), [text])
    assert (make(kind).convert_ids_to_tokens(ids), offsets.tolist()) == (tokens, places)


def test_a_hidden_character_that_the_vocabulary_holds_is_itself():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "甲": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]")
    [ids], [offsets] = tokenize(tokenizer, ["乙甲乙 甲"])
    assert ids.tolist() == [0, 1, 0, 0, 1]
    assert offsets.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]


def test_a_text_that_spells_a_special_token_has_its_characters():
    vocabulary = [("[UNK]", 0.0), ("[SEP]", 0.0), ("甲", -1.0), ("S", -1.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0))
    names = {"unk_token": "[UNK]", "sep_token": "[SEP]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
    [ids], [offsets] = tokenize(tokenizer, ["甲[SEP]"])
    assert ids.tolist() == [2, 0, 3, 0, 0, 0]
    assert offsets.tolist() == [[n, n + 1] for n in range(6)]


def test_white_space_at_the_edge_of_a_token_is_no_part_of_it():
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {c: i for i, c in enumerate([*alphabet, "ĠĠ", "ĠĠx", "aĠ"])}
    merges = [("Ġ", "Ġ"), ("ĠĠ", "x"), ("a", "Ġ")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    [ids], [offsets] = tokenize(tokenizer, ["a  xa  aa x"])
    assert tokenizer.convert_ids_to_tokens(ids) == ["a", "ĠĠx", "a", "ĠĠ", "a", "aĠ", "x"]
    assert offsets.tolist() == [[0, 1], [3, 4], [4, 5], [5, 7], [7, 8], [8, 9], [10, 11]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_span_of_the_real_articles_is_represented_or_straddled(kind):
    scheme = read_scheme(ROOT / "annotation/scheme.yaml")
    classes = {tag: number for number, tag in enumerate(scheme.tags)}
    documents = read_real()
    _, places = tokenize(make(kind), [document.text for document in documents])
    total = lost = 0
    for document, offsets in zip(documents, places):
        tags, listed = align_tags(offsets, document.spans, classes)
        begun = [scheme.tags[tag][2:] for tag in tags if tag > 0 and scheme.tags[tag][0] == "B"]
        assert begun == [s.label for s in document.spans if s not in listed]
        for span in listed:
            across = [(a, b) for a, b in offsets if a < span.start < b or a < span.end < b]
            assert across
        total += len(document.spans)
        lost += len(listed)
    assert total == 382
    assert lost == 0 or kind not in (wordpiece, unknowing, characters)


@pytest.mark.parametrize("kind", KINDS)
def test_the_windows_of_a_whole_article_give_its_spans_again(kind):
    scheme = read_scheme(ROOT / "annotation/scheme.yaml")
    classes = {tag: number for number, tag in enumerate(scheme.tags)}
    inside = np.array([tag.startswith("I-") for tag in scheme.tags])
    articles = read_articles()
    windows, places = encode(make(kind), [article.text for article in articles], 64, 24)
    assert len(windows) > 50
    for number, (article, offsets) in enumerate(zip(articles, places)):
        tags, lost = align_tags(offsets, article.spans, classes)
        names = np.array([scheme.tags[max(tag, 0)] for tag in tags])
        own = [window for window in windows if window.text == number]
        values = []
        for window in own:
            # Of a span that began before the window nothing is seen.
            part = names[window.first :][: window.content.sum()]
            seen = encode_tags(decode_tags(part), len(part))
            values.append(np.eye(len(classes))[[classes[name] for name in seen]])
        merged = merge_windows(own, values, inside).argmax(-1)
        found = decode(merged, offsets, scheme.tags)
        assert found == [span for span in article.spans if span not in lost]


def make_wordpiece():
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


def test_a_character_is_a_token_and_white_space_too():
    tokenizer = make_character_tokenizer(["甲 乙\n甲 乙", "𠮷"], 2)
    [window], [offsets] = encode(tokenizer, ["甲 \t𠮷乙"], 16, 4)
    tokens = tokenizer.convert_ids_to_tokens(window.input_ids)
    assert tokens == ["[CLS]", "甲", " ", "[UNK]", "[UNK]", "乙", "[SEP]"]
    assert offsets.tolist() == [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]


def test_spans_become_the_classes_of_their_tokens():
    _, [offsets] = tokenize(make_wordpiece(), ["甲乙2023年"])
    spans = [Span(0, 2, "A"), Span(2, 6, "A")]
    tags, lost = align_tags(offsets, spans, TAGS)
    assert (tags.tolist(), lost) == ([1, 2, 1, 0], [])


def test_a_token_across_an_edge_cannot_represent_the_span():
    _, [offsets] = tokenize(make_wordpiece(), ["甲2023年 乙"])
    assert offsets.tolist() == [[0, 1], [1, 5], [5, 6], [6, 7], [7, 8]]
    spans = [Span(0, 1, "A"), Span(1, 3, "B"), Span(5, 8, "A")]
    tags, lost = align_tags(offsets, spans, TAGS)
    assert lost == [Span(1, 3, "B")]
    assert tags.tolist() == [1, IGNORED, 1, 2, 2]


def test_two_spans_in_one_token_are_both_set_aside():
    _, [offsets] = tokenize(make_wordpiece(), ["2023年"])
    tags, lost = align_tags(offsets, [Span(0, 2, "A"), Span(2, 4, "B"), Span(4, 5, "A")], TAGS)
    assert lost == [Span(0, 2, "A"), Span(2, 4, "B")]
    assert tags.tolist() == [IGNORED, 1]


def test_the_tokenizer_frames_every_window():
    windows, _ = encode(make_wordpiece(), ["甲乙甲乙", "", " ", "甲"], 5, 1)
    assert [window.input_ids for window in windows] == [
        [2, 4, 5, 4, 3],
        [2, 4, 5, 3],
        [2, 3],
        [2, 1, 3],
        [2, 4, 3],
    ]
    assert [window.first for window in windows] == [0, 2, 0, 0, 0]
    assert [window.content.tolist() for window in windows[:2]] == [
        [False, True, True, True, False],
        [False, True, True, False],
    ]


def test_a_window_must_have_room():
    tokenizer = make_character_tokenizer(["甲"], 1)
    with pytest.raises(InputError, match="overlap 6 does not fit max_length 8"):
        encode(tokenizer, ["甲"], 8, 6)
    assert encode(tokenizer, [], 8, 2) == ([], [])
