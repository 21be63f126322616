import json

import pytest

from conftest import ROOT
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


def test_the_gold_of_the_seeds_in_several_batches(gold, scheme, tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "_BATCH", 2)
    folder, file = ROOT / "annotation/labelled", tmp_path / "all.json"
    tasks = [read_json(path) for path in sorted(folder.glob("*.json"))]
    file.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    paragraphs = [p for item in gold for _, p in split_paragraphs(item.document)]
    for source in (folder, file):
        convert(source, tmp_path / "all.conll", scheme)
        assert read_conll(tmp_path / "all.conll") == paragraphs


def test_what_is_wrong_leaves_the_old_file(scheme, tmp_path, monkeypatch):
    monkeypatch.setattr(conversion, "_BATCH", 1)
    twice = write_tasks(tmp_path / "twice.json", ("a", "甲"), ("b", "甲"), ("a", "乙"))
    broken = write_tasks(tmp_path / "broken.json", ("a", "甲"), ("b", "甲"))
    broken.write_text(broken.read_text().replace('"end": 1', '"end": 2'), encoding="utf-8")
    path = tmp_path / "all.conll"
    path.write_text("before")
    with pytest.raises(InputError) as caught:
        convert(twice, path, scheme)
    assert str(caught.value) == f"{twice}: article 'a' stands twice; leave one task of it."
    with pytest.raises(InputError) as caught:
        convert(broken, path, scheme)
    assert str(caught.value) == (
        f"{broken}: task 1: region 0-1 marks 0:2, outside its text of 1 characters."
    )
    assert path.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.conll", "broken.json", "twice.json"]


def test_nowhere_to_write(scheme, tmp_path):
    with pytest.raises(InputError, match="this is a folder; name a file"):
        convert(write_tasks(tmp_path / "a.json", ("a", "甲")), tmp_path, scheme)
