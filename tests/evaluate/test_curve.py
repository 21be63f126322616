import json
import re
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from jiqun.cli import app
from jiqun.errors import InputError
from jiqun.evaluate.curve import draw_curve, sample
from jiqun.evaluate.run import evaluate_systems
from jiqun.train.dataset import LabelledArticle
from jiqun.train.recipe import read_recipe

RECIPE = ROOT / "train/recipes/curve.yaml"
ARTICLES = [LabelledArticle(f"g{n}", "tokens", ()) for n in range(3)]
ARTICLES += [LabelledArticle(f"c{n}", "composed", ()) for n in range(20)]


def names(share, seed=1):
    return [article.name for article in sample(ARTICLES, share, seed)]


def test_samples_are_nested_and_hold_every_config():
    sizes = {share: len(names(share)) for share in (0.01, 0.1, 0.25, 0.5, 1.0)}
    assert sizes == {0.01: 2, 0.1: 3, 0.25: 6, 0.5: 12, 1.0: 23}
    parts = [set(names(share)) for share in sizes]
    assert all(small < large for small, large in pairwise(parts))
    assert names(1.0) == [article.name for article in ARTICLES]
    assert names(0.25) == names(0.25) != names(0.25, seed=2)


@pytest.mark.slow
def test_the_curve_is_measured_kept_and_drawn(little, scheme, tmp_path):
    folder = tmp_path / "curve"
    tiny = ["max_length=64", "overlap=16", "hidden_size=16", "num_hidden_layers=1"]
    short = ["curve_shares=[1.0,0.3]", "max_steps=3", "warmup_steps=0", "disable_tqdm=true"]
    changes = [f"data={little}", f"output_dir={folder}", *tiny, *short]
    done = CliRunner().invoke(app, ["train", str(RECIPE), *changes])
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    assert "curve: 2 points to 9 articles, micro F1 " in done.stderr.splitlines()[-1]
    curve = json.loads((folder / "curve.json").read_text(encoding="utf-8"))
    # A share of 0.3 of three real articles and of six composed ones.
    assert [point["articles"] for point in curve] == [1 + 2, 3 + 6]
    assert [point["share"] for point in curve] == [0.3, 1.0]
    assert [set(point["labels"]) for point in curve] == [set(scheme.names)] * 2
    trial = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
    read = {row["id"].partition("#")[0] for row in trial["predictions"]}
    assert read == {"000_7fef4f0877b013a5", "004_eb678d6701aca27f"}
    assert curve[1]["f1"] == trial["strict"]["micro"]["f1"]
    assert not (folder / "share-0.3/model.safetensors").exists()
    results, _ = evaluate_systems([str(folder)], str(little), "test", scheme, tmp_path / "results")
    assert results["curve"] == curve
    page = (tmp_path / "results/report.html").read_text(encoding="utf-8")
    drawn = page.partition('<section id="curve">')[2].partition("</section>")[0]
    assert len(re.findall("<polyline", drawn)) == len(scheme.names) + 1
    # Run again, nothing is trained.
    recipe, arguments = read_recipe(RECIPE, changes)
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert draw_curve(recipe, arguments)[0] == curve
    assert (folder / "model.safetensors").stat().st_mtime_ns == before


def test_something_must_be_left_to_measure_on(little, tmp_path):
    changes = [f"data={little}", f"output_dir={tmp_path}", "configs=[composed]"]
    with pytest.raises(InputError, match="curve_shares: every article of composed is trained on"):
        draw_curve(*read_recipe(RECIPE, changes))
