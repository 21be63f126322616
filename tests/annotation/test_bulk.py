import copy
import json
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jiqun.annotation import bulk
from jiqun.annotation.bulk import cut, read_share, read_tagged
from jiqun.annotation.export import choose_gold
from jiqun.annotation.tasks import add_annotation, make_task
from jiqun.errors import InputError
from jiqun.seeds.align import Alignment, covers
from jiqun.seeds.restore import restore
from jiqun.spans import Document, Span, Tagset

SPANS = (Span(0, 3, "LOC"), Span(8, 11, "FIGURE"))
# What may stand in JSON where something else should.
VALUES = (None, True, False, -1, 0, 1, 3, 99, 1.0, 2.5, "", "甲", "LOC", "\ud800", [], [1], {})


def make(name="a"):
    return add_annotation(make_task(restore("臨清(qīng)市出臺(tái)\n辦法10條", name)), SPANS)


def list_spots(value):
    """Every place in JSON, as a list or object and the index or key in it."""
    if isinstance(value, (list, dict)):
        for key in range(len(value)) if isinstance(value, list) else list(value):
            yield value, key
            yield from list_spots(value[key])


@st.composite
def tasks(draw):
    """Exported tasks, whole or with a few things in them put otherwise."""
    text = draw(st.text('甲𠮷e\u0301 \t\r\n\u2028\ufeff"\\(qīng)', min_size=1, max_size=12))
    article = restore(text, "a")
    cuts = sorted(draw(st.sets(st.integers(0, len(article.text)), max_size=6)))
    pairs = [pair for pair in pairwise(cuts) if draw(st.booleans())]
    spans = [Span(*pair, draw(st.sampled_from(("ORG", "LOC")))) for pair in pairs]
    task = json.loads(json.dumps(add_annotation(make_task(article), spans)))
    draw(st.randoms(use_true_random=False)).shuffle(task["annotations"][0]["result"])
    for _ in range(draw(st.integers(0, 2))):
        holder, key = draw(st.sampled_from(list(list_spots(task)) or [([0], 0)]))
        match draw(st.sampled_from(("put", "drop", "twice"))):
            case "put":
                holder[key] = draw(st.sampled_from(VALUES))
            case "drop":
                del holder[key]
            case "twice" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
    return task


def read(path, task, scheme):
    """The gold of the tasks that a file holds."""
    path.write_bytes(task if isinstance(task, bytes) else json.dumps(task).encode())
    return list(map(Tagset(scheme.names).untag, read_tagged(path, scheme)))


def find_outcome(read):
    """What comes out, or the sentence why nothing does."""
    try:
        return read()
    except InputError as error:
        return str(error)


@pytest.mark.slow
@given(tasks(), st.booleans())
@example(make() | {"annotations": [{"result": None, "was_cancelled": True}]}, True)
@settings(max_examples=300, deadline=None)
def test_fast_and_slow_agree_on_any_task(scheme, tmp_path_factory, task, ascii):
    path = tmp_path_factory.getbasetemp() / "all.json"
    try:
        data = json.dumps([task], ensure_ascii=ascii).encode()
    except UnicodeEncodeError:
        data = json.dumps([task]).encode()
    place, [task] = f"{path}: task 1", json.loads(data)
    fast = find_outcome(lambda: read(path, data, scheme))
    slow = find_outcome(lambda: [choose_gold(task, place, scheme)[0]])
    assert fast == slow


def test_what_is_plainly_right_needs_no_second_look(scheme, tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "choose_gold", None)
    task = make()
    task["annotations"][0]["result"].reverse()
    task["annotations"] += [{"result": [], "was_cancelled": True}]
    assert read(tmp_path / "all.json", [task], scheme) == [
        Document("a", "临清市出台\n办法10条", SPANS)
    ]


def test_a_line_end_that_the_page_wrote_in_letters_is_right_all_the_same(scheme, tmp_path):
    document = Document("a", "甲\n乙", (Span(0, 3, "LOC"),))
    task = add_annotation(make_task(restore("甲\n乙", "a")), document.spans)
    task["annotations"][0]["result"][0]["value"]["text"] = "甲\\n乙"
    assert read(tmp_path / "all.json", [task], scheme) == [document]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("data", "text"), "临清市出台\n办法11条", "the text changed after it was labelled"),
        (("meta", "alignment", 0, 1), 1, "not a labelled task"),
        (("meta", "alignment"), [[0, 2, 0, 2]], "the text changed after it was labelled"),
        (
            ("annotations", 0, "result", 0, "value", "text"),
            "临清",
            "marks '临清市' at 0:3, but its",
        ),
        (("annotations", 0, "result", 0, "value", "end"), 9, "overlaps the span before it"),
        (("annotations", 0, "result", 0, "value", "labels"), ["GPE"], "has the label 'GPE'"),
        (("annotations", 0, "result", 0, "type"), "choices", "is not a span with one label"),
        (("annotations", 0, "was_cancelled"), True, "expected one annotation, found 0"),
        (("annotations",), [{"result": []}] * 2, "expected one annotation, found 2"),
        (("data", "article"), 3, "not a labelled task"),
    ],
)
def test_what_is_wrong_is_told_of_its_task(scheme, tmp_path, path, value, fault):
    task = make("b")
    holder = task
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    if fault.startswith("overlaps"):
        task["annotations"][0]["result"][0]["value"]["text"] = "临清市出台\n办法1"
    file = tmp_path / "all.json"
    with pytest.raises(InputError) as caught:
        read(file, [make(), task], scheme)
    assert str(caught.value).startswith(f"{file}: task 2: ")
    assert fault in str(caught.value)


def test_a_folder_and_a_file_hold_the_same(scheme, tmp_path):
    folder = tmp_path / "labelled"
    folder.mkdir()
    exported = [make(name) for name in ("b", "a", "c.d")]
    for task in exported:
        (folder / f"{task['data']['article']}.json").write_text(json.dumps(task))
    # A pull keeps the labels of an earlier text of `a` beside the newest.
    (folder / "a.0123abcd.json").write_text(json.dumps(make("a")))
    (folder / "notes.txt").write_text("x")
    (tmp_path / "all.json").write_text(json.dumps(exported, indent=1, ensure_ascii=False))
    (tmp_path / "one.json").write_text(json.dumps(exported[0]))
    ids = {
        source: [article.id for article in read_tagged(tmp_path / source, scheme)]
        for source in ("labelled", "all.json", "one.json")
    }
    assert ids == {"labelled": ["a", "b", "c.d"], "all.json": ["b", "a", "c.d"], "one.json": ["b"]}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "the file is empty"),
        ("[]", "lists no task; export the project again."),
        ("[{}", "not valid JSON at line 1"),
        ('"text"', "task 1: not a labelled task"),
        ("[NaN]", "task 1: not a labelled task"),
        (None, "no labelled .json file in this folder; name another."),
    ],
)
def test_what_is_no_export_is_told(scheme, tmp_path, content, fault):
    source = tmp_path
    if content is not None:
        source = tmp_path / "all.json"
        source.write_text(content)
    with pytest.raises(InputError) as caught:
        list(read_tagged(source, scheme))
    assert str(caught.value).startswith(f"{source}: ") and fault in str(caught.value)


@given(
    st.lists(st.tuples(*[st.integers(-1, 6)] * 4), max_size=4),
    st.integers(0, 6),
)
@example([(0, 2, 0, 2), (2, 3, 2, 5)], 3)
@settings(max_examples=300)
def test_rows_cover_a_text_only_where_an_alignment_is_made_of_them(rows, length):
    try:
        raw_length = max((row[3] for row in rows), default=0)
        made = len(Alignment.from_segments(rows, raw_length)) == length
    except ValueError:
        made = False
    assert made or not covers(rows, length)
    assert covers(rows, length) == (made and all(start < end for start, end, _, _ in rows))


def test_shares_of_a_folder_keep_its_order(scheme, tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "_FILES", 3)
    for name in "gfedcba":
        (tmp_path / f"{name}.json").write_text(json.dumps(make(name)))
    assert [[path[-6] for path in share] for share in cut(tmp_path)] == [
        ["a", "b", "c"],
        ["d", "e", "f"],
        ["g"],
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_is_cut_between_tasks(scheme, tmp_path, monkeypatch, indent):
    monkeypatch.setattr(bulk, "_BYTES", 1000)
    tasks = [{"id": number} | make(f"a{number}") for number in range(9)]
    # Regions and comments open much as tasks do.
    tasks[4]["annotations"][0]["comments"] = [{"id": 3, "text": ', {"id": 4, "data": '}, {"id": 5}]
    file = tmp_path / "all.json"
    file.write_text(json.dumps(tasks, indent=indent), encoding="utf-8")
    shares = cut(file)
    ids = [article.id for share in shares for article in read_share(share, scheme)]
    assert ids == [f"a{number}" for number in range(9)]
    assert len(shares) > 4


def test_a_cut_inside_a_task_is_found(scheme, tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "_BYTES", 100)
    file = tmp_path / "all.json"
    file.write_text(json.dumps([make() | {"drafts": [1, *[{"data": 1}] * 50]}]))
    shares = cut(file)
    assert len(shares) > 1
    with pytest.raises(InputError, match="not valid JSON"):
        [read_share(share, scheme) for share in shares]
