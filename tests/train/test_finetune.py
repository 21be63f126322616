import json
from collections import Counter
from dataclasses import replace

import pytest
import torch
from kinds import bytelevel
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    BertConfig,
    BertModel,
    TrainingArguments,
    pipeline,
)

from jiqun.errors import InputError
from jiqun.predict import Predictor
from jiqun.train.dataset import load_rows
from jiqun.train.encode import make_character_tokenizer, tokenize
from jiqun.train.finetune import finetune, make_model
from jiqun.train.recipe import Recipe


def settings(folder, **more):
    return TrainingArguments(
        output_dir=str(folder),
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=True,
        per_device_train_batch_size=4,
        **more,
    )


SHAPE = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "max_length": 64}


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    line = finetune(
        Recipe(data=str(data), overlap=16, **SHAPE), settings(folder, max_steps=5, seed=1)
    )
    return folder, line


@pytest.mark.slow
def test_a_model_made_here_loads_anywhere(trained, scheme):
    folder, line = trained
    assert line.startswith("train: 0.0 M parameters, 5 steps in ")
    assert "0 spans set aside" in line
    assert {path.name for path in folder.iterdir()} >= {"model.safetensors", "tokenizer.json"}
    assert not list(folder.glob("*.bin")) and not list(folder.glob(".*"))
    model = AutoModelForTokenClassification.from_pretrained(folder)
    assert [model.config.id2label[n] for n in range(11)] == scheme.tags
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert len(tokenizer("浙江 省")["input_ids"]) == 6
    marked = pipeline("token-classification", model=str(folder), device="cpu")("浙江省")
    assert all(item["entity"] in scheme.tags for item in marked)


def test_convolutions_from_nothing_take_their_shape_from_the_recipe():
    recipe = Recipe(architecture="convolution", hidden_size=8, num_hidden_layers=6, dropout=0.4)
    tokenizer, model = make_model(recipe, ["甲甲乙乙"], ["O", "B-ORG", "I-ORG"])
    config = model.config
    assert (config.vocab_size, config.num_labels, config.hidden_size) == (len(tokenizer), 3, 8)
    assert config.dilations == [1, 2, 4, 8, 1, 2]
    assert (config.embedding_dropout, config.classifier_dropout) == (0.4, 0.4)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_model(trained, data, tmp_path):
    folder, _ = trained
    finetune(Recipe(data=str(data), overlap=16, **SHAPE), settings(tmp_path, max_steps=5, seed=1))
    for name in ("model.safetensors", "tokenizer.json"):
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.slow
def test_training_learns_what_it_is_shown(data, tmp_path):
    recipe = Recipe(data=str(data), dropout=0.0, overlap=16, **SHAPE | {"hidden_size": 64})
    finetune(recipe, settings(tmp_path, max_steps=150, learning_rate=5e-3, seed=2))
    rows = load_rows(str(data), "train")
    found = Predictor(tmp_path, least_score=0)(["".join(tokens) for tokens in rows["tokens"]])
    assert sum(map(len, found)) > 100


@pytest.mark.slow
def test_a_local_encoder_by_one_line_of_the_recipe(data, tmp_path):
    encoder = tmp_path / "encoder"
    texts = ["".join(tokens) for tokens in load_rows(str(data), "train")["tokens"]]
    tokenizer = make_character_tokenizer(texts, 1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    torch.manual_seed(0)
    pretrained = BertModel(config)
    pretrained.save_pretrained(encoder)
    tokenizer.save_pretrained(encoder)
    recipe = Recipe(data=str(data), encoder=str(encoder), max_length=64, overlap=16)
    _, model = make_model(recipe, texts, ["O", "B-A", "I-A"])
    weights = "embeddings.word_embeddings.weight"
    assert torch.equal(model.bert.state_dict()[weights], pretrained.state_dict()[weights])
    assert model.config.id2label == {0: "O", 1: "B-A", 2: "I-A"}
    finetune(recipe, settings(tmp_path / "model", max_steps=2))
    assert (tmp_path / "model/model.safetensors").is_file()
    assert (tmp_path / "model/unrepresentable.jsonl").read_text() == ""
    with pytest.raises(InputError, match="holds 64 positions, the recipe's max_length is 256"):
        make_model(Recipe(encoder=str(encoder)), texts, ["O"])


@pytest.mark.slow
def test_spans_that_an_encoder_cannot_represent_are_listed_and_stop_training(
    data, tmp_path, capsys
):
    encoder = tmp_path / "encoder"
    rows = load_rows(str(data), "train")
    tokenizer = bytelevel(["".join(tokens) for tokens in rows["tokens"]])
    BertModel(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
        )
    ).save_pretrained(encoder)
    tokenizer.save_pretrained(encoder)
    recipe = Recipe(data=str(data), encoder=str(encoder), max_length=64, overlap=16)
    with pytest.raises(InputError) as caught:
        finetune(recipe, settings(tmp_path / "model", max_steps=1))
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["unrepresentable.jsonl"]
    listed = (tmp_path / "model/unrepresentable.jsonl").read_text(encoding="utf-8").splitlines()
    lost = [json.loads(line) for line in listed]
    counts = ", ".join(f"{k} {v}" for k, v in sorted(Counter(s["label"] for s in lost).items()))
    share = f"{len(lost) / 237:.2%}"
    assert str(caught.value) == (
        f"encoder {encoder}: {len(lost)} of 237 spans ({share}) are not representable ({counts}), "
        f"above max_unrepresentable 1.00%; see {tmp_path}/model/unrepresentable.jsonl, then name "
        "another encoder or raise max_unrepresentable in the recipe."
    )
    assert (
        f"237 spans; {len(lost)} ({share}) not representable ({counts})" in capsys.readouterr().err
    )
    texts = dict(zip(rows["id"], map("".join, rows["tokens"])))
    for span in lost:
        text = texts[span["id"]]
        assert text[span["start"] : span["end"]] == span["text"]
        [offsets] = tokenize(tokenizer, [text])[1]
        edges = (span["start"], span["end"])
        assert any(start < edge < end for start, end in offsets for edge in edges)
    recipe = replace(recipe, max_unrepresentable=1.0)
    line = finetune(recipe, settings(tmp_path / "model", max_steps=1))
    assert f"{len(lost)} spans set aside" in line
    again = (tmp_path / "model/unrepresentable.jsonl").read_text(encoding="utf-8").splitlines()
    assert again == listed


def test_an_encoder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"encoder .*nowhere: "):
        make_model(Recipe(encoder=str(tmp_path / "nowhere")), ["甲"], ["O"])


@pytest.mark.slow
def test_composed_articles_and_copies_are_trained_on(data, tmp_path, capfd):
    recipe = Recipe(data=str(data), configs=["tokens", "composed"], copies=1, overlap=16, **SHAPE)
    finetune(recipe, settings(tmp_path, max_steps=1, seed=1))
    paragraphs = len(load_rows(str(data), "train")) + len(load_rows(str(data), "train", "composed"))
    assert f"encode: {2 * paragraphs} paragraphs, " in capfd.readouterr().err


@pytest.mark.slow
def test_what_should_be_best_must_be_a_score(data, tmp_path):
    watched = {"eval_strategy": "epoch", "metric_for_best_model": "f1_PLACE"}
    with pytest.raises(InputError, match=r"is 'f1_PLACE', expected loss or f1, .*, f1_LOC"):
        finetune(Recipe(data=str(data), overlap=16, **SHAPE), settings(tmp_path, **watched))
