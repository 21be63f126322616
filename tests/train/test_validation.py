import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import EvalPrediction

from jiqun.spans import Document, Span
from jiqun.train.encode import encode, make_character_tokenizer
from jiqun.train.finetune import encode_documents
from jiqun.train.recipe import Recipe
from jiqun.train.validation import Validation, find_spans

TAGS = ["O", "B-A", "I-A", "B-B", "I-B"]
RECIPE = Recipe(max_length=12, overlap=4)
TOKENIZER = make_character_tokenizer(["甲乙丙丁"], 1)


def make(documents):
    windows, offsets = encode(TOKENIZER, [d.text for d in documents], 12, 4)
    examples, _, _ = encode_documents(documents, TOKENIZER, TAGS, RECIPE)
    return Validation(documents, windows, offsets, examples, TAGS)


def predict(validation, documents):
    """What a model would say that finds the spans of other documents of the same texts."""
    rows = make(documents).dataset["labels"]
    width = max(map(len, rows)) + 3
    # Padding has the class -100, as the Trainer pads batches to one another.
    padded = np.array([[*row, *[-100] * (width - len(row))] for row in rows])
    return validation(EvalPrediction(predictions=padded, label_ids=padded))


GOLD = [
    Document("a", "甲乙丙丁" * 9, (Span(2, 4, "A"), Span(8, 17, "B"), Span(30, 31, "A"))),
    Document("b", "甲乙", ()),
    Document("c", "甲乙丙丁甲乙", (Span(0, 6, "B"),)),
]


def test_gold_itself_scores_one_across_windows():
    assert predict(make(GOLD), GOLD) == {
        **{"precision": 1.0, "recall": 1.0, "f1": 1.0},
        **{"f1_A": 1.0, "f1_B": 1.0},
    }


def test_a_span_counts_only_if_it_is_exact():
    found = [
        Document("a", GOLD[0].text, (Span(2, 4, "A"), Span(8, 16, "B"))),
        Document("b", GOLD[1].text, (Span(0, 2, "A"),)),
        Document("c", GOLD[2].text, (Span(0, 6, "B"),)),
    ]
    scores = predict(make(GOLD), found)
    assert scores == {
        "precision": pytest.approx(2 / 4),
        "recall": pytest.approx(2 / 4),
        "f1": pytest.approx(2 / 4),
        "f1_A": pytest.approx(2 / 4),
        "f1_B": pytest.approx(2 / 4),
    }


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_examples_come_by_length_and_every_text_keeps_its_own(lengths):
    documents = [
        Document(str(n), "甲乙丙丁"[n % 4] * length, (Span(0, (n % length) + 1, "A"),))
        for n, length in enumerate(lengths)
    ]
    validation = make(documents)
    sizes = list(map(len, validation.dataset["input_ids"]))
    assert sizes == sorted(sizes)
    assert predict(validation, documents)["f1"] == 1.0


def test_a_label_that_is_not_there_scores_nothing():
    assert predict(make(GOLD[1:]), GOLD[1:])["f1_A"] == 0.0


def test_tokens_within_one_character_make_no_overlap():
    offsets = np.array([[0, 1], [0, 1], [1, 2], [2, 3]])
    assert find_spans(["B-A", "B-A", "I-A", "O"], offsets) == [Span(0, 1, "A")]
