import numpy as np
import pytest

from jiqun.train.calibration import fit_temperature, score_spans
from jiqun.train.decode import Grammar

GRAMMAR = Grammar(["O", "B-LOC", "I-LOC"])


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


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_logits_that_were_multiplied_is_found(temperature):
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 3)) * 2
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    classes = (random.random(20_000)[:, None] > chances.cumsum(1)).sum(1)
    assert fit_temperature(logits * temperature, classes) == pytest.approx(temperature, rel=0.03)
