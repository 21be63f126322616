import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children, parent_process

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from jiqun.annotation import bulk
from jiqun.annotation.bulk import cut, read_share
from jiqun.annotation.tasks import add_annotation, make_task
from jiqun.data import conversion
from jiqun.data.conll import read_conll
from jiqun.data.conversion import convert
from jiqun.errors import InputError
from jiqun.files import read_json
from jiqun.seeds.restore import restore
from jiqun.spans import Span, split_paragraphs


def write_tasks(path, *articles):
    """An export of articles that are called and read `name`, the first character a LOC."""
    tasks = [make_task(restore(text, name)) for name, text in articles]
    tasks = [add_annotation(task, [Span(0, 1, "LOC")]) for task in tasks]
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def test_an_export_becomes_one_file(scheme, tmp_path):
    source = write_tasks(tmp_path / "all.json", ("b", "甲乙\n丙"), ("a", "𠮷"))
    path = tmp_path / "deep/all.conll"
    line = convert(source, path, scheme)
    assert line == f"convert: 2 articles, 3 paragraphs, 2 spans → {path}"
    assert path.read_bytes().decode() == (
        "# id = b#0\n甲\tB-LOC\n乙\tO\n\n# id = b#1\n丙\tO\n\n# id = a#0\n𠮷\tB-LOC\n\n"
    )


def share_finely(monkeypatch):
    """Small shares for few tasks."""
    monkeypatch.setattr(bulk, "_FILES", 1)
    monkeypatch.setattr(bulk, "_BYTES", 1000)


def test_the_gold_of_the_seeds_by_any_number_of_processes(gold, scheme, tmp_path, monkeypatch):
    folder, file = ROOT / "annotation/labelled", tmp_path / "all.json"
    tasks = [read_json(path) for path in sorted(folder.glob("*.json"))]
    file.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    paragraphs = [p for item in gold for _, p in split_paragraphs(item.document)]
    for source in (folder, file):
        path = tmp_path / f"{source.stem}.conll"
        convert(source, path, scheme, 1)
        assert read_conll(path) == paragraphs
    whole = path.read_bytes()
    share_finely(monkeypatch)
    for source in (folder, file):
        assert len(cut(source)) > 2
        for jobs in (1, 2, 3):
            convert(source, path, scheme, jobs)
            assert path.read_bytes() == whole


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_wrong_leaves_the_old_file(scheme, tmp_path, monkeypatch, jobs):
    share_finely(monkeypatch)
    twice = write_tasks(tmp_path / "twice.json", ("a", "甲"), ("b", "甲"), ("a", "乙"))
    broken = write_tasks(tmp_path / "broken.json", ("a", "甲"), ("b", "甲"))
    broken.write_text(broken.read_text().replace('"end": 1', '"end": 2'), encoding="utf-8")
    path = tmp_path / "all.conll"
    path.write_text("before")
    with pytest.raises(InputError) as caught:
        convert(twice, path, scheme, jobs)
    assert str(caught.value) == f"{twice}: article 'a' stands twice; leave one task of it."
    with pytest.raises(InputError) as caught:
        convert(broken, path, scheme, jobs)
    assert str(caught.value) == (
        f"{broken}: task 1: region 0-1 marks 0:2, outside its text of 1 characters."
    )
    assert path.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.conll", "broken.json", "twice.json"]


def test_a_pipe_is_read(scheme, tmp_path):
    source, pipe = write_tasks(tmp_path / "all.json", ("a", "甲")), tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        pool.submit(pipe.write_bytes, source.read_bytes())
        convert(pipe, tmp_path / "all.conll", scheme)
    assert (tmp_path / "all.conll").read_text() == "# id = a#0\n甲\tB-LOC\n\n"


def test_nowhere_to_write(scheme, tmp_path):
    with pytest.raises(InputError, match="this is a folder; name a file"):
        convert(write_tasks(tmp_path / "a.json", ("a", "甲")), tmp_path, scheme)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_the_first_of_several_faults_is_told(scheme, tmp_path, monkeypatch, jobs):
    share_finely(monkeypatch)
    articles = [(f"a{n}", f"甲{n}\n乙") for n in range(12)]
    source = write_tasks(tmp_path / "all.json", *articles)
    tasks = read_json(source)
    # A span over a line's end is found only when its article is written.
    value = tasks[5]["annotations"][0]["result"][0]["value"]
    value["end"], value["text"] = 3, "甲5\n"
    tasks[6]["annotations"] = []
    tasks[9]["data"]["text"] = "乙"
    source.write_text(json.dumps(tasks), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        convert(source, tmp_path / "all.conll", scheme, jobs)
    assert "a5 crosses the end of its line; mark it in one paragraph." in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["all.json"]


@pytest.fixture
def elsewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("elsewhere")


def test_a_process_that_is_killed_costs_only_time(scheme, tmp_path, monkeypatch, elsewhere):
    share_finely(monkeypatch)
    source = write_tasks(tmp_path / "all.json", *((f"a{n}", "甲") for n in range(8)))
    convert(source, tmp_path / "one.conll", scheme, 1)

    def read_or_die(*arguments):
        if parent_process():
            (elsewhere / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        # The other one is to have its turn.
        time.sleep(0.2)
        return read_share(*arguments)

    monkeypatch.setattr(conversion, "read_share", read_or_die)
    convert(source, tmp_path / "two.conll", scheme, 2)
    assert (elsewhere / "died").exists()
    assert (tmp_path / "two.conll").read_bytes() == (tmp_path / "one.conll").read_bytes()


def test_an_interrupt_leaves_nothing(scheme, tmp_path, monkeypatch):
    share_finely(monkeypatch)
    source = write_tasks(tmp_path / "all.json", *((f"a{n}", "甲") for n in range(8)))
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def interrupt(*_):
        if parent_process():
            # The first process is to be at work by now.
            time.sleep(0.3)
            os.kill(os.getppid(), signal.SIGINT)
        time.sleep(30)

    monkeypatch.setattr(conversion, "read_share", interrupt)
    with pytest.raises(KeyboardInterrupt):
        convert(source, tmp_path / "all.conll", scheme, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["all.json"]
    assert not active_children()


@given(st.lists(st.text('甲,{}[]"\\i\n𠮷', min_size=1, max_size=6), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_a_file_may_be_cut_anywhere(scheme, tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("cut")
    source = write_tasks(folder / "all.json", *((f"a{n}", f"甲{t}") for n, t in enumerate(texts)))
    outcomes = []
    for bytes in (1 << 22, 600, 900):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk, "_BYTES", bytes)
            convert(source, folder / "all.conll", scheme, 1)
        outcomes.append((folder / "all.conll").read_bytes())
    assert len(set(outcomes)) == 1
