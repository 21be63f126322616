"""Pulls from a real Label Studio, some of them cut off."""

import os
import signal
import subprocess
import sys
import time

import pytest

from conftest import ROOT
from jiqun.annotation import retrieval
from jiqun.annotation.config import make_label_config
from jiqun.annotation.export import read_labelled
from jiqun.annotation.interchange import import_labels
from jiqun.annotation.studio import find_project
from jiqun.annotation.tasks import add_annotation, make_region, make_task
from jiqun.errors import InputError
from jiqun.files import read_json, read_json_lines
from jiqun.seeds.restore import restore
from jiqun.spans import Span

pytestmark = pytest.mark.studio


@pytest.fixture
def make_project(studio, scheme):
    def make(title, tasks):
        made = studio.client.projects.create(title=title, label_config=make_label_config(scheme))
        studio.client.projects.import_tasks(made.id, request=tasks)
        return find_project(studio.client, studio.url, made.id)

    return make


def make_tasks(count):
    texts = [f"第{number}号丽水市委发文" for number in range(count)]
    tasks = [make_task(restore(text, f"n{n:05}")) for n, text in enumerate(texts)]
    return [
        add_annotation(task, [Span(text.index("丽"), text.index("发"), "ORG")])
        for task, text in zip(tasks, texts)
    ]


def list_numbers(studio, project):
    return sorted(task.id for task in studio.client.tasks.list(project=project.id, include="id"))


def test_every_kind_of_work_is_pulled_and_told_apart(studio, make_project, draw, tmp_path, scheme):
    tasks = [make_task(restore(f"丽水市委发文{n}", f"n{n}")) for n in range(6)]
    project = make_project("Jiqun kinds", tasks)
    numbers = list_numbers(studio, project)
    # With a note that the annotator wrote beside it.
    span = [make_region(Span(0, 4, "ORG"), "丽水市委") | {"meta": {"text": ["简称？"]}}]
    annotate = studio.client.annotations.create
    annotate(numbers[0], result=span)
    annotate(numbers[1], result=[])
    annotate(numbers[2], result=span, was_cancelled=True)
    studio.ask(f"/api/tasks/{numbers[3]}/drafts", {"result": span, "lead_time": 1})
    annotate(
        numbers[4],
        result=[
            *make_nested(),
            {"type": "relation", "from_id": "0-4", "to_id": "0-2", "direction": "right"},
            {**span[0], "type": "choices", "value": {"choices": ["x"]}},
            {**span[0], "id": "x", "value": {**span[0]["value"], "labels": ["GPE"]}},
            {**span[0], "id": "y", "value": {**span[0]["value"], "start": "0"}},
            make_region(Span(4, 6, "ORG"), "发文"),
            make_region(Span(5, 7, "LOC"), "文4"),
        ],
    )
    _, intake = draw(project.id)
    assert intake.annotations == {"finished": 2, "empty": 1, "skipped": 1, "draft": 1}
    assert (intake.waiting, len(intake.written)) == (1, 5)
    to = tmp_path / "to"
    assert read_labelled(to / "n0.json", scheme)[0].spans == (Span(0, 4, "ORG"),)
    assert read_json(to / "n0.json")["annotations"][0]["result"] == span
    assert read_labelled(to / "n1.json", scheme)[0].spans == ()
    assert read_json(to / "n2.json")["annotations"][0]["was_cancelled"] is True
    [draft] = read_json(to / "n3.json")["drafts"]
    assert (draft["completed_by"], draft["result"]) == (studio.user, span)
    assert read_json(to / "n3.json")["annotations"] == []
    assert read_labelled(to / "n4.json", scheme)[0].spans == (Span(0, 4, "ORG"),)
    records = list(read_json_lines(tmp_path / "aside/n4.jsonl"))
    assert sorted(record["kind"] for record in records) == [
        *("crossing", "crossing", "label", "nested", "offsets", "other", "relation"),
    ]
    assert {record["annotator"] for record in records} == {studio.user}
    before = {path: path.read_bytes() for path in to.iterdir()}
    _, intake = draw(project.id)
    assert (intake.written, len(intake.same)) == ([], 5)
    assert {path: path.read_bytes() for path in to.iterdir()} == before


def make_nested():
    return [make_region(Span(0, 4, "ORG"), "丽水市委"), make_region(Span(0, 2, "LOC"), "丽水")]


def test_a_text_edited_on_the_server_is_set_aside(studio, make_project, draw, tmp_path):
    project = make_project("Jiqun edited", make_tasks(2))
    first = list_numbers(studio, project)[0]
    data = studio.client.tasks.get(first).data
    studio.client.tasks.update(first, data=data | {"text": data["text"].replace("丽水", "")})
    _, intake = draw(project.id)
    assert [path.name for path in intake.written] == ["n00001.json"]
    [record] = read_json_lines(tmp_path / "aside/n00000.jsonl")
    assert (record["kind"], record["annotator"]) == ("edited", studio.user)


def test_a_task_that_the_server_cannot_read_costs_no_other(studio, make_project, draw, tmp_path):
    tasks = make_tasks(5)
    project = make_project("Jiqun surrogate", tasks)
    tasks[0]["data"]["text"] = "丽\ud83d水"
    studio.ask(f"/api/projects/{project.id}/import", tasks[:1])
    retrieved, intake = draw(project.id)
    assert len(retrieved.tasks) == len(intake.written) == 5
    assert retrieved.unreadable == list_numbers(studio, project)[-1:]
    [record] = read_json_lines(tmp_path / "aside/unplaced.jsonl")
    assert record["kind"] == "unreadable" and "lone surrogate" in record["reason"]


def cut(monkeypatch, after, then):
    """Ask for two tasks at once; behind `after` pages, do something before the next."""
    fetch, pages = retrieval._fetch, []

    def fetch_some(*arguments):
        pages.append(arguments)
        if len(pages) == after + 1:
            then()
        return fetch(*arguments)

    monkeypatch.setattr(retrieval, "PAGE", 2)
    monkeypatch.setattr(retrieval, "_fetch", fetch_some)
    return pages


def test_a_pull_that_was_cut_off_goes_on(studio, make_project, draw, tmp_path, monkeypatch):
    project = make_project("Jiqun cut", make_tasks(8))
    numbers = list_numbers(studio, project)

    def fail():
        raise InputError("no answer.")

    cut(monkeypatch, 2, fail)
    with pytest.raises(InputError, match="the next pull goes on from there"):
        draw(project.id)
    [log] = (tmp_path / "to").iterdir()
    # Cut off in the midst of a line, too.
    with log.open("ab") as lines:
        lines.write(b'{"project": 3, "id"')
    # Meanwhile one that was fetched gets a second annotation, and one that was not is deleted.
    studio.client.annotations.create(numbers[0], result=[])
    studio.client.tasks.delete(numbers[7])
    monkeypatch.undo()
    retrieved, intake = draw(project.id)
    assert (retrieved.resumed, len(retrieved.tasks)) == (3, 7)
    assert intake.annotations == {"finished": 7, "empty": 1}
    assert len(read_json(tmp_path / "to/n00000.json")["annotations"]) == 2
    assert not log.exists()


def test_a_deleted_project_and_a_deleted_task(
    studio, make_project, draw, tmp_path, monkeypatch, scheme
):
    project = make_project("Jiqun gone", make_tasks(6))
    last = list_numbers(studio, project)[-1]
    cut(monkeypatch, 1, lambda: studio.client.tasks.delete(last))
    retrieved, intake = draw(project.id)
    assert (retrieved.gone, len(intake.written)) == (1, 5)
    before = {path.name: path.read_bytes() for path in (tmp_path / "to").iterdir()}
    monkeypatch.undo()
    cut(monkeypatch, 1, lambda: studio.client.projects.delete(project.id))
    with pytest.raises(InputError, match="knows no such project; it may have been deleted") as told:
        draw(project.id)
    assert studio.key not in str(told.value)
    after = {path.name: path.read_bytes() for path in (tmp_path / "to").iterdir()}
    # What was fetched of it is all that is left of it.
    log = f".pull-{project.id}.jsonl"
    assert len(after.pop(log).splitlines()) == 2
    assert after == before
    folders = tmp_path / "saved", tmp_path / "aside"
    [reading], intake = import_labels([tmp_path / "to" / log], None, scheme, *folders)
    assert (reading.format, intake.annotations) == ("json", {"finished": 2})


def test_pulled_gold_is_built_and_agreed_on(studio, make_project, checkout, monkeypatch, gold):
    from typer.testing import CliRunner

    from jiqun.cli import app

    tasks = [make_task(item.article) for item in gold]
    tasks = [add_annotation(task, item.document.spans) for task, item in zip(tasks, gold)]
    project = make_project("Jiqun built", tasks)
    monkeypatch.setenv("LABEL_STUDIO_URL", studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", studio.key)

    def run(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)

    result = run("studio", "pull", project.id, "--to", "pulled")
    assert "5 labelled tasks, 0 waiting; annotations: 5 finished" in result.stderr
    assert "(5 files new or changed)" in result.stderr
    assert "382 spans" in run("build", "--labelled", "pulled", "--to", "built").stderr
    assert "5 articles" in run("agree", "pulled", "annotation/labelled").stderr
    # The committed files hold more than this server has.
    result = run("studio", "pull", project.title)
    assert "stays as it is: it holds other labels by language model" in result.stderr
    assert "(0 files new or changed)" in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_five_thousand_tasks_with_client_and_server_killed(start_studio, scheme, tmp_path):
    studio = start_studio()
    client = studio.client
    made = client.projects.create(title="Jiqun 5000", label_config=make_label_config(scheme))
    tasks = make_tasks(5000)
    client.projects.import_tasks(made.id, request=tasks)
    to, log = tmp_path / "to", tmp_path / f"to/.pull-{made.id}.jsonl"

    def begin(studio):
        command = [sys.executable, "-m", "jiqun", "studio", "pull", str(made.id)]
        command += ["--to", str(to), "--quarantine", str(tmp_path / "aside")]
        secrets = {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": studio.key}
        return subprocess.Popen(
            command, cwd=ROOT, env=os.environ | secrets, stderr=subprocess.PIPE, text=True
        )

    def wait_for(lines):
        while not log.exists() or log.read_bytes().count(b"\n") < lines:
            assert running.poll() is None, running.stderr.read()
            time.sleep(0.1)

    running = begin(studio)
    wait_for(1000)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert [path.name for path in to.iterdir()] == [log.name]

    running = begin(studio)
    wait_for(2500)
    studio.kill()
    _, told = running.communicate()
    assert running.returncode == 2
    assert told.count("\n") == 1 and "no answer" in told and studio.key not in told
    assert [path.name for path in to.iterdir()] == [log.name]

    studio.close()
    studio = start_studio(studio.folder)
    running = begin(studio)
    _, told = running.communicate()
    assert running.returncode == 0, told
    assert "tasks were there from a pull that was cut off" in told
    assert "5000 labelled tasks, 0 waiting; annotations: 5000 finished" in told
    assert sorted(path.name for path in to.glob("*.json")) == [f"n{n:05}.json" for n in range(5000)]
    assert not log.exists()
    for task in tasks:
        written = read_json(to / f"{task['data']['article']}.json")
        assert (written["data"], written["meta"]) == (task["data"], task["meta"])
        [annotation] = written["annotations"]
        assert annotation["result"] == task["annotations"][0]["result"]
