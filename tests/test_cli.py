"""The installed command, as other programs call it."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys

import pytest

from conftest import ROOT, set_up
from jiqun.cli import main

SEED = ROOT / "seeds/004_eb678d6701aca27f.txt"


def start_alone(*arguments, cwd=ROOT):
    """The command as a process of its own, in a terminal that knows ASCII only."""
    return subprocess.run(
        [sys.executable, "-m", "jiqun", *map(str, arguments)],
        capture_output=True,
        cwd=cwd,
        env={**os.environ, "LC_ALL": "C"},
        timeout=300,
    )


@pytest.fixture
def jiqun(monkeypatch, capfdbinary):
    """The command within this process, which need not import all libraries once more."""

    def run(*arguments, stdin=b"", cwd=ROOT, **environment):
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(sys, "argv", ["jiqun", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as stop:
                main()
        return subprocess.CompletedProcess([], stop.value.code, *capfdbinary.readouterr())

    return run


def test_restore_prints_the_text_and_nothing_else(gold):
    done = start_alone("restore", SEED)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == gold[4].article.text


def test_a_mistake_ends_the_process_with_code_2(tmp_path):
    fault = "jiqun: 文.txt: cannot be read (No such file or directory); check the path.\n"
    assert one_sentence(start_alone("restore", "文.txt", cwd=tmp_path)) == fault


def test_restore_as_json_lines_fixes_its_form(jiqun):
    done = jiqun("restore", SEED, "-", "--format", "jsonl", stdin="經(jīng)濟\r\n日?qǐng)".encode())
    first, second = map(json.loads, done.stdout.decode().splitlines())
    assert list(first) == ["id", "text", "alignment", "asides", "damage"]
    assert first["id"] == "004_eb678d6701aca27f"
    assert second == {
        "id": "stdin",
        "text": "经济\n日?qǐng)",
        "alignment": [[0, 1, 0, 1], [1, 2, 7, 8], [2, 10, 9, 17]],
        "asides": [],
        "damage": [{"start": 4, "end": 10, "kind": "question", "guess": None}],
    }


def test_restore_to_a_folder(jiqun, tmp_path):
    done = jiqun("restore", ROOT / "seeds", "--to", tmp_path / "out")
    assert done.stdout == b""
    assert b"restore: 5 articles, 14696 raw characters" in done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 6


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("empty.txt", b"", "empty.txt: the file is empty; expected the text of an article."),
        ("gbk.txt", "文章".encode("gbk"), "gbk.txt: byte 0 is not UTF-8; convert the file"),
        ("none.txt", None, "none.txt: cannot be read (No such file or directory); check the path."),
    ],
)
@pytest.mark.parametrize("command", ["restore", "tasks"])
def test_a_bad_file_is_one_sentence_and_nothing_written(
    jiqun, tmp_path, name, content, fault, command
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    scheme = ["--scheme", ROOT / "annotation/scheme.yaml"] if command == "tasks" else []
    done = jiqun(command, name, *scheme, cwd=tmp_path)
    assert one_sentence(done).startswith(f"jiqun: {fault}")
    assert [path.name for path in tmp_path.iterdir()] == ([name] if content is not None else [])


def one_sentence(done):
    """What a user's mistake prints: exit code 2, no data, one line."""
    message = done.stderr.decode()
    assert (done.returncode, done.stdout) == (2, b"")
    assert message.count("\n") == 1 and "Traceback" not in message
    return message


def hash_files(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]


def edit(path, old, new):
    """Replace the last occurrence: of a labelled file's annotations the last is the decision."""
    before, _, after = path.read_text(encoding="utf-8").rpartition(old)
    path.write_text(before + new + after, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "command", "fault"),
    [
        (
            "seeds/002_332ebabd7cda0de6.txt",
            "鑄造",
            "鍛造",
            "build",
            "seeds/002_332ebabd7cda0de6.txt: the bytes are not those the manifest lists",
        ),
        (
            "seeds/manifest.yaml",
            "file: 003",
            "file: 033",
            "build",
            "seeds/033_caa7664a7d7ec3f5.txt: cannot be read (No such file or directory)",
        ),
        (
            "annotation/scheme.yaml",
            "name: LOC",
            "name: ORG",
            "tasks",
            "annotation/scheme.yaml: two labels have the name 'ORG'; rename one.",
        ),
        (
            "annotation/labelled/004_eb678d6701aca27f.json",
            '"end": 11,',
            '"end": 9011,',
            "build",
            "annotation/labelled/004_eb678d6701aca27f.json: region 8-11 marks 8:9011, outside",
        ),
        (
            "train/recipes/small.yaml",
            "num_train_epochs",
            "num_train_epoch",
            "train train/recipes/small.yaml",
            "train/recipes/small.yaml: no setting is called 'num_train_epoch'; did you mean",
        ),
    ],
)
def test_a_fault_in_a_checkout_is_named_and_nothing_is_written(
    jiqun, checkout, file, old, new, command, fault
):
    edit(checkout / file, old, new)
    before = hash_files(checkout)
    assert one_sentence(jiqun(*command.split(), cwd=checkout)).startswith(f"jiqun: {fault}")
    assert hash_files(checkout) == before


def test_a_missing_model_is_one_sentence(jiqun, tmp_path):
    command = ("predict", "-", "--model", "models/mine")
    message = one_sentence(jiqun(*command, cwd=tmp_path, stdin="文".encode()))
    assert message.startswith("jiqun: models/mine: no model there")


def test_a_missing_secret_is_one_sentence(jiqun, tmp_path):
    message = one_sentence(jiqun("studio", "pull", "1", cwd=tmp_path, LABEL_STUDIO_API_KEY=""))
    assert message == (
        "jiqun: LABEL_STUDIO_API_KEY is not set; put it in the environment, "
        "or name the folder of `jiqun studio start` with --folder.\n"
    )


def test_a_reader_that_stops_early_makes_no_noise():
    command = f"{sys.executable} -m jiqun restore {ROOT}/seeds {ROOT}/seeds | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, cwd=ROOT, timeout=60)
    assert done.stderr == b""


def test_a_full_disk_is_one_sentence():
    set_up(os.path.exists("/dev/full"), "/dev/full")
    command = f"{sys.executable} -m jiqun restore {SEED} > /dev/full"
    done = subprocess.run(command, shell=True, capture_output=True, cwd=ROOT, timeout=60)
    assert one_sentence(done) == (
        "jiqun: there is no room left on the disk; make some and run it again.\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        *("restore", "tasks", "prelabel", "agree", "adjudicate", "audit"),
        *("build", "convert", "train", "predict", "evaluate", "run"),
    ],
)
def test_every_verb_has_help(jiqun, command):
    done = jiqun(command, "--help")
    assert done.returncode == 0 and b"Usage: " in done.stdout


def test_help_needs_no_heavy_library():
    code = (
        "import sys, jiqun.cli; print(sorted({'torch', 'datasets', 'opencc'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.stdout == b"[]\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("jiqun.predict", ["label_studio_sdk", "datasets", "seqeval", "accelerate", "doit"]),
        ("jiqun.seeds.crawl", ["label_studio_sdk", "datasets", "torch", "transformers"]),
        ("jiqun.data.build", ["label_studio_sdk", "torch", "transformers", "seqeval"]),
        ("jiqun.annotation.tasks", ["label_studio_sdk", "datasets", "torch"]),
    ],
)
def test_each_use_needs_only_its_own_extra(module, absent):
    code = f"import sys; sys.modules.update(dict.fromkeys({absent})); import {module}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()


def test_tasks_with_pre_labels_by_rules(jiqun, tmp_path):
    (tmp_path / "a.txt").write_text("温岭市市长王宏说，产值12亿元。", encoding="utf-8")
    scheme = ROOT / "annotation/scheme.yaml"
    done = jiqun("tasks", "a.txt", "--scheme", scheme, "--to", "t.json", cwd=tmp_path)
    assert done.stderr == b"tasks: 1 tasks \xe2\x86\x92 t.json, ./label_config.xml\n"
    command = ["prelabel", "t.json", "--scheme", scheme, "--without", "lexicon"]
    done = jiqun(*command, "--without", "model", cwd=tmp_path)
    assert b"prelabel: 1 tasks, 3 spans (LOC 1, OFFICIAL 1, FIGURE 1) by rules" in done.stderr
    [task] = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    [prediction] = task["predictions"]
    assert prediction["model_version"] == "rules"
    assert [(r["value"]["labels"][0], r["value"]["text"]) for r in prediction["result"]] == [
        *(("LOC", "温岭市"), ("OFFICIAL", "王宏"), ("FIGURE", "12亿元"))
    ]


def test_an_export_is_converted(jiqun, tmp_path):
    scheme = ("--scheme", ROOT / "annotation/scheme.yaml")
    done = jiqun("convert", ROOT / "annotation/labelled", "all.conll", *scheme, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    line = done.stderr.decode()
    assert re.fullmatch(r"convert: 5 articles, \d+ paragraphs, \d+ spans → all.conll\n", line)
    (tmp_path / "task.json").write_text("[{}]")
    message = one_sentence(jiqun("convert", "task.json", "new.conll", *scheme, cwd=tmp_path))
    assert message == (
        "jiqun: task.json: task 1: not a labelled task; fetch it with `jiqun studio pull`.\n"
    )
    assert not (tmp_path / "new.conll").exists()
