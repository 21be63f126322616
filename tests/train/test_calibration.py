import numpy as np
import pytest
import torch

from jiqun.predict import Predictor
from jiqun.spans import Document, Span
from jiqun.train.calibration import calibrate, fit_temperature, score_spans
from jiqun.train.configuration import ConvolutionConfig
from jiqun.train.convolution import ConvolutionForTokenClassification
from jiqun.train.decode import Grammar
from jiqun.train.encode import make_character_tokenizer

GRAMMAR = Grammar(["O", "B-LOC", "I-LOC"])
TOKENIZER = make_character_tokenizer(["甲乙丙丁"], 1)


def score(rows, firsts=(0,), grammar=GRAMMAR):
    logits = np.log(np.array(rows))
    path = grammar.find_path(logits, np.array(firsts))
    return score_spans(logits, path, np.array(firsts), grammar).tolist()


def test_the_score_is_the_chance_of_the_span_and_of_its_end():
    rows = [[0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.7, 0.1, 0.2], [0.1, 0.7, 0.2]]
    assert score(rows) == pytest.approx([0.8 * 0.6 * (1 - 0.2), 0.7])


def test_another_sequence_does_not_go_on_with_a_span():
    rows = [[0.1, 0.8, 0.1], [0.7, 0.1, 0.2], [0.1, 0.8, 0.1]]
    assert score(rows) == pytest.approx([0.8 * (1 - 0.2), 0.8])
    assert score(rows, (0, 1)) == pytest.approx([0.8, 0.8])


def test_a_label_of_single_tokens_has_no_end_to_doubt():
    rows = [[0.1, 0.9], [0.8, 0.2]]
    assert score(rows, grammar=Grammar(["O", "B-LOC"])) == pytest.approx([0.9])


def test_no_spans_have_no_scores():
    assert score([[0.9, 0.05, 0.05]]) == []
    path = np.empty(0, int)
    assert score_spans(np.empty((0, 3)), path, path, GRAMMAR).tolist() == []


def test_three_of_four_spans_that_are_right_are_scored_three_quarters():
    logits = np.array([[0.0, 2.0]] * 4)
    grammar, gold = Grammar(["O", "B-LOC"]), np.array([1, 0, 1, 1])
    temperature = fit_temperature(logits, gold, np.arange(4), grammar)
    assert temperature == pytest.approx(2 / np.log(3), rel=1e-3)


@pytest.mark.parametrize(("last", "greatest"), [(1, 0.25), (0, 4)])
def test_a_span_is_right_if_it_ends_where_gold_does(last, greatest):
    logits = np.log([[0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.8, 0.1, 0.1], [0.2, 0.6, 0.2]])
    gold = np.array([1, 2 * last, 0, last])
    assert fit_temperature(logits, gold, np.array([0, 3]), GRAMMAR) == pytest.approx(
        greatest, rel=0.01
    )


def test_without_spans_scores_stay_as_they_are():
    logits = np.array([[2.0, 0.0, 0.0]])
    assert fit_temperature(logits, np.array([1]), np.array([0]), GRAMMAR) == 1
    assert fit_temperature(np.empty((0, 3)), np.empty(0, int), np.empty(0, int), GRAMMAR) == 1


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_logits_that_were_multiplied_is_found(temperature):
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 2)) * 2
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    gold = (random.random(20_000) > chances[:, 0]).astype(int)
    found = fit_temperature(logits * temperature, gold, np.arange(20_000), Grammar(["O", "B-LOC"]))
    assert found == pytest.approx(temperature, rel=0.05)


@pytest.fixture
def model():
    torch.manual_seed(1)
    config = ConvolutionConfig(
        vocab_size=len(TOKENIZER),
        id2label=dict(enumerate(["O", "B-LOC", "I-LOC"])),
        label2id={"O": 0, "B-LOC": 1, "I-LOC": 2},
        dilations=(1,),
        hidden_size=8,
    )
    return ConvolutionForTokenClassification(config)


def test_a_model_keeps_its_temperature_in_its_config(model, tmp_path):
    documents = [Document("a", "甲乙丙", (Span(0, 2, "LOC"),)), Document("b", "")]
    calibrate(model, TOKENIZER, documents, 12, 4)
    assert 0.25 <= model.config.score_temperature <= 4
    model.save_pretrained(tmp_path)
    TOKENIZER.save_pretrained(tmp_path)
    assert Predictor(tmp_path).temperature == model.config.score_temperature


def test_without_gold_a_model_stays_as_it_is(model):
    calibrate(model, TOKENIZER, [], 12, 4)
    calibrate(model, TOKENIZER, [Document("a", "甲乙丙")], 12, 4)
    assert not hasattr(model.config, "score_temperature")
