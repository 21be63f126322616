import json
from copy import copy

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from jiqun.cli import app
from jiqun.errors import InputError
from jiqun.evaluate import trial as trials
from jiqun.evaluate.crossval import add_rules, cross_validate, summarize
from jiqun.evaluate.metrics import score
from jiqun.evaluate.trial import read_predictions
from jiqun.spans import Document, Prediction, Span
from jiqun.train.dataset import list_paragraphs, load_articles, load_documents, load_rows
from jiqun.train.recipe import read_recipe

RECIPE = ROOT / "train/recipes/crossval.yaml"


def read(data, folder, *changes):
    tiny = ["max_length=64", "overlap=16", "hidden_size=16", "num_hidden_layers=1"]
    return read_recipe(RECIPE, [f"data={data}", f"output_dir={folder}", *tiny, *changes])


@pytest.fixture
def trained(monkeypatch, little):
    """Stands in for training: each model knows the gold of the articles whose number its seed is
    not a multiple of. Yields what each was trained on, in order."""
    calls = []
    gold = {d.text: d for d in load_documents(load_rows(str(little), "all"))}

    def finetune(recipe, arguments, corpus):
        calls.append((arguments.output_dir, arguments.seed, corpus))
        folder = trials.Path(arguments.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.safetensors").write_bytes(b"")
        return "train: done"

    class Predictor:
        def __init__(self, folder):
            self.seed = calls[-1][1]

        def __call__(self, texts):
            known = [gold[t].spans if int(gold[t].id[:3]) % self.seed else () for t in texts]
            return [[Prediction(span, 0.9) for span in spans] for spans in known]

    monkeypatch.setattr(trials, "finetune", finetune)
    monkeypatch.setattr(trials, "Predictor", Predictor)
    return calls


def test_each_article_is_left_out_once_with_each_seed(trained, little, tmp_path):
    recipe, arguments = read(little, tmp_path, "crossval_seeds=[2,3]")
    results, line = cross_validate(recipe, arguments)
    articles = load_articles(load_rows(str(little), "all"), "tokens")
    assert len(trained) == 2 * len(articles) == 10
    for number, (place, seed, corpus) in enumerate(trained):
        held = articles[number % 5]
        assert place == str(tmp_path / f"seed-{seed}" / held.name)
        names = [article.name for article in corpus.training]
        assert held.name not in names and len(names) == 4 + 6
        assert not {p.text for p in held.paragraphs} & {
            p.text for p in list_paragraphs(corpus.training)
        }
        assert corpus.validation == []
    # Seed 2 finds the spans of articles 1 and 3, seed 3 those of 1, 2 and 4.
    spans = {int(a.name[:3]): sum(len(p.spans) for p in a.paragraphs) for a in articles}
    recalls = [sum(spans[n] for n in known) / sum(spans.values()) for known in ((1, 3), (1, 2, 4))]
    micro = results["summary"]["micro"]
    assert micro["support"] == sum(spans.values()) == 382
    assert micro["precision"] == {"mean": 1.0, "sd": 0.0}
    assert micro["recall"]["mean"] == pytest.approx(sum(recalls) / 2)
    assert micro["recall"]["sd"] == pytest.approx(abs(recalls[0] - recalls[1]) / 2**0.5)
    ruled = results["summary_with_rules"]["micro"]
    assert micro["recall"]["mean"] + 0.1 < ruled["recall"]["mean"] < 1
    assert 0.9 < ruled["precision"]["mean"] < 1
    assert results["pooled"]["2"]["micro"]["recall"] == pytest.approx(recalls[0])
    assert results["articles"]["004_eb678d6701aca27f"] == {"2": 0.0, "3": 1.0}
    assert json.loads((tmp_path / "crossval.json").read_text(encoding="utf-8")) == results
    assert line.startswith("crossval: 5 articles, seeds 2, 3, micro F1 ")
    assert not list(tmp_path.rglob("model.safetensors"))


@pytest.mark.slow
def test_a_finished_fold_is_not_run_again(trained, little, tmp_path):
    recipe, arguments = read(little, tmp_path, "crossval_seeds=[2]")
    first, _ = cross_validate(recipe, arguments)
    fold = tmp_path / "seed-2/002_332ebabd7cda0de6/trial.json"
    fold.unlink()
    trained.clear()
    assert cross_validate(recipe, arguments)[0] == first
    assert [place for place, *_ in trained] == [str(fold.parent)]
    # More seeds leave the others as they are; another setting does not.
    trained.clear()
    more = copy(recipe)
    more.crossval_seeds = [2, 3]
    cross_validate(more, arguments)
    assert {seed for _, seed, _ in trained} == {3}
    with pytest.raises(InputError, match=r"trial.json: made with dropout 0.4, now 0.2; remove"):
        cross_validate(*read(little, tmp_path, "crossval_seeds=[2]", "dropout=0.2"))


def test_what_watches_a_fold_is_not_what_it_is_measured_on(trained, little, tmp_path):
    watched = ["eval_strategy=epoch", "save_strategy=epoch", "crossval_seeds=[2]"]
    with pytest.raises(InputError, match="the split validation is a fold of its own"):
        read(little, tmp_path, *watched)
    cross_validate(*read(little, tmp_path, *watched, "validation_articles=2"))
    for _, _, corpus in trained:
        names = {article.name for article in corpus.validation}
        assert len(names) == 2 and all(name.startswith("c0") for name in names)
        assert len(corpus.training) == 4 + 6 - 2
        assert not names & {article.name for article in corpus.training}


def test_mean_and_standard_deviation():
    rows = [
        {"micro": {"precision": p, "recall": 0.5, "f1": f, "support": 8}}
        for p, f in ((0.2, 0.4), (0.4, 0.4), (0.6, 0.7))
    ]
    summary = summarize(rows)["micro"]
    assert summary["precision"] == {"mean": pytest.approx(0.4), "sd": pytest.approx(0.2)}
    assert summary["recall"] == {"mean": 0.5, "sd": 0.0}
    assert summary["f1"] == {"mean": pytest.approx(0.5), "sd": pytest.approx(0.03**0.5)}
    assert summarize(rows[:1])["micro"]["f1"] == {"mean": 0.4, "sd": None}
    # A label that gold does not have, predicted with one seed alone.
    rows[1] |= {"X": dict.fromkeys(("precision", "recall", "f1", "support"), 0)}
    assert summarize(rows)["X"]["support"] == 0


def test_data_without_articles_is_named(little, tmp_path, monkeypatch):
    bare = load_rows(str(little), "all").remove_columns("article")
    monkeypatch.setattr("jiqun.evaluate.crossval.load_rows", lambda *_: bare)
    with pytest.raises(InputError, match="crossval_seeds: the data has no column 'article'"):
        cross_validate(*read(little, tmp_path, "crossval_seeds=[2]"))


@pytest.mark.slow
def test_the_command_prints_a_table_and_keeps_what_was_predicted(little, tmp_path):
    tiny = ["max_length=64", "overlap=16", "hidden_size=16", "num_hidden_layers=1"]
    places = [f"data={little}", f"output_dir={tmp_path}", "crossval_seeds=[1,2]"]
    short = ["configs=[tokens]", "max_steps=3", "warmup_steps=0", "disable_tqdm=true"]
    done = CliRunner().invoke(app, ["train", str(RECIPE), *places, *tiny, *short])
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    assert "one article left out, strict, mean ± sd of seeds 1, 2" in done.stderr
    for label in ("ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE", "macro", "micro"):
        assert any(line.split()[1:2] == [label] for line in done.stderr.splitlines())
    assert "crossval: 5 articles, seeds 1, 2, micro F1 " in done.stderr.splitlines()[-1]
    name = "000_7fef4f0877b013a5"
    trial = json.loads((tmp_path / "seed-1" / name / "trial.json").read_text(encoding="utf-8"))
    gold = load_documents(load_rows(str(little), "test"))
    assert trial["line"].startswith("train: ") and ", 3 steps in " in trial["line"]
    assert [row["id"] for row in trial["predictions"]] == [document.id for document in gold]
    assert score(gold, read_predictions(trial)) == trial["strict"]
    assert not list(tmp_path.rglob("*.safetensors"))


def test_rules_join_what_a_model_found_article_by_article():
    gold = [Document("a#0", "甲厂在温岭"), Document("a#1", "甲厂有10家"), Document("b#0", "甲厂")]
    found = [[Prediction(Span(0, 2, "ORG"), 0.95)], [], []]
    assert [[p.span for p in own] for own in add_rules(gold, found)] == [
        [Span(0, 2, "ORG"), Span(3, 5, "LOC")],
        [Span(0, 2, "ORG"), Span(3, 6, "FIGURE")],
        [],
    ]
