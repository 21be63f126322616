import math

import pytest
import torch

from jiqun.errors import InputError
from jiqun.train.encode import IGNORED
from jiqun.train.objective import TokenLoss, weigh_classes

TAGS = ["O", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
LOGITS = torch.tensor([[[0.0, 0.0], [0.0, math.log(3)], [5.0, 1.0]]])
LABELS = torch.tensor([[0, 1, IGNORED]])


def test_the_mean_over_the_tokens_that_count():
    loss = TokenLoss()({"logits": LOGITS}, LABELS)
    assert loss.item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)


def test_a_step_of_two_batches_weighs_tokens_and_not_batches():
    parts = [
        TokenLoss()({"logits": LOGITS[:, n : n + 1]}, LABELS[:, n : n + 1], torch.tensor(2))
        for n in range(2)
    ]
    assert sum(parts).item() == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)


def test_weights_count_classes_more_or_less():
    loss = TokenLoss(torch.tensor([1.0, 3.0]))({"logits": LOGITS}, LABELS)
    assert loss.item() == pytest.approx((math.log(2) + 3 * math.log(4 / 3)) / 2)


def test_no_weights():
    assert weigh_classes("none", [[0, 1]], TAGS) is None


def test_rare_tags_weigh_more_and_the_tokens_one_on_average():
    labels = [[0] * 70 + [1] * 20 + [IGNORED] * 50, [2] * 9 + [3]]
    weights = weigh_classes("inverse", labels, TAGS)
    ratio = weights / weights[0]
    expected = [1, math.sqrt(71 / 21), math.sqrt(71 / 10), math.sqrt(71 / 2), math.sqrt(71)]
    assert ratio.tolist() == pytest.approx(expected)
    counts = torch.tensor([70, 20, 9, 1, 0])
    assert ((weights * counts).sum() / counts.sum()).item() == pytest.approx(1)


def test_weights_by_label():
    assert weigh_classes({"ORG": 2, "O": 0.5}, [], TAGS).tolist() == [0.5, 2, 2, 1, 1]
    with pytest.raises(InputError, match="no label is called 'PLACE'; there are O, ORG, LOC"):
        weigh_classes({"PLACE": 2.0}, [], TAGS)
