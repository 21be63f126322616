import copy

import pytest

from jiqun.annotation.intake import Intake, admit
from jiqun.annotation.tasks import add_annotation, hash_text, make_task
from jiqun.seeds.align import Edit
from jiqun.seeds.restore import restore
from jiqun.spans import Span

ARTICLE = restore("丽水市出台办法10条", "a")
SPANS = [Span(0, 3, "LOC"), Span(7, 10, "FIGURE")]


def make(number=1, who="甲@x", spans=SPANS, article=ARTICLE, **fields):
    task = copy.deepcopy(add_annotation(make_task(article), spans))
    [annotation] = task["annotations"]
    annotation |= {"id": number, "completed_by": who, "was_cancelled": False} | fields
    return task | {"id": number, "from": "project 3", "drafts": []}


def take(scheme, *tasks):
    intake = Intake()
    return admit(tasks, scheme, intake), intake


def test_finished_empty_skipped_and_drafts_are_told_apart(scheme):
    task = make()
    [finished] = task["annotations"]
    empty = {"id": 9, "completed_by": "乙@x", "was_cancelled": False, "result": []}
    skipped = {**copy.deepcopy(finished), "id": 8, "completed_by": "丙@x", "was_cancelled": True}
    task["annotations"] += [empty, skipped]
    task["drafts"] = [
        {"id": 5, "user": "乙@x", "annotation": 9, "result": finished["result"][:1]},
        {"id": 4, "user": "丁@x", "annotation": None, "result": []},
    ]
    labelled, intake = take(scheme, task, make(2) | {"annotations": []})
    assert intake.annotations == {"finished": 1, "empty": 1, "skipped": 1, "draft": 2}
    assert (intake.waiting, intake.spans, intake.quarantined) == (1, 5, [])
    assert list(labelled["a"]) == ["data", "meta", "annotations", "drafts"]
    assert [a["completed_by"] for a in labelled["a"]["annotations"]] == ["甲@x", "丙@x", "乙@x"]
    assert labelled["a"]["drafts"] == [
        {"completed_by": "丁@x", "result": []},
        {"completed_by": "乙@x", "annotation": 2, "result": finished["result"][:1]},
    ]


def test_without_drafts_a_file_has_none(scheme):
    labelled, _ = take(scheme, make())
    assert list(labelled["a"]) == ["data", "meta", "annotations"]


def test_what_does_not_prove_itself_is_recorded_with_its_annotator(scheme):
    task = make(7)
    region = task["annotations"][0]["result"][0]
    region["value"]["labels"] = ["GPE"]
    labelled, intake = take(scheme, task)
    assert len(labelled["a"]["annotations"][0]["result"]) == 1
    assert intake.quarantined == [
        {
            "article": "a",
            "from": "project 3",
            "task": 7,
            "annotator": "甲@x",
            "status": "finished",
            "kind": "label",
            "reason": "has the label 'GPE', which the scheme lacks",
            "region": region,
        }
    ]


def test_an_annotation_that_lost_all_spans_does_not_pass_for_an_empty_one(scheme):
    task = make(spans=SPANS[:1])
    task["annotations"][0]["result"][0]["value"]["end"] = 99
    labelled, intake = take(scheme, task)
    assert labelled == {}
    assert [r["kind"] for r in intake.quarantined] == ["offsets", "annotation"]
    # One that only judged the article as a whole marked nothing, and says so.
    task = make(spans=[])
    task["annotations"][0]["result"] = [{"type": "choices", "value": {"choices": ["x"]}}]
    labelled, intake = take(scheme, task)
    assert intake.annotations == {"empty": 1}
    assert [r["kind"] for r in intake.quarantined] == ["other"]


@pytest.mark.parametrize(("skipped", "kept", "kinds"), [(True, 1, []), (False, 0, ["result"])])
def test_a_missing_result(scheme, skipped, kept, kinds):
    labelled, intake = take(scheme, make(result=None, was_cancelled=skipped))
    assert len(labelled) == kept
    assert [record["kind"] for record in intake.quarantined] == kinds


@pytest.mark.parametrize(
    ("damage", "kind", "article"),
    [
        (lambda t: t["data"].update(text="丽水市出台办法11条"), "edited", "a"),
        (lambda t: t["data"].update(article="../a"), "article", None),
        (lambda t: t["data"].pop("article"), "article", None),
        (lambda t: t.update(data=None), "article", None),
        (lambda t: t.update(meta={}), "task", "a"),
        (lambda t: t.update(meta=None), "task", "a"),
        (lambda t: t["data"].pop("text"), "task", "a"),
        (lambda t: t["data"].update(text="丽\ud83d水"), "surrogate", "a"),
        (lambda t: t["data"].update(title="丽\ud83d水"), "surrogate", "a"),
    ],
)
def test_a_task_whose_text_cannot_be_relied_on_is_set_aside_whole(scheme, damage, kind, article):
    task = make()
    damage(task)
    labelled, intake = take(scheme, task)
    [record] = intake.quarantined
    assert (labelled, record["kind"], record["article"]) == ({}, kind, article)
    assert record["annotation"] == task["annotations"][0]


def test_texts_of_one_article_have_files_of_their_own(scheme):
    newer = restore("丽水市出台办法10条", "a", [Edit(3, 5, "发布")])
    first = "a." + hash_text(ARTICLE.text)[:8]
    second = "a." + hash_text(newer.text)[:8]
    labelled, _ = take(scheme, make(2, article=newer), make(1))
    assert set(labelled) == {"a", first}
    assert labelled["a"]["data"]["text"] == newer.text
    # A text that nobody has finished does not take an older one's place.
    labelled, _ = take(scheme, make(2, article=newer, was_cancelled=True), make(1))
    assert set(labelled) == {"a", second}
    assert labelled["a"]["data"]["text"] == ARTICLE.text


def test_tasks_of_one_text_are_joined(scheme):
    labelled, _ = take(scheme, make(1), make(2, "乙@x"))
    [task] = labelled.values()
    assert [a["completed_by"] for a in task["annotations"]] == ["甲@x", "乙@x"]
