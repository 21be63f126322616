import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import EvalPrediction

from jiqun.spans import Document, Span
from jiqun.train.encode import encode, make_character_tokenizer
from jiqun.train.finetune import encode_documents
from jiqun.train.recipe import Recipe
from jiqun.train.validation import Validation
from jiqun.train.windows import Window

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
    logits = np.full((len(rows), width, len(TAGS)), -100.0)
    for row, classes in zip(logits, rows):
        for place, number in enumerate(classes):
            row[place] = 0.0
            if number >= 0:
                row[place, number] = 1.0
    return validation(EvalPrediction(predictions=logits, label_ids=None))


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
    window = Window(0, 0, [9] * 4, np.ones(4, bool))
    offsets = np.array([[0, 1], [0, 1], [1, 2], [2, 3]])
    examples = [{"input_ids": [9] * 4, "labels": [1, 1, 2, 0]}]
    gold = Document("a", "甲乙丙", (Span(0, 1, "A"),))
    validation = Validation([gold], [window], [offsets], examples, TAGS)
    scores = validation(EvalPrediction(predictions=np.eye(5)[[[1, 1, 2, 0]]], label_ids=None))
    assert scores["f1"] == 1.0


def test_no_span_goes_on_that_did_not_begin():
    validation = make(GOLD[1:2])
    logits = np.zeros((1, 4, 5))
    # I-A is the best of both tokens; by far in the second one.
    logits[0, 1, [1, 2]], logits[0, 2, 2] = (0.9, 1.0), 5.0
    validation.documents = [Document("b", "甲乙", (Span(0, 2, "A"),))]
    assert validation(EvalPrediction(predictions=logits, label_ids=None))["f1_A"] == 1.0
