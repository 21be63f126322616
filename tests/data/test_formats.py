import json
from dataclasses import replace

import datasets
import pytest
from columns import assert_strictly_iob2, read_plainly
from hypothesis import given
from hypothesis import strategies as st
from label_studio_sdk.label_interface import LabelInterface

from jiqun.annotation.config import make_label_config
from jiqun.annotation.export import read_labelled, write_labelled
from jiqun.data.conll import read_conll
from jiqun.data.formats import (
    FORMATS,
    export,
    make_row,
    write_jsonl,
    write_tasks,
)
from jiqun.errors import InputError
from jiqun.files import read_json
from jiqun.spans import Document, Span, split_paragraphs

pytestmark = pytest.mark.slow

WIDE = "甲𠮷👩‍👩e\u0301\u0338\ufe0f\u200b\ufeff\x00"
SPACES = " \t\n\v\f\r\x1c\x1d\x1e\x85\xa0\u2003\u2028\u2029\u3000"
MARKS = '#\\u0009n{}|"'


def test_conll_holds_the_tokens_of_the_data_set(gold, composed, data, scheme, tmp_path):
    """Read with a loader of `datasets` as its users write them, the rows are those of parquet."""
    path = tmp_path / "all.conll"
    line = export(gold, composed, "conll", path)
    paragraphs = [p for item in [*gold, *composed] for _, p in split_paragraphs(item.document)]
    assert read_conll(path) == paragraphs
    assert line == (
        f"export: 5 gold and {len(composed)} composed articles, {len(paragraphs)} paragraphs, "
        f"{sum(len(p.spans) for p in paragraphs)} spans → {path}"
    )
    built = {}
    for config in ("tokens", "composed"):
        for rows in datasets.load_dataset(str(data), config).values():
            built |= {row["id"]: (row["tokens"], row["ner_tags"]) for row in rows}
    sentences = list(read_plainly(path))
    features = datasets.Features(
        tokens=datasets.List(datasets.Value("string")),
        ner_tags=datasets.List(datasets.ClassLabel(names=scheme.tags)),
    )
    columns = {"tokens": [t for t, _ in sentences], "ner_tags": [t for _, t in sentences]}
    rows = datasets.Dataset.from_dict(columns, features=features)
    assert len(rows) == len(paragraphs) == len(built)
    for row, paragraph in zip(rows, paragraphs):
        assert (row["tokens"], row["ner_tags"]) == built[paragraph.id]
    for (_, tags), paragraph in zip(sentences, paragraphs):
        assert_strictly_iob2(tags, paragraph)


def test_one_object_an_article(gold, composed, tmp_path):
    path = tmp_path / "all.jsonl"
    line = export(gold, composed, "jsonl", path)
    spans = sum(len(item.document.spans) for item in [*gold, *composed])
    assert line == (f"export: 5 gold and {len(composed)} composed articles, {spans} spans → {path}")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [item.document.id for item in [*gold, *composed]]
    for row, item in zip(rows, [*gold, *composed]):
        assert (row["text"], row["raw"]) == (item.document.text, item.article.raw)
        marked = [Span(s["start"], s["end"], s["label"]) for s in row["spans"]]
        assert marked == list(item.document.spans)
        for span, raw in zip(row["spans"], row["raw_spans"], strict=True):
            assert row["text"][span["start"] : span["end"]] == span["text"]
            assert row["raw"][raw["start"] : raw["end"]] == raw["text"]
            back = item.article.alignment.to_text(raw["start"], raw["end"])
            assert (*back, raw["label"]) == (span["start"], span["end"], span["label"])
    seeds, written = rows[:5], rows[5:]
    assert [row["split"] for row in seeds] == [item.seed.split for item in gold]
    assert [(row["origin"], row["fold"]) for row in seeds] == [("gold", n) for n in range(5)]
    assert {(row["origin"], row["split"], row["fold"]) for row in written} == {
        ("composed", "train", None)
    }


def test_every_object_has_the_same_keys(gold, composed):
    row, other = make_row(gold[4], 4), make_row(composed[0])
    assert list(row) == list(other)
    assert list(row) == [
        *("id", "text", "spans", "raw", "raw_spans", "origin", "split", "fold", "script"),
        *("title", "publisher", "date"),
        *("industry", "province", "genre", "register", "year", "noise"),
    ]
    seed, plan = gold[4].seed, composed[0].plan
    assert [row[key] for key in ("script", "title", "publisher", "date", "year")] == [
        *(seed.script, seed.title, seed.publisher, seed.date, None),
    ]
    assert [other[key] for key in ("script", "title", "industry", "year", "noise")] == [
        *(plan.script, None, plan.industry, plan.year, plan.noise),
    ]
    assert row["spans"][0] == {"start": 8, "end": 11, "label": "PERSON", "text": "马永伟"}
    assert row["raw_spans"][0]["text"] == "馬永偉"


def test_json_lines_load_as_a_data_set(gold, composed, tmp_path):
    path = tmp_path / "all.jsonl"
    export(gold, composed, "jsonl", path)
    loaded = datasets.load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded["text"] == [item.document.text for item in [*gold, *composed]]
    assert loaded["spans"][0] == make_row(gold[0])["spans"]


@given(st.text(st.sampled_from(WIDE + SPACES + MARKS), max_size=20))
def test_no_line_end_stands_within_an_object(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "written.jsonl"
    write_jsonl([{"text": text}, {"text": text}], path)
    lines = path.read_bytes().decode("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [{"text": text}] * 2


def test_tasks_come_back_from_label_studio_as_they_went(gold, composed, scheme, tmp_path):
    """What a pull adds are names and numbers; test_studio.py imports such tasks for real."""
    path = tmp_path / "tasks.json"
    items = [*gold, *composed[:20]]
    write_tasks(items, path)
    tasks = read_json(path)
    interface = LabelInterface(make_label_config(scheme))
    for number, task in enumerate(tasks, 1):
        [annotation] = task["annotations"]
        assert interface.validate_annotation(annotation)
        assert len({region["id"] for region in annotation["result"]}) == len(annotation["result"])
        task |= {"id": number, "predictions": [], "drafts": [], "total_annotations": 1}
        annotation |= {
            **{"id": 90 - number, "completed_by": "annotator@localhost.local"},
            **{"was_cancelled": False, "ground_truth": False, "lead_time": 1.5},
        }
    paths = write_labelled(tasks, tmp_path / "labelled")
    assert len(paths) == len(items)
    for labelled, item in zip(paths, items):
        document, alignment = read_labelled(labelled, scheme)
        assert document == item.document
        assert alignment.segments() == item.article.alignment.segments()


def read_names(path, format):
    """The articles in a file, in their order."""
    if format == "conll":
        return list(dict.fromkeys(d.id.split("#")[0] for d in read_conll(path)))
    if format == "jsonl":
        return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    return [task["data"]["article"] for task in read_json(path)]


@pytest.mark.parametrize(
    ("split", "origin", "of_gold", "of_plan"),
    [
        (None, None, "01234", True),
        (None, "gold", "01234", False),
        (None, "composed", "", True),
        ("train", None, "123", True),
        ("train", "gold", "123", False),
        ("train", "composed", "", True),
        ("validation", None, "4", False),
        ("test", "gold", "0", False),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_choice(gold, composed, tmp_path, format, split, origin, of_gold, of_plan):
    composed, path = composed[:3], tmp_path / "deep/chosen"
    line = export(gold, composed, format, path, split, origin)
    names = [gold[int(number)].document.id for number in of_gold]
    names += [item.document.id for item in composed if of_plan]
    assert read_names(path, format) == names
    assert line.startswith(f"export: {len(of_gold)} gold and {3 * of_plan} composed articles, ")
    assert line.endswith(f" spans → {path}")
    assert [p.name for p in path.parent.iterdir()] == ["chosen"]


def test_the_same_input_gives_the_same_bytes(gold, tmp_path):
    for format in FORMATS:
        for name in ("one", "two"):
            export(gold, [], format, tmp_path / name)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_folds_are_those_of_all_gold(gold, tmp_path):
    path = tmp_path / "a.jsonl"
    export(gold, [], "jsonl", path, split="validation")
    [row] = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    [number] = [n for n, item in enumerate(gold) if item.seed.split == "validation"]
    assert (row["id"], row["fold"]) == (gold[number].document.id, number)


@pytest.mark.parametrize(
    ("choice", "fault"),
    [
        ({"format": "xml"}, "format xml: expected one of conll, jsonl, label-studio."),
        ({"split": "dev"}, "split dev: expected one of train, validation, test."),
        ({"origin": "silver"}, "origin silver: expected one of gold, composed."),
        ({"split": "test", "origin": "composed"}, "no composed article is in the split test;"),
    ],
)
def test_a_choice_that_cannot_be_made_is_one_sentence(gold, composed, tmp_path, choice, fault):
    path = tmp_path / "a"
    with pytest.raises(InputError) as caught:
        export(gold, composed, **{"format": "conll", "path": path} | choice)
    assert str(caught.value).startswith(fault)
    assert not path.exists()


def test_nothing_to_write_and_nowhere_to_write(gold, tmp_path):
    with pytest.raises(InputError, match="no article is there; choose another"):
        export([], [], "jsonl", tmp_path / "a")
    with pytest.raises(InputError, match="this is a folder; name a file"):
        export(gold, [], "jsonl", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        export(gold, [], "jsonl", tmp_path / "file/a")


def test_a_span_across_paragraphs_leaves_the_old_file(gold, tmp_path):
    path = tmp_path / "a"
    path.write_text("before")
    one = gold[0]
    broken = Document(one.document.id, one.document.text, (Span(0, 200, "LOC"),))
    with pytest.raises(InputError, match="crosses the end of its line; mark it in one paragraph"):
        export([replace(one, document=broken)], [], "conll", path)
    assert path.read_text() == "before"
