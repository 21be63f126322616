"""The whole way in a copy of the checkout, with a model that takes seconds."""

import json
import subprocess
import sys

import datasets
import pytest
import yaml

pytestmark = pytest.mark.slow


def run(checkout, *arguments):
    command = [sys.executable, "-m", "jiqun", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, timeout=300, text=True)


def stages(done):
    lines = (
        line.removeprefix("── ") for line in done.stderr.splitlines() if line.startswith("── ")
    )
    return dict(line.split(": ", 1) for line in lines)


@pytest.fixture
def quick_recipe(checkout):
    path = checkout / "train/recipes/small.yaml"
    recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    recipe |= {"hidden_size": 24, "num_attention_heads": 2, "num_hidden_layers": 1}
    recipe |= {"max_steps": 3, "max_length": 64, "overlap": 16}
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


def test_every_stage_runs_once_and_again_only_when_it_must(checkout, quick_recipe):
    first = run(checkout, "run")
    assert first.returncode == 0, first.stderr
    assert first.stdout == ""
    assert list(stages(first)) == [
        *("restore", "tasks", "prelabel", "build", "card", "train", "evaluate")
    ]
    assert all(what.startswith("jiqun ") for what in stages(first).values())
    assert "report                  evaluate/results/small/report.html" in first.stderr

    assert len(list((checkout / "seeds/restored").glob("*.txt"))) == 5
    assert len(json.loads((checkout / "annotation/tasks.json").read_text(encoding="utf-8"))) == 5
    assert datasets.load_dataset(str(checkout / "data"))["test"].num_rows == 17
    results = json.loads((checkout / "evaluate/results/small/results.json").read_text("utf-8"))
    assert results["systems"][0]["strict"]["micro"]["support"] == 92
    predictions = (checkout / "evaluate/results/small/predictions/small.jsonl").read_text("utf-8")
    assert len(predictions.splitlines()) == 17

    second = run(checkout, "run")
    assert set(stages(second).values()) == {"unchanged, skipped"}
    assert "small on test, strict" in second.stderr

    recipe = quick_recipe.read_text(encoding="utf-8")
    quick_recipe.write_text(recipe.replace("seed: 42", "seed: 43"), encoding="utf-8")
    third = stages(run(checkout, "run"))
    skipped = [name for name, what in third.items() if what == "unchanged, skipped"]
    assert skipped == ["restore", "tasks", "prelabel", "build", "card"]

    marked = run(checkout, "predict", "seeds", "--model", "train/models/small")
    assert [json.loads(line)["id"][:3] for line in marked.stdout.splitlines()] == [
        *("000", "001", "002", "003", "004")
    ]
    run(checkout, "prelabel", "--model", "train/models/small", "--without", "rules")
    tasks = json.loads((checkout / "annotation/tasks.json").read_text(encoding="utf-8"))
    assert [task["predictions"][0]["model_version"] for task in tasks] == ["lexicon+small"] * 5


def test_a_failing_stage_stops_the_run(checkout, quick_recipe):
    (checkout / "seeds/004_eb678d6701aca27f.txt").write_text("别的", encoding="utf-8")
    done = run(checkout, "run")
    assert done.returncode == 2
    assert "004_eb678d6701aca27f.txt: the bytes are not those the manifest lists" in done.stderr
    assert stages(done)["restore"] == "failed" or "restore: failed" in done.stderr
    assert not (checkout / "seeds/restored").exists() and "Traceback" not in done.stderr


def test_a_folder_that_is_no_checkout_is_told(tmp_path):
    done = run(tmp_path, "run")
    assert done.returncode == 2
    assert done.stderr == (
        "jiqun: seeds/manifest.yaml is missing here; run this in the root of a checkout.\n"
    )
    assert list(tmp_path.iterdir()) == []
