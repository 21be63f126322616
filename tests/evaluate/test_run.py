import json

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from typer.testing import CliRunner

from conftest import ROOT
from jiqun.cli import app
from jiqun.errors import InputError
from jiqun.evaluate.run import (
    describe,
    evaluate_systems,
    load_sources,
    load_system,
    load_training,
    locate,
    mark_articles,
    mark_paragraphs,
    read_curve,
    read_predictions,
)
from jiqun.spans import Document, Prediction, Span, decode_tags
from jiqun.train.dataset import load_documents, load_rows
from jiqun.train.encode import align_tags, tokenize

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def test_split(data):
    return load_documents(load_rows(str(data), "test"))


@pytest.fixture(scope="module")
def oracle(test_split, tmp_path_factory):
    """A file of predictions that are the gold, but for one label."""
    path = tmp_path_factory.mktemp("someone") / "oracle.jsonl"
    lines = []
    for number, document in enumerate(test_split):
        spans = [Prediction(span, 0.9) for span in document.spans]
        if number == 0:
            wrong = Span(spans[0].span.start, spans[0].span.end, "PERSON")
            spans[0] = Prediction(wrong, 0.4)
        lines.append(describe(document, spans))
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def evaluated(data, scheme, oracle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    names = [str(oracle), "rules", "lexicon", "jieba"]
    suites = ROOT / "evaluate/suites"
    results, line = evaluate_systems(names, str(data), "test", scheme, folder, suites)
    return folder, results, line


def test_every_kind_of_system_is_scored(evaluated):
    folder, results, line = evaluated
    assert line.startswith("evaluate: 4 systems, 17 paragraphs, 92 gold spans → ")
    systems = {system["name"]: system for system in results["systems"]}
    assert [system["kind"] for system in systems.values()] == [
        *("predictions", "rules", "lexicon", "jieba")
    ]
    oracle = systems["oracle"]
    assert oracle["strict"]["micro"]["f1"] == pytest.approx(91 / 92)
    assert oracle["strict"]["micro"]["support"] == 92
    assert [error["kind"] for error in oracle["errors"]] == ["label"]
    assert oracle["suites"] is None and len(oracle["sha256"]) == 64
    assert systems["rules"]["suites"]["amounts"]["passed"] > 20
    assert systems["rules"]["strict"]["FIGURE"]["precision"] == 1.0
    assert {path.name for path in (folder / "predictions").iterdir()} == {
        *("oracle.jsonl", "rules.jsonl", "lexicon.jsonl", "jieba.jsonl")
    }
    pair = results["comparisons"][0]
    assert (pair["first"], pair["second"], pair["by"]) == ("oracle", "rules", "paragraph")
    assert pair["difference"] > 0.2 and pair["p"] < 0.01
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "oracle" in page and "http://" not in page and "https://" not in page


def test_errors_know_their_place_in_the_raw_article(evaluated, gold):
    _, results, _ = evaluated
    [item] = [item for item in gold if item.seed.split == "test"]
    checked = 0
    for system in results["systems"]:
        for error in system["errors"]:
            side = error["gold"] or error["predicted"]
            surface = error["text"][side["start"] : side["end"]]
            start, end = error["raw"]
            first, last = item.article.alignment.to_text(start, end)
            assert item.article.text[first:last] == surface
            checked += 1
    assert checked > 100


def test_what_was_used_is_written_and_the_same_inputs_give_the_same_files(
    evaluated, data, scheme, oracle, tmp_path
):
    folder, results, _ = evaluated
    made = json.loads((folder / "results.json").read_text(encoding="utf-8"))["made"]
    assert made == results["made"]
    assert set(made["versions"]) >= {"jiqun", "torch", "transformers", "datasets", "numpy"}
    assert (made["seed"], made["data"]["split"], made["data"]["articles"]) == (0, "test", 1)
    names = [str(oracle), "rules", "lexicon", "jieba"]
    evaluate_systems(names, str(data), "test", scheme, tmp_path, ROOT / "evaluate/suites")
    for path in folder.rglob("*.*"):
        assert (tmp_path / path.relative_to(folder)).read_bytes() == path.read_bytes()


def test_training_rows_are_of_gold_and_composed_articles(data):
    training = load_training(str(data))
    assert len(training) == 48 + 3289
    assert training[0].id.startswith("001")


def test_a_system_named_twice_is_refused(data, scheme, tmp_path):
    with pytest.raises(InputError, match="rules: two systems have this name"):
        evaluate_systems(["rules", "rules"], str(data), "test", scheme, tmp_path)


GOLD = [Document("a#0", "温岭市长王宏", (Span(0, 2, "LOC"),)), Document("a#1", "好")]
RIGHT = [
    '{"text": "好", "spans": []}',
    '{"text": "温岭市长王宏", "spans": [{"start": 4, "end": 6, "label": "PERSON"},'
    ' {"start": 0, "end": 2, "label": "LOC", "score": 0.5}]}',
]


def test_a_span_that_a_tokenizer_cannot_represent_costs_recall(data, scheme, test_split, tmp_path):
    texts = [document.text for document in test_split]
    pairs = {text[n : n + 2] for text in texts for n in range(0, len(text), 2)}
    tokenizer = Tokenizer(models.WordLevel({pair: n for n, pair in enumerate(sorted(pairs))}))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]{1,2}"), "isolated")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    classes = {tag: number for number, tag in enumerate(scheme.tags)}
    lines, lost = [], 0
    # A model that is right about every token.
    for document, offsets in zip(test_split, tokenize(tokenizer, texts)[1]):
        tags, unrepresentable = align_tags(offsets, document.spans, classes)
        named = decode_tags([scheme.tags[max(tag, 0)] for tag in tags])
        spans = [Span(int(offsets[s.start, 0]), int(offsets[s.end - 1, 1]), s.label) for s in named]
        lines.append(describe(document, [Prediction(span, 1.0) for span in spans]))
        lost += len(unrepresentable)
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    results, _ = evaluate_systems([str(path)], str(data), "test", scheme, tmp_path)
    micro = results["systems"][0]["strict"]["micro"]
    assert 40 < lost < 92
    assert (micro["precision"], micro["support"]) == (1.0, 92)
    assert micro["recall"] == pytest.approx((92 - lost) / 92)


def test_a_model_with_rules_marks_whole_articles():
    gold = [
        Document("a#0", "记者李明，在温岭"),
        Document("a#1", "李明说，共10家"),
        Document("b#0", "李明说"),
    ]
    alone, together = load_system("embedded", gold, []), load_system("embedded+rules", gold, [])
    assert (alone.name, alone.kind) == ("embedded", "model")
    assert (together.name, together.kind) == ("embedded+rules", "model and rules")
    assert alone.sha256 == together.sha256 and alone.sha256
    assert len(mark_paragraphs(alone.predict, gold)) == 3
    found = mark_articles(together.predict, gold)
    assert [p.span for p in found[0]] == [Span(2, 4, "PERSON"), Span(6, 8, "LOC")]
    # Who he is stands in the paragraph before.
    assert [p.span for p in found[1]] == [Span(0, 2, "PERSON"), Span(5, 8, "FIGURE")]


def test_spans_of_an_article_are_dealt_to_its_paragraphs():
    gold = [Document("a#0", "甲乙"), Document("a#1", "丙"), Document("b#0", "丁")]
    seen = []

    def predict(texts):
        seen.extend(texts)
        places = range(0, len(texts[0]), 2)
        return [[Prediction(Span(n, n + 1, "LOC"), 0.9) for n in places if texts[0][n] > " "]]

    found = mark_articles(predict, gold)
    assert seen == ["甲乙\n丙", "丁"]
    assert [[p.span.start for p in own] for own in found] == [[0], [], [0]]
    assert mark_articles(lambda texts: [[Prediction(Span(3, 4, "LOC"), 0.9)]], gold[:2])[1] == [
        Prediction(Span(0, 1, "LOC"), 0.9)
    ]


def test_someone_elses_predictions_are_read_in_the_order_of_the_gold(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(RIGHT) + "\n", encoding="utf-8")
    assert read_predictions(path, GOLD) == [
        [Prediction(Span(0, 2, "LOC"), 0.5), Prediction(Span(4, 6, "PERSON"), 1.0)],
        [],
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "line 3 is not valid JSON"),
        ("3", "line 3: expected `text` and `spans`"),
        ('{"text": "甲"}', "line 3: expected `text` and `spans`"),
        ('{"text": "甲", "spans": [{"start": 0, "end": 9, "label": "LOC"}]}', "does not lie in"),
        ('{"text": "甲", "spans": [{"start": "0", "end": 1, "label": "LOC"}]}', "line 3: "),
        ('{"text": "好", "spans": []}', "line 3: predictions for this text stand twice"),
    ],
)
def test_predictions_that_are_none_are_told(tmp_path, line, fault):
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join([*RIGHT, line]), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_predictions(path, GOLD)
    assert fault in str(caught.value)


def test_a_paragraph_without_predictions_is_told(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text(RIGHT[0], encoding="utf-8")
    with pytest.raises(InputError, match="no predictions for a#0"):
        read_predictions(path, GOLD)


def test_an_error_of_an_unknown_article_has_no_place(data):
    error = {"gold": None, "predicted": {"start": 0, "end": 1}, "paragraph": 0, "article": "x"}
    assert locate(error, load_sources(str(data), "test").get("x")) is None


def test_a_learning_curve_beside_a_model_is_shown(tmp_path):
    points = [{"articles": 1, "f1": 0.2, "labels": {"ORG": 0.1}}]
    (tmp_path / "curve.json").write_text(json.dumps(points), encoding="utf-8")
    assert read_curve(["rules", str(tmp_path)]) == points
    assert read_curve(["rules", str(tmp_path / "none")]) is None


def test_from_the_command_line(data, oracle, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    command = ["evaluate", "rules", str(oracle), "--data", str(data), "--to", str(tmp_path)]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.stdout == ""
    assert "rules on test, strict" in result.stderr
    assert "oracle: expected calibration error 10.3 (ten bins)" in result.stderr
    assert "of 349 behaviour cases passed" in result.stderr
    assert "rules − oracle: -" in result.stderr
    assert (tmp_path / "report.html").exists()
