import copy
import json

import pytest
from test_intake import ARTICLE, SPANS, make

from jiqun.annotation.export import format_labelled
from jiqun.annotation.filing import file_imported, file_pulled, file_quarantine
from jiqun.annotation.intake import Intake, admit
from jiqun.errors import InputError
from jiqun.seeds.align import Edit
from jiqun.seeds.restore import restore
from jiqun.spans import Span

OTHER = [Span(0, 2, "LOC")]
NEWER = restore(ARTICLE.raw, "a", [Edit(3, 5, "发布")])


@pytest.fixture
def pull(scheme, tmp_path):
    def pull(*tasks, origin="project 3", overwrite=False):
        intake = Intake()
        file_pulled(admit(tasks, scheme, intake), tmp_path, origin, intake, overwrite)
        return intake

    return pull


@pytest.fixture
def add(scheme, tmp_path):
    def add(*tasks, overwrite=False):
        intake = Intake()
        file_imported(admit(tasks, scheme, intake), tmp_path, intake, overwrite)
        return intake

    return add


def who(path):
    return [a["completed_by"] for a in json.loads(path.read_bytes())["annotations"]]


def names(tmp_path):
    return sorted(path.name for path in tmp_path.glob("*.json"))


def test_what_a_pull_wrote_the_next_one_replaces(pull, tmp_path):
    path = tmp_path / "a.json"
    assert pull(make()).written == [path]
    before = path.read_bytes()
    assert pull(make()).same == [path]
    assert pull(make(spans=OTHER)).written == [path]
    assert path.read_bytes() != before
    assert pull(make()).written == [path]
    assert path.read_bytes() == before


def test_what_people_changed_in_a_file_stays(pull, tmp_path):
    path = tmp_path / "a.json"
    pull(make())
    task = json.loads(path.read_bytes())
    task["annotations"].append({"completed_by": "乙@x", "result": []})
    path.write_text(json.dumps(task), encoding="utf-8")
    edited = path.read_bytes()
    for _ in range(2):
        intake = pull(make(spans=OTHER))
        assert (intake.written, intake.kept) == ([], {path: "it holds other labels by 甲@x"})
        assert path.read_bytes() == edited
    assert pull(make(spans=OTHER), overwrite=True).written == [path]
    assert who(path) == ["甲@x"]


def test_gold_that_was_decided_on_stays_beside_what_is_pulled(pull, tmp_path):
    path = tmp_path / "a.json"
    pull(make())
    task = json.loads(path.read_bytes())
    gold = task["annotations"][0] | {"completed_by": "丙@x", "ground_truth": True}
    task["annotations"].append(gold)
    path.write_text(format_labelled(task), encoding="utf-8")
    for spans in (OTHER, SPANS):
        assert pull(make(spans=spans)).written == [path]
        assert pull(make(spans=spans)).same == [path]
        annotations = json.loads(path.read_bytes())["annotations"]
        assert who(path) == ["甲@x", "丙@x"]
        assert annotations[1] == gold
        assert len(annotations[0]["result"]) == len(spans)
    # Gold of another text belongs to no new one.
    newer = make(article=NEWER)
    assert pull(newer).kept == {path: "it holds labels of another text"}
    assert who(path) == ["甲@x", "丙@x"]


def test_a_file_from_elsewhere_is_replaced_if_nothing_is_lost(pull, tmp_path):
    path = tmp_path / "a.json"
    pull(make())
    (tmp_path / ".pulled").unlink()
    task = make()
    task["annotations"] += make(2, "乙@x")["annotations"]
    assert pull(task).written == [path]
    assert who(path) == ["甲@x", "乙@x"]
    # Another project's pull is not ours.
    assert pull(make(), origin="project 4").kept == {path: "it holds other labels by 乙@x"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "it is no labelled task"),
        ("[]", "it is no labelled task"),
        ('{"data": {}, "meta": {}, "annotations": 3}', "it is no labelled task"),
        (
            '{"data": {"text": "x"}, "meta": {"y": 1}, "annotations": []}',
            "it holds labels of another text",
        ),
        (
            '{"data": {"text": "丽水市出台办法10条"}, "meta": {"y": 1}, "annotations": []}',
            "its `meta` holds y",
        ),
    ],
)
def test_a_file_that_is_something_else_stays(pull, tmp_path, content, reason):
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    assert pull(make()).kept == {path: reason}
    assert path.read_text(encoding="utf-8") == content


def test_a_pull_that_was_cut_off_while_writing_knows_its_files(pull, tmp_path, monkeypatch):
    from jiqun.annotation import filing

    pull(make())
    write = filing.write_text

    def fail(path, text):
        write(path, text)
        if path.suffix == ".json":
            raise KeyboardInterrupt

    monkeypatch.setattr(filing, "write_text", fail)
    with pytest.raises(KeyboardInterrupt):
        pull(make(spans=OTHER))
    monkeypatch.undo()
    assert pull(make(spans=SPANS[:1])).kept == {}


def test_the_newest_text_takes_the_articles_file(pull, tmp_path):
    pull(make(1))
    intake = pull(make(1), make(2, article=NEWER))
    [one, other] = names(tmp_path)
    assert (one.count("."), other) == (2, "a.json")
    assert json.loads((tmp_path / "a.json").read_bytes())["data"]["text"] == NEWER.text
    assert len(intake.written) == 2
    # The new one's labels were deleted: the old text has its place back, and one file is too many.
    intake = pull(make(1), make(2, article=NEWER) | {"annotations": []})
    assert names(tmp_path) == ["a.json"]
    assert intake.removed == [tmp_path / one]


def test_files_of_deleted_tasks_stay_and_are_told(pull, tmp_path):
    other = restore("甲乙丙", "b")
    pull(make(1), make(2, article=other, spans=OTHER))
    intake = pull(make(1))
    assert intake.left == [tmp_path / "b.json"]
    assert names(tmp_path) == ["a.json", "b.json"]


def test_a_damaged_list_of_what_was_pulled_is_one_sentence(pull, tmp_path):
    (tmp_path / ".pulled").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="damaged; remove it and pull again"):
        pull(make())


def test_imported_labels_join_those_of_others(add, tmp_path):
    path = tmp_path / "a.json"
    add(make(1), make(2, "乙@x"))
    assert add(make(9, "甲@x")).same == [path]
    intake = add(make(9, "甲@x", spans=OTHER))
    assert intake.kept == {path: "it holds other labels by 甲@x"}
    assert add(make(9, "甲@x", spans=OTHER), overwrite=True).written == [path]
    add(make(9, "丙@x"))
    assert who(path) == ["甲@x", "乙@x", "丙@x"]
    assert len(json.loads(path.read_bytes())["annotations"][0]["result"]) == 1


def test_imported_drafts_keep_to_their_annotations(add, tmp_path):
    def draft(task, who, annotation):
        task["drafts"] = [{"id": 1, "user": who, "annotation": annotation, "result": []}]
        return task

    add(draft(make(1), "甲@x", 1))
    add(draft(make(2, "乙@x"), "乙@x", 2))
    drafts = json.loads((tmp_path / "a.json").read_bytes())["drafts"]
    assert drafts == [
        {"completed_by": "甲@x", "annotation": 0, "result": []},
        {"completed_by": "乙@x", "annotation": 1, "result": []},
    ]


def test_an_imported_older_text_goes_beside(add, tmp_path):
    add(make(1, article=NEWER))
    add(make(1))
    assert len(names(tmp_path)) == 2
    assert json.loads((tmp_path / "a.json").read_bytes())["data"]["text"] == NEWER.text


def test_quarantine_is_a_file_an_article_and_of_its_origin(tmp_path):
    def record(article, origin, region):
        return {"article": article, "from": origin, "region": region}

    folder = tmp_path / "quarantine"
    file_quarantine([], folder, {"project 3"})
    assert not folder.exists()
    old = [record("a", "project 3", 1), record("b", "project 3", 2), record("a", "x.jsonl", 3)]
    file_quarantine([*old, record(None, "project 3", "\ud83d")], folder, {"project 3"})
    assert sorted(path.name for path in folder.iterdir()) == [
        "a.jsonl",
        "b.jsonl",
        "unplaced.jsonl",
    ]
    assert "\\ud83d" in (folder / "unplaced.jsonl").read_text(encoding="utf-8")
    file_quarantine([record("a", "project 3", 4)], folder, {"project 3"})
    assert sorted(path.name for path in folder.iterdir()) == ["a.jsonl"]
    lines = (folder / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["region"] for line in lines] == [3, 4]


def test_what_is_filed_does_not_change_what_came(add):
    task = make()
    before = copy.deepcopy(task)
    add(task)
    assert task == before
