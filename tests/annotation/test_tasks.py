import copy
import json

import pytest

from conftest import ROOT
from jiqun.annotation.tasks import (
    add_annotation,
    add_prediction,
    check_tasks,
    list_labels,
    make_result,
    make_task,
    read_tasks,
)
from jiqun.errors import InputError
from jiqun.seeds.restore import restore
from jiqun.spans import Span


def test_a_task_carries_the_text_its_hash_and_the_way_to_raw():
    article = restore("臨清(qīng)市", "a", meta={"title": "T", "publisher": "P", "date": "2023"})
    assert make_task(article) == {
        "data": {
            "text": "临清市",
            "title": "T",
            "dateline": "P · 2023",
            "damage": "已修复：注音 1 处、繁体转简体 1 字",
            "article": "a",
        },
        "meta": {
            "text_sha256": "50bd1b76c42e0ce9ca97b4576776e2b55e3fd01a4864b54cff455d301e77a324",
            "raw_sha256": "f66e8ae67d29a664672abfb7688a62f5a29df59bbd69da61e5b25de727b7f3e0",
            "alignment": [[0, 2, 0, 2], [2, 3, 8, 9]],
        },
    }


def test_an_article_of_which_nothing_is_known_still_has_a_heading():
    data = make_task(restore("文", "a"))["data"]
    assert (data["title"], data["dateline"]) == ("a", "—")


def test_regions_have_names_of_their_own():
    assert make_result("甲𠮷丙", [Span(0, 2, "ORG"), Span(2, 3, "LOC")]) == [
        {
            "id": "0-2",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": 0, "end": 2, "text": "甲𠮷", "labels": ["ORG"]},
        },
        {
            "id": "2-3",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": 2, "end": 3, "text": "丙", "labels": ["LOC"]},
        },
    ]


def test_overlapping_spans_make_no_task():
    with pytest.raises(ValueError, match="overlaps"):
        make_result("甲乙丙", [Span(0, 2, "ORG"), Span(1, 3, "LOC")])


def test_a_prediction_is_as_doubtful_as_its_weakest_span():
    task = make_task(restore("甲乙丙", "a"))
    made = add_prediction(task, [Span(0, 1, "ORG"), Span(2, 3, "LOC")], [0.9, 0.25], "m")
    prediction = made["predictions"][0]
    assert (prediction["model_version"], prediction["score"]) == ("m", 0.25)
    assert [region["score"] for region in prediction["result"]] == [0.9, 0.25]
    assert add_prediction(task, [], [], "m")["predictions"][0]["score"] == 1.0
    assert "predictions" not in task
    assert add_annotation(task, [Span(0, 1, "ORG")])["annotations"][0]["result"][0]["id"] == "0-1"


CONFIG = (ROOT / "annotation/label_config.xml").read_text(encoding="utf-8")


def test_labels_of_a_config_are_named_as_in_the_data():
    assert list_labels(CONFIG) == ["ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE"]
    assert list_labels('<View><Labels><Label value="甲"/></Labels></View>') == ["甲"]


def make_good():
    spans = [Span(0, 1, "ORG"), Span(2, 3, "LOC")]
    task = add_prediction(make_task(restore("甲乙丙", "a")), spans, [0.9, 0.2], "m")
    return copy.deepcopy(add_annotation(task, spans))


def test_what_jiqun_makes_passes():
    check_tasks([make_good()], CONFIG)
    check_tasks([], CONFIG)


def change(task, **value):
    task["predictions"][0]["result"][1]["value"].update(value)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda t: t.pop("data"), "task 1 has no data"),
        (lambda t: t["data"].pop("text"), "task 1 has no text in its data"),
        (lambda t: t["data"].update(text=""), "has no text"),
        (lambda t: t["data"].pop("article"), "has no article"),
        (lambda t: t["data"].pop("damage"), "has no damage"),
        (lambda t: t["data"].update(title="\ud83d"), "('a'): it holds half of a surrogate pair"),
        (lambda t: t["predictions"][0].update(score=float("nan")), "such as NaN; correct it"),
        (lambda t: t["data"].update(text="甲乙丁"), "not the one its text_sha256 says"),
        (lambda t: t["predictions"][0].pop("result"), "one of its predictions has no result"),
        (lambda t: t["annotations"][0].update(result=None), "one of its annotations has no result"),
        (lambda t: t["predictions"][0].pop("model_version"), "has no model_version"),
        (lambda t: t["predictions"][0]["result"].append(3), "something that is no region"),
        (lambda t: t["predictions"][0]["result"][0].update(id="2-3"), "need ids of their own"),
        (lambda t: t["annotations"][0]["result"][0].update(id=1), "need ids of their own"),
        (lambda t: t["annotations"][0]["result"][0].update(from_name="ner"), "is of 'ner', which"),
        (lambda t: t["annotations"][0]["result"][0].pop("to_name"), "is of 'label', which the"),
        (lambda t: change(t, end=4), "marks 2:4, outside its text of 3 characters"),
        (lambda t: change(t, start=-1), "marks -1:3, outside"),
        (lambda t: change(t, start=3), "marks 3:3, outside"),
        (lambda t: change(t, start="2"), "marks 2:3, outside"),
        (lambda t: change(t, start=1), "marks '乙丙' at 1:3, but says '丙'"),
        (lambda t: change(t, labels=["GPE"]), "the labels ['GPE'], of which the config knows not"),
        (lambda t: change(t, labels=[]), "the labels []"),
    ],
)
def test_what_label_studio_would_choke_on_is_refused(damage, fault):
    task = make_good()
    damage(task)
    with pytest.raises(InputError) as caught:
        check_tasks([task], CONFIG)
    assert fault in str(caught.value)


def test_an_article_stands_once():
    with pytest.raises(InputError, match=r"task 2 \('a'\): the article stands twice"):
        check_tasks([make_good(), make_good()], CONFIG)


def test_tasks_are_read(tmp_path):
    path = tmp_path / "tasks.json"
    task = make_task(restore("甲", "a"))
    path.write_text(json.dumps([task]), encoding="utf-8")
    assert read_tasks(path) == [task]
    texts = [{**task, "data": task["data"] | {"text": text}} for text in ("乙", 3, "\ud83d")]
    for wrong in (*texts, 3, {}, {"data": {"article": "a"}}, {**task, "meta": None}):
        path.write_text(json.dumps([task, wrong]), encoding="utf-8")
        with pytest.raises(InputError, match="task 2 is not as `jiqun tasks` makes it"):
            read_tasks(path)
