from jiqun.annotation.carryover import Lost, carry_range, carry_task
from jiqun.annotation.tasks import add_annotation, make_task
from jiqun.seeds.align import Edit
from jiqun.seeds.restore import restore
from jiqun.spans import Span

RAW = "  臨清(qīng)市有規(guī)?；?條"
OLD = restore(RAW, "a", steps=("pinyin", "script"))
NEW = restore(RAW, "a", [Edit(0, 2), Edit(RAW.index("?"), len(RAW) - 1, "模化")])
LABELS = ["LOC", "ORG", "FIGURE"]


def label(*spans, **fields):
    task = add_annotation(make_task(OLD), spans)
    task["annotations"][0] |= fields
    return {**task, "id": 7, "drafts": []}


def test_spans_become_a_prediction_of_a_new_task():
    assert (OLD.text, NEW.text) == ("  临清市有规?；?条", "临清市有规模化条")
    task, count, lost = carry_task(label(Span(2, 5, "LOC")), make_task(NEW), LABELS)
    assert (count, lost) == (1, [])
    assert task["data"] == make_task(NEW)["data"]
    assert task["meta"] == make_task(NEW)["meta"] | {"carried_from": 7}
    assert "annotations" not in task
    assert task["predictions"] == [
        {
            "model_version": "carried",
            "score": 1.0,
            "result": [
                {
                    "id": "2-5",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "value": {"start": 0, "end": 3, "text": "临清市", "labels": ["LOC"]},
                }
            ],
        }
    ]


def test_what_does_not_come_out_whole_is_lost_by_name():
    old = label(Span(0, 1, "ORG"), Span(2, 5, "LOC"), Span(7, 9, "FIGURE"))
    old["annotations"][0]["result"] += [
        {"type": "relation", "from_id": "0-1", "to_id": "2-5"},
        {"id": "x", "type": "labels", "value": {"start": 3, "end": 4, "labels": ["GPE"]}},
    ]
    task, count, lost = carry_task(old, make_task(NEW), LABELS)
    assert count == 1
    assert lost == [
        Lost("a", 0, 1, ("ORG",), " "),
        Lost("a", 7, 9, ("FIGURE",), "?；"),
        Lost("a", None, None, (), "relation"),
        Lost("a", 3, 4, ("GPE",), "清"),
    ]
    assert task["predictions"][0]["score"] == 0.2


def test_each_labelling_is_carried_once_and_decisions_first():
    old = label(Span(2, 5, "LOC"))
    [first] = old["annotations"]
    second = label(Span(2, 4, "LOC"))["annotations"][0]
    old["annotations"] = [
        {**first, "id": 1},
        {**second, "id": 2, "ground_truth": True},
        {**first, "id": 3},
        {**first, "id": 4, "was_cancelled": True},
    ]
    task, _, _ = carry_task(old, make_task(NEW), LABELS, "rules")
    found = [(p["model_version"], p["result"][0]["value"]["end"]) for p in task["predictions"]]
    # The queue shows predictions of one version only, so the first is there under that name too.
    assert found == [("carried", 2), ("carried", 3), ("rules", 2)]


def test_drafts_count_where_nothing_was_submitted():
    old = label(Span(2, 5, "LOC"))
    old |= {"drafts": old["annotations"], "annotations": []}
    assert carry_task(old, make_task(NEW), LABELS)[1] == 1


def test_of_a_skipped_article_nothing_is_carried_and_pre_labels_stay():
    old = label(Span(2, 5, "LOC"), was_cancelled=True)
    pushed = make_task(NEW) | {"predictions": [{"model_version": "m", "score": 1.0, "result": []}]}
    task, count, lost = carry_task(old, pushed, LABELS)
    assert (task["predictions"], count, lost) == (pushed["predictions"], 0, [])


def test_texts_of_different_crawls_are_not_compared():
    old = label(Span(2, 5, "LOC"))
    assert carry_task(old, make_task(restore(RAW + "。", "a")), LABELS) is None
    assert carry_task(old, {"data": {"text": "x"}}, LABELS) is None
    edited = {**old, "data": {**old["data"], "text": OLD.text.replace("市", "县")}}
    assert carry_task(edited, make_task(NEW), LABELS) is None


def test_a_range_outside_of_the_new_raw_text_is_not_found():
    assert carry_range(2, 5, OLD.alignment, restore("甲", "a").alignment) is None
