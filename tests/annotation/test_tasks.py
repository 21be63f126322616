import pytest

from jiqun.annotation.tasks import add_annotation, add_prediction, make_result, make_task
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
