import copy
import json

import pytest

from jiqun.annotation.export import (
    carry_over,
    list_labelled,
    read_annotations,
    read_labelled,
    write_labelled,
)
from jiqun.annotation.tasks import add_annotation, make_task
from jiqun.errors import InputError
from jiqun.seeds.align import Edit
from jiqun.seeds.restore import restore
from jiqun.spans import Document, Span

ARTICLE = restore("臨清(qīng)市出臺(tái)\n辦法10條", "a")
SPANS = (Span(0, 3, "LOC"), Span(8, 11, "FIGURE"))


@pytest.fixture
def task():
    return copy.deepcopy(add_annotation(make_task(ARTICLE), SPANS))


def read(tmp_path, task, scheme):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(task), encoding="utf-8")
    return read_labelled(path, scheme)


def test_what_was_labelled_is_read_back(tmp_path, task, scheme):
    document, alignment = read(tmp_path, task, scheme)
    assert document == Document("a", "临清市出台\n办法10条", SPANS)
    assert alignment.to_raw(0, 3) == (0, 9)


def test_written_tasks_hold_what_people_did_and_nothing_volatile(tmp_path, task, scheme):
    regions = task["annotations"][0]["result"]
    regions.reverse()
    regions[0] |= {"origin": "manual", "score": 0.3}
    task |= {"id": 71, "created_at": "now", "project": 3, "inner_id": 1}
    task["annotations"][0] |= {"id": 9, "lead_time": 8.2, "was_cancelled": False}
    [path] = write_labelled([task], tmp_path)
    assert path == tmp_path / "a.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    assert list(written) == ["data", "meta", "annotations"]
    [annotation] = written["annotations"]
    assert list(annotation) == ["was_cancelled", "result"]
    assert [region["id"] for region in annotation["result"]] == ["0-3", "8-11"]
    assert read_labelled(path, scheme)[0].spans == SPANS


@pytest.mark.parametrize("name", [None, "", "../a", 3])
def test_a_task_without_a_usable_article_is_refused(tmp_path, task, name):
    task["data"]["article"] = name
    with pytest.raises(InputError, match="no usable `article` name"):
        write_labelled([task], tmp_path)
    assert list(tmp_path.iterdir()) == []


def change(region, **value):
    region["value"].update(value)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda r: change(r, end=99), "region 0-3 marks 0:99, outside its text of 11 characters"),
        (lambda r: change(r, start=-1), "marks -1:3, outside"),
        (lambda r: change(r, start=3), "marks 3:3, outside"),
        (lambda r: change(r, start="0"), "marks 0:3, outside"),
        (lambda r: change(r, start=1), "marks '清市' at 1:3, but its text says '临清市'"),
        (lambda r: change(r, labels=["GPE"]), "label 'GPE', which the scheme lacks"),
        (lambda r: change(r, labels=["LOC", "ORG"]), "not a span with one label"),
        (lambda r: change(r, end=9, text="临清市出台\\n办法1"), "overlaps"),
        (lambda r: r.update(type="choices"), "not a span with one label"),
    ],
)
def test_a_region_that_does_not_fit_is_refused(tmp_path, task, scheme, damage, fault):
    damage(task["annotations"][0]["result"][0])
    with pytest.raises(InputError, match=r"a\.json") as caught:
        read(tmp_path, task, scheme)
    assert fault in str(caught.value)


def test_a_line_break_in_the_marked_text_is_understood(tmp_path, task, scheme):
    # Label Studio's page writes a marked line break as a backslash and an n.
    region = task["annotations"][0]["result"][0]
    change(region, start=0, end=8, text="临清市出台\\n办法")
    assert read(tmp_path, task, scheme)[0].spans[0] == Span(0, 8, "LOC")


def test_the_annotation_that_counts(tmp_path, task, scheme):
    [annotation] = task["annotations"]
    skipped = {**annotation, "was_cancelled": True}
    task["annotations"] = [skipped, annotation]
    assert read(tmp_path, task, scheme)[0].spans == SPANS
    truth = {"ground_truth": True, "result": []}
    task["annotations"] = [annotation, truth]
    assert read(tmp_path, task, scheme)[0].spans == ()
    for several in ([annotation, annotation], [skipped], []):
        task["annotations"] = several
        with pytest.raises(InputError, match="expected one annotation, found"):
            read(tmp_path, task, scheme)


@pytest.mark.parametrize("content", ["3", "{}", '{"data": {"text": 3}}', "[]"])
def test_a_file_that_is_no_task_is_refused(tmp_path, scheme, content):
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.json: not a labelled task"):
        read_labelled(path, scheme)


def test_a_text_that_changed_after_labelling_is_refused(tmp_path, task, scheme):
    task["data"]["text"] = task["data"]["text"].replace("出", "初")
    with pytest.raises(InputError, match="the text changed after it was labelled"):
        read(tmp_path, task, scheme)


def test_spans_are_carried_to_a_better_restoration():
    old = restore("  臨清(qīng)市有規(guī)?；?條", "a", steps=("pinyin", "script"))
    document = Document("a", old.text, (Span(2, 5, "LOC"),))
    better = restore(old.raw, "a", [Edit(0, 2), Edit(old.raw.index("?"), len(old.raw) - 1, "模化")])
    assert better.text == "临清市有规模化条"
    assert carry_over(document, old.alignment, better) == Document(
        "a", better.text, (Span(0, 3, "LOC"),)
    )
    assert carry_over(document, old.alignment, old) is document


def test_a_span_that_does_not_survive_is_told():
    old = restore("甲乙丙丁", "a")
    better = restore("甲乙丙丁", "a", [Edit(1, 3, "壬")])
    for span in (Span(1, 2, "LOC"), Span(2, 4, "LOC")):
        with pytest.raises(InputError, match="cannot be carried over"):
            carry_over(Document("a", old.text, (span,)), old.alignment, better)


def test_files_of_other_texts_are_passed_over(tmp_path):
    names = ["a.json", "a.0123abcd.json", "b.0123abcd.json", "a.0123abcde.json", "c.txt", ".pulled"]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in list_labelled(tmp_path)] == [
        *("a.0123abcde.json", "a.json", "b.0123abcd.json", "c.txt"),
    ]


def test_two_annotations_of_one_annotator_are_one_too_many(tmp_path, task, scheme):
    [annotation] = task["annotations"]
    annotation["completed_by"] = "甲"
    task["annotations"] *= 2
    (tmp_path / "a.json").write_text(json.dumps(task), encoding="utf-8")
    with pytest.raises(InputError, match="is '甲', expected a name for each; delete one of theirs"):
        read_annotations(tmp_path / "a.json", scheme)


def test_a_line_break_in_letters_proves_itself(tmp_path, task, scheme):
    # A text may hold a backslash and an n, and Label Studio writes CR LF as two of them.
    article = restore("甲\r\n乙\\n丙", "a", steps=())
    for span, text in ((Span(0, 4, "LOC"), "甲\\n\\n乙"), (Span(3, 7, "LOC"), "乙\\n丙")):
        task = add_annotation(make_task(article), [span])
        task["annotations"][0]["result"][0]["value"]["text"] = text
        assert read(tmp_path, task, scheme)[0].spans == (span,)
