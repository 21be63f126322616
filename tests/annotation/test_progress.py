import json
from types import SimpleNamespace

import pytest

from jiqun.annotation.config import make_label_config
from jiqun.annotation.delivery import push
from jiqun.annotation.progress import Progress, Work, measure_progress, summarize
from jiqun.annotation.tasks import add_prediction, make_result, make_task
from jiqun.cli import app
from jiqun.errors import InputError
from jiqun.seeds.restore import restore
from jiqun.spans import Span

PEOPLE = {1: "lan@a.cn", 2: "mei@a.cn"}


def task(number, *annotations, drafts=()):
    return {
        "id": number,
        "data": {"article": f"a{number}", "text": "甲乙丙"},
        "annotations": list(annotations),
        "drafts": [{"user": user, "result": []} for user in drafts],
    }


def work(who, *labels, seconds=None, cancelled=False):
    result = [{"type": "labels", "value": {"labels": [label]}} for label in labels]
    return {
        "completed_by": who,
        "result": result or None,
        "was_cancelled": cancelled,
        "lead_time": seconds,
    }


def measure(*tasks, wanted=1, scores=None):
    project = SimpleNamespace(id=3, title="题目", maximum_annotations=wanted)
    return summarize(project, tasks, PEOPLE, scores or {})


def test_each_task_is_in_one_state():
    progress = measure(
        task(1, work(1, "ORG")),
        task(2, work(1), drafts=["mei@a.cn"]),
        task(3, work(1, cancelled=True)),
        task(4, work(1, cancelled=True), work(2)),
        task(5, drafts=["lan@a.cn"]),
        task(6),
        task(7),
    )
    states = {
        name: getattr(progress, name) for name in ("done", "partly", "skipped", "begun", "waiting")
    }
    assert states == {"done": 3, "partly": 0, "skipped": 1, "begun": 1, "waiting": 2}
    assert (progress.tasks, progress.drafts) == (7, 2)


def test_where_two_are_wanted_one_is_a_part():
    progress = measure(
        task(1, work(1)), task(2, work(1), work(2)), task(3, work(1), work(1)), wanted=2
    )
    assert (progress.done, progress.partly) == (1, 2)


def test_annotators_and_their_pace():
    progress = measure(
        task(1, work(1, "ORG", "LOC", seconds=1800), work(2, "ORG")),
        task(2, work(1, "ORG", seconds=900), work(1, "LOC")),
        task(3, work(1, "ORG", seconds=900, cancelled=True)),
        task(4, work(9)),
        task(5, drafts=["mei@a.cn", "mei@a.cn"]),
    )
    assert progress.annotators == [
        Work("lan@a.cn", 2, 1, 0, {"LOC": 2, "ORG": 2}, 1.0, 3.0),
        Work("mei@a.cn", 1, 0, 1, {"ORG": 1}, None, None),
        Work("user 9", 1, 0, 0, {}, None, None),
    ]


def test_what_waits_comes_most_doubtful_first():
    tasks = [task(n) for n in range(1, 15)] + [task(15, work(1))]
    progress = measure(*tasks, scores={3: 0.5, 9: 0.25, 15: 0.1})
    assert progress.waiting == 14
    assert [one["task"] for one in progress.next] == [9, 3, 1, 2, 4, 5, 6, 7, 8, 10]
    assert progress.next[0] == {"article": "a9", "task": 9, "score": 0.25}
    assert progress.next[2]["score"] is None


def test_an_empty_project():
    assert measure() == Progress(3, "题目", 0, 0, 0, 0, 0, 0, 0, [], [])


@pytest.mark.studio
def test_the_progress_of_a_real_project(studio, scheme, monkeypatch):
    from typer.testing import CliRunner

    tasks = [
        add_prediction(make_task(restore("甲乙丙", f"a{n}")), [Span(0, 1, "ORG")], [n / 4], "m")
        for n in range(4)
    ]
    config = make_label_config(scheme)
    project = push(studio.client, studio.url, "Jiqun progress", config, tasks).project
    numbers = [t.id for t in studio.client.tasks.list(project=project)]
    result = make_result("甲乙丙", [Span(0, 1, "ORG"), Span(1, 3, "LOC")])
    studio.ask(f"/api/tasks/{numbers[0]}/annotations", {"result": result, "lead_time": 36.0})
    studio.ask(f"/api/tasks/{numbers[1]}/annotations", {"result": [], "was_cancelled": True})
    studio.ask(f"/api/tasks/{numbers[2]}/drafts", {"result": result})
    progress = measure_progress(studio.client, studio.url, "Jiqun progress")
    assert progress == Progress(
        project=project,
        title="Jiqun progress",
        tasks=4,
        done=1,
        partly=0,
        skipped=1,
        begun=1,
        waiting=1,
        drafts=1,
        annotators=[Work(studio.user, 1, 1, 1, {"LOC": 1, "ORG": 1}, 0.01, 200.0)],
        next=[{"article": "a3", "task": numbers[3], "score": 0.75}],
    )
    assert measure_progress(studio.client, studio.url, project) == progress

    runner = CliRunner()
    command = ["studio", "status", "Jiqun progress", "--folder", str(studio.folder)]
    shown = runner.invoke(app, command, catch_exceptions=False)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert studio.user in shown.stderr and "200.0" in shown.stderr
    assert f"waiting: a3 (task {numbers[3]}, score 0.75)" in shown.stderr
    assert "4 tasks, 1 done, 0 partly, 1 skipped, 1 begun, 1 waiting; 1 with drafts" in shown.stderr
    printed = runner.invoke(app, [*command, "--format", "json"], catch_exceptions=False)
    assert json.loads(printed.stdout)["annotators"][0]["spans_an_hour"] == 200.0
    # A task without pre-labels comes last, a skipped one and a begun one not at all.
    more = [make_task(restore("甲乙丙", "b")), add_prediction(tasks[0], [], [], "m")]
    more[1]["data"] = more[1]["data"] | {"article": "c"}
    push(studio.client, studio.url, "Jiqun progress", config, [*tasks, *more])
    waiting = measure_progress(studio.client, studio.url, project).next
    assert [(w["article"], w["score"]) for w in waiting] == [("a3", 0.75), ("c", 1.0), ("b", None)]
    with pytest.raises(InputError, match="--format xml: expected text or json"):
        runner.invoke(app, [*command, "--format", "xml"], catch_exceptions=False)
    with pytest.raises(InputError, match="no project is called 'none'"):
        measure_progress(studio.client, studio.url, "none")
