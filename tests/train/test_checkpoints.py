import json

import pytest
from tiny import read

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.train.checkpoints import describe_run, find_checkpoint, find_difference
from jiqun.train.dataset import load_corpus


def describe(data, **changes):
    recipe, arguments = read("small", data, "out", **changes)
    return describe_run(recipe, arguments, load_corpus(recipe, False, arguments.seed))


def write_checkpoint(folder, step, made):
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    state = {"stateful_callbacks": {"Record": {"args": {"made": made}, "attributes": {}}}}
    (path / "trainer_state.json").write_text(json.dumps(state), encoding="utf-8")
    return path


@pytest.fixture
def made(little):
    return describe(little)


def test_what_decides_the_result_is_told_apart(little, made):
    same = describe(little, output_dir="other", logging_steps=3, save_total_limit=1)
    assert same == made == json.loads(json.dumps(made))
    for changes, difference in (
        ({"seed": 7}, "seed the default, now 7"),
        ({"dropout": 0.1}, "dropout 0.4, now the default"),
        ({"learning_rate": "1e-3"}, "learning_rate 0.004, now 0.001"),
    ):
        assert find_difference(made, describe(little, **changes)) == difference
    other = [describe(data, configs="[composed]") for data in (little, ROOT / "data")]
    assert find_difference(*other) == "other data"


def test_the_last_whole_checkpoint_of_the_same_training(tmp_path, made):
    assert find_checkpoint(True, tmp_path, made) is None
    write_checkpoint(tmp_path, 5, made)
    path = write_checkpoint(tmp_path, 20, made)
    (tmp_path / "checkpoint-30").mkdir()
    broken = write_checkpoint(tmp_path, 40, made) / "trainer_state.json"
    broken.write_text(broken.read_text()[:30])
    write_checkpoint(tmp_path, 50, made | {"data": "others"})
    assert find_checkpoint(True, tmp_path, made) == path


def test_a_checkpoint_by_name(tmp_path, made):
    path = write_checkpoint(tmp_path / "elsewhere", 5, made)
    assert find_checkpoint(str(path), tmp_path, {}) == path
    assert find_checkpoint(None, path.parent, made) is None
    with pytest.raises(InputError, match=r"resume_from_checkpoint .*elsewhere: no whole checkp"):
        find_checkpoint(str(path.parent), tmp_path, made)


def test_a_checkpoint_of_another_training_is_refused(tmp_path, made):
    write_checkpoint(tmp_path, 5, made | {"processes": 2})
    with pytest.raises(InputError, match=r"checkpoint-5: made with processes 2, now 1; remove"):
        find_checkpoint(True, tmp_path, made)
