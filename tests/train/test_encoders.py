"""The recipe `encoder` from what hubs offer: MacBERT and RoBERTa-wwm are BERT by their files."""

import pytest
import torch
from tiny import ENCODERS, make_encoder, read
from transformers import AutoModelForTokenClassification, pipeline

from jiqun.errors import InputError
from jiqun.predict import Predictor
from jiqun.train.dataset import load_rows
from jiqun.train.finetune import count_positions, finetune, make_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def texts(little):
    configs = ("tokens", "composed")
    rows = [row for config in configs for row in load_rows(str(little), "train", config)["tokens"]]
    return ["".join(tokens) for tokens in rows]


@pytest.mark.parametrize("kind", ENCODERS)
def test_the_recipe_takes_any_encoder(kind, little, texts, scheme, tmp_path):
    encoder = make_encoder(kind, tmp_path / "encoder", texts)
    folder = tmp_path / "model"
    changes = {"encoder": tmp_path / "encoder", "max_steps": 2, "eval_steps": 1, "save_steps": 1}
    recipe, arguments = read(
        "encoder", little, folder, eval_strategy="steps", save_strategy="steps", **changes
    )
    _, started = make_model(recipe, texts, scheme.tags)
    weights = dict(started.base_model.named_parameters())
    assert all(torch.equal(weights[n], p) for n, p in encoder.named_parameters() if n in weights)
    assert len(weights.keys() & dict(encoder.named_parameters()).keys()) >= 8
    line = finetune(recipe, arguments)
    assert ", 2 steps in " in line and ", best f1 0." in line
    model = AutoModelForTokenClassification.from_pretrained(folder)
    assert model.config.model_type == kind
    assert [model.config.id2label[n] for n in range(11)] == scheme.tags
    text = "温岭市市长王宏说，2023年产值12亿元。" * 8
    assert pipeline("token-classification", model=str(folder), device="cpu")("温岭市") is not None
    # Longer than the encoder can read at once.
    assert len(Predictor(folder)([text])) == 1


def test_positions_that_an_encoder_has_are_counted(texts, tmp_path):
    usable = {}
    for kind in ENCODERS:
        make_encoder(kind, tmp_path / kind, texts)
        model = AutoModelForTokenClassification.from_pretrained(tmp_path / kind)
        usable[kind] = count_positions(model)
    # RoBERTa's first position stands behind that of padding, here 0.
    assert usable == {"bert": 66, "electra": 66, "modernbert": 66, "roberta": 65}


def test_windows_longer_than_the_encoder_are_refused(little, texts, scheme, tmp_path):
    make_encoder("roberta", tmp_path / "encoder", texts)
    recipe, _ = read("encoder", little, tmp_path, encoder=tmp_path / "encoder", max_length=66)
    with pytest.raises(InputError, match="holds 65 positions, the recipe's max_length is 66"):
        make_model(recipe, texts, scheme.tags)
