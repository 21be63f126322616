import pytest

from conftest import ROOT
from jiqun.errors import InputError
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
        ("- 1\n", "expected keys and values"),
        ("", "the file is empty"),
    ],
)
def test_a_faulty_recipe_is_refused_in_one_sentence(tmp_path, content, fault):
    with pytest.raises(InputError, match=r"recipe\.yaml") as caught:
        read_recipe(write(tmp_path, content))
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)
