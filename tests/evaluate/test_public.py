import json
import lzma
import subprocess
import sys
from importlib import import_module

import pytest

from conftest import ROOT
from jiqun.errors import InputError
from jiqun.spans import Document, Span

SCRIPT = ROOT / "evaluate/benchmarks/public.py"


@pytest.fixture
def public(monkeypatch):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    return import_module("public")


def write(folder, **splits):
    """A made-up set: for each split its rows, the test split compressed."""
    folder.mkdir()
    for split, rows in splits.items():
        data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        name = f"{split}.jsonl"
        if split == "test":
            name, data = f"{name}.xz", lzma.compress(data)
        (folder / name).write_bytes(data)
    return folder


def make_row(text, *spans):
    return {"text": text, "spans": spans}


def test_a_set_is_read_by_its_official_splits(public, tmp_path):
    folder = write(
        tmp_path / "weibo",
        train=[make_row("甲在𠮷安", (0, 1, "PER.NAM"), (2, 4, "GPE.NAM")), make_row("没有")],
        dev=[make_row("乙\u2028丙", (2, 3, "PER.NAM"))],
        test=[make_row("丁局", (1, 2, "ORG.NOM"))],
    )
    corpus, test = public.read_set(folder)
    assert corpus.tags == ["O", "B-GPE.NAM", "I-GPE.NAM", "B-PER.NAM", "I-PER.NAM"]
    spans = (Span(0, 1, "PER.NAM"), Span(2, 4, "GPE.NAM"))
    assert [a.paragraphs for a in corpus.training] == [
        (Document("train.jsonl:1", "甲在𠮷安", spans),),
        (Document("train.jsonl:2", "没有"),),
    ]
    [watched] = corpus.validation
    assert watched.join().spans == (Span(2, 3, "PER.NAM"),)
    assert test == [Document("test.jsonl.xz:1", "丁局", (Span(1, 2, "ORG.NOM"),))]


def test_a_set_may_have_no_dev_split_but_needs_the_others(public, tmp_path):
    folder = write(tmp_path / "msra", train=[make_row("甲")], test=[make_row("乙")])
    assert public.read_set(folder)[0].validation == []
    (folder / "test.jsonl.xz").unlink()
    with pytest.raises(InputError, match=r"msra: no test.jsonl or test.jsonl.xz"):
        public.read_set(folder)


@pytest.mark.parametrize(
    "row",
    [
        make_row("甲乙", (0, 2, "PER"), (1, 2, "LOC")),
        make_row("甲乙", (0, 3, "PER")),
        make_row("甲乙", (0, "PER")),
        {"text": "甲乙"},
        ["甲乙"],
    ],
)
def test_a_row_that_is_wrong_is_named(public, tmp_path, row):
    folder = write(tmp_path / "resume", train=[make_row("甲"), row], test=[make_row("乙")])
    with pytest.raises(InputError, match=r"train.jsonl: line 2: .*expected a text and its spans"):
        public.read_set(folder)


def run(folder, *more):
    command = [sys.executable, SCRIPT, folder, *more, "--to", folder / "models"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.slow
def test_the_table_comes_from_one_command(tmp_path):
    learnt = [make_row(f"{a}{b}去甲地{a}", (0, 2, "PER")) for a in "赵钱孙李" for b in "一二三四"]
    write(tmp_path / "resume", train=learnt, dev=learnt, test=learnt[:8])
    write(tmp_path / "msra", train=learnt, test=learnt[:8])
    tiny = ["hidden_size=16", "num_hidden_layers=1", "dropout=0", "num_train_epochs=40"]
    tiny += ["warmup_steps=0", "learning_rate=0.02"]
    more = ["per_device_train_batch_size=8", "--sets", "resume", "msra", "--seeds", "1", "2"]
    done = run(tmp_path, *tiny, *more)
    assert done.returncode == 0, done.stderr[-2000:]
    title, line, resume, msra = done.stdout.splitlines()
    assert title == "| set | epochs | seeds | precision | recall | F1 | published F1 |"
    assert line == "|---|--:|--:|--:|--:|--:|--:|"
    assert resume.startswith("| resume | 40 | 2 | ") and resume.endswith(" | 93.5 |")
    assert msra == "| msra | 40 | 2 | 100.0 ± 0.0 | 100.0 ± 0.0 | 100.0 ± 0.0 | 88.8 |"
    assert "resume, seed 1: F1 " in done.stderr and "best f1 1.0000" in done.stderr
    again = run(tmp_path, *tiny, *more)
    assert again.stdout == done.stdout and "encode:" not in again.stderr


@pytest.mark.slow
def test_a_set_that_is_not_there_is_named(tmp_path):
    done = run(tmp_path, "--sets", "weibo")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "weibo: no train.jsonl" in done.stderr
