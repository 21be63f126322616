from dataclasses import dataclass, field

import pytest

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.train.pretrain import Pretraining
from jiqun.train.recipe import read_recipe


def write(tmp_path, content):
    path = tmp_path / "recipe.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_the_small_recipe():
    recipe, arguments = read_recipe(ROOT / "train/recipes/small.yaml")
    assert (recipe.data, recipe.encoder, recipe.max_length) == ("data", None, 256)
    assert (arguments.output_dir, arguments.seed) == ("train/models/small", 42)


def test_a_learning_rate_may_be_written_as_people_do(tmp_path):
    path = write(tmp_path, "output_dir: x\nlearning_rate: 5e-4\nencoder: some/hub-id\n")
    recipe, arguments = read_recipe(path)
    assert (recipe.encoder, arguments.learning_rate) == ("some/hub-id", 5e-4)


@pytest.mark.parametrize("name", ["small", "encoder", "lora", "distributed", "crossval", "curve"])
def test_the_recipes_of_the_repository(name):
    path = ROOT / f"train/recipes/{name}.yaml"
    _, arguments = read_recipe(path)
    assert arguments.output_dir == f"train/models/{name}"
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    launcher = "torchrun --nproc_per_node 2 -m " if path.stem == "distributed" else ""
    assert first.startswith(f"# {launcher}jiqun train train/recipes/{path.name}")


def test_a_recipe_says_what_differs_from_its_base():
    small, usual = read_recipe(ROOT / "train/recipes/small.yaml")
    recipe, arguments = read_recipe(ROOT / "train/recipes/crossval.yaml")
    assert vars(recipe) == vars(small) | {"crossval_seeds": [1, 2, 3]}
    assert arguments.learning_rate == usual.learning_rate
    lora, _ = read_recipe(ROOT / "train/recipes/lora.yaml")
    assert (lora.lora_rank, lora.early_stopping_patience) == (16, 3)


def test_a_recipe_that_is_its_own_base_is_refused(tmp_path):
    write(tmp_path, "base: recipe.yaml\noutput_dir: x\n")
    with pytest.raises(InputError, match=r"recipe.yaml: base leads back to .*recipe.yaml"):
        read_recipe(tmp_path / "recipe.yaml")


def test_changes_take_the_place_of_what_the_file_says(tmp_path):
    path = write(tmp_path, "output_dir: x\nseed: 3\ncopies: 1\n")
    recipe, arguments = read_recipe(path, ["seed=4", "crossval_seeds=[1, 2]", "encoder=a/b"])
    assert (arguments.seed, recipe.copies) == (4, 1)
    assert (recipe.crossval_seeds, recipe.encoder) == ([1, 2], "a/b")
    with pytest.raises(InputError, match="seed: expected KEY=VALUE"):
        read_recipe(path, ["seed"])
    with pytest.raises(InputError, match=r"'sead'; did you mean seed?"):
        read_recipe(path, ["sead=4"])


def test_bf16_where_there_is_a_gpu(tmp_path, monkeypatch):
    path = write(tmp_path, "output_dir: x\nbf16: auto\nsave_strategy: no\nwarmup_steps: 0.1\n")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    _, arguments = read_recipe(path)
    assert (arguments.bf16, arguments.save_strategy, arguments.warmup_steps) == (False, "no", 0.1)


def test_recipes_of_another_kind(tmp_path):
    @dataclass
    class Kind:
        texts: list[str] = field(default_factory=list)

    path = write(tmp_path, "output_dir: x\ntexts: [a, b]\n")
    assert read_recipe(path, kind=Kind)[0] == Kind(["a", "b"])
    with pytest.raises(InputError, match="no setting is called 'copies'"):
        read_recipe(path, ["copies=1"], Kind)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "output_dir: x\nnum_train_epoch: 3\n",
            "'num_train_epoch'; did you mean num_train_epochs?",
        ),
        ("output_dir: x\nencodr: y\n", "'encodr'; did you mean encoder?"),
        ("output_dir: x\nzzz: 1\n", "no setting is called 'zzz'"),
        ("output_dir: x\nmax_length: long\n", "max_length is 'long', expected a value like 256"),
        ("output_dir: x\nmax_length: 25.6\n", "max_length is 25.6, expected a value like 256"),
        ("output_dir: x\nseed: yes\n", "seed is True, expected a value like 42"),
        ("output_dir: x\nsave_strategy: sometimes\n", "sometimes"),
        ("max_length: 64\n", "no output_dir"),
        ("output_dir: x\narchitecture: lstm\n", "architecture is 'lstm', expected recurrent,"),
        ("output_dir: x\nconfigs: tokens\n", "configs is 'tokens', expected a list like [tokens]"),
        ("output_dir: x\nconfigs: []\n", "configs is empty"),
        ("output_dir: x\ncrossval_seeds: [a]\n", "['a'], expected a list like [1, 2, 3]"),
        ("output_dir: x\ncurve_shares: [0, 0.5]\n", "expected shares above 0, at most 1"),
        ("output_dir: x\ncrossval_seeds: [1]\ncurve_shares: [1]\n", "leave one out"),
        ("output_dir: x\nclass_weights: rare\n", "class_weights is 'rare', expected none, inverse"),
        ("output_dir: x\nclass_weights: {ORG: -1}\n", "expected a positive number for each"),
        ("output_dir: x\nearly_stopping_patience: 2\n", "needs eval_strategy: epoch"),
        ("output_dir: x\nload_best_model_at_end: true\n", "load_best_model_at_end"),
        ("output_dir: x\nreport_to: nothing-known\n", "nothing-known"),
        ("- 1\n", "expected keys and values"),
        ("", "the file is empty"),
    ],
)
def test_a_faulty_recipe_is_refused_in_one_sentence(tmp_path, content, fault):
    with pytest.raises(InputError, match=r"recipe\.yaml") as caught:
        read_recipe(write(tmp_path, content))
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recipe_for_pretraining(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("texts: [a.txt]\ncharacters: [100]\noutput_dir: here\nlearning_rate: 2e-3\n")
    recipe, arguments = read_recipe(path, ["length=64"], Pretraining)
    assert recipe == Pretraining(texts=["a.txt"], characters=[100], length=64)
    assert arguments.learning_rate == 0.002
    path.write_text("texts: [1]\noutput_dir: here\n")
    with pytest.raises(InputError, match=r"texts is \[1\], expected a list like \[tokens\]"):
        read_recipe(path, (), Pretraining)
