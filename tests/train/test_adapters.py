import subprocess
import sys

import pytest
import torch
from tiny import interrupt, make_encoder, read
from transformers import AutoModelForTokenClassification

from jiqun.errors import InputError
from jiqun.train.adapters import add_adapters, merge_adapters
from jiqun.train.finetune import finetune, make_model
from jiqun.train.recipe import Recipe

pytestmark = pytest.mark.slow
TAGS = ["O", "B-A", "I-A"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    make_encoder("bert", folder, ["温岭市市长王宏说0123456789年产值亿元，。"])
    return folder


def test_adapters_and_the_head_are_trained_and_nothing_else(encoder):
    recipe = Recipe(encoder=str(encoder), max_length=64, lora_rank=4)
    _, model = make_model(recipe, [], TAGS)
    model = add_adapters(model, recipe)
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    layers = ("query", "key", "value", "output.dense", "intermediate.dense")
    assert {n for n in trained if "classifier" in n} == {
        "base_model.model.classifier.modules_to_save.default.weight",
        "base_model.model.classifier.modules_to_save.default.bias",
    }
    rest = {n for n in trained if "classifier" not in n}
    assert all("lora_" in n and any(layer in n for layer in layers) for n in rest)
    # Query, key, value, and three dense ones, two matrices each.
    assert len(rest) == 12


def test_a_head_of_several_layers_is_trained_too(tmp_path):
    make_encoder("modernbert", tmp_path, ["甲乙"])
    recipe = Recipe(encoder=str(tmp_path), max_length=64, lora_rank=4)
    _, model = make_model(recipe, [], TAGS)
    model = add_adapters(model, recipe)
    head = {n: p.requires_grad for n, p in model.named_parameters() if ".head." in n}
    own = {name for name in head if "modules_to_save" in name}
    assert len(own) == 2 and {name for name in head if head[name]} == own
    assert merge_adapters(model).state_dict().keys() >= {"head.dense.weight", "classifier.bias"}


def test_what_adapters_learnt_is_in_the_plain_weights(encoder):
    recipe = Recipe(encoder=str(encoder), max_length=64, lora_rank=4, lora_dropout=0.0)
    _, model = make_model(recipe, [], TAGS)
    plain = {n: p.clone() for n, p in model.named_parameters()}
    model = add_adapters(model, recipe)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_()
    ids = torch.arange(5, 15)[None]
    wanted = model.eval()(input_ids=ids).logits
    merged = merge_adapters(model)
    assert type(merged).__name__ == "BertForTokenClassification"
    assert merged.state_dict().keys() == plain.keys()
    torch.testing.assert_close(merged(input_ids=ids).logits, wanted, atol=1e-4, rtol=1e-4)


def test_the_recipe_saves_a_model_that_needs_no_peft(little, encoder, tmp_path, monkeypatch):
    folder = tmp_path / "model"
    changes = {"encoder": encoder, "max_steps": 4, "eval_strategy": "steps", "eval_steps": 2}
    changes |= {"save_strategy": "steps", "save_steps": 2, "lora_rank": 4}
    recipe, arguments = read("lora", little, folder, **changes)
    assert ", 4 steps in " in finetune(recipe, arguments)
    interrupt(monkeypatch, 3)
    with pytest.raises(KeyboardInterrupt):
        finetune(*read("lora", little, tmp_path / "again", **changes))
    monkeypatch.undo()
    finetune(*read("lora", little, tmp_path / "again", **changes))
    weights = [place / "model.safetensors" for place in (folder, tmp_path / "again")]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert not list(folder.glob("adapter*"))
    code = (
        "import sys; sys.modules['peft'] = None\n"
        "from transformers import AutoModelForTokenClassification as A\n"
        f"model, notes = A.from_pretrained({str(folder)!r}, output_loading_info=True)\n"
        "print(type(model).__name__, any(map(len, notes.values())))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "BertForTokenClassification False\n", done.stderr
    model = AutoModelForTokenClassification.from_pretrained(folder)
    _, start = make_model(recipe, [], [model.config.id2label[n] for n in range(11)])
    moved = {
        name
        for name, parameter in model.named_parameters()
        if not torch.equal(parameter, start.state_dict()[name])
    }
    assert "bert.encoder.layer.0.attention.self.query.weight" in moved
    assert "classifier.weight" in moved
    assert not any("embeddings" in name or "LayerNorm" in name for name in moved)


def test_layers_that_are_not_there_are_named(encoder):
    recipe = Recipe(encoder=str(encoder), max_length=64, lora_rank=4, lora_modules=["Wqkv"])
    _, model = make_model(recipe, [], TAGS)
    with pytest.raises(InputError, match=r"lora_modules \['Wqkv'\]: BertForToken.* has none"):
        add_adapters(model, recipe)
    recipe = Recipe(architecture="recurrent", lora_rank=4)
    _, model = make_model(recipe, ["甲乙"], TAGS)
    with pytest.raises(InputError, match=r"all linear layers: RecurrentForToken.* has none"):
        add_adapters(model, recipe)
