"""Pushing to a real Label Studio: once, again, changed, cut off, and beside another push."""

import threading
from collections import Counter

import pytest

from conftest import ROOT
from jiqun.annotation.config import make_label_config, render_guidelines
from jiqun.annotation.delivery import MOST_TASKS, push
from jiqun.annotation.studio import list_tasks
from jiqun.annotation.tasks import add_annotation, add_prediction, make_result, make_task
from jiqun.errors import InputError
from jiqun.seeds.restore import restore
from jiqun.spans import Span
from servers import log_in

pytestmark = pytest.mark.studio

RAW = "  臨清(qīng)市有規(guī)?；?條"
META = {"title": "题", "publisher": "大众网", "date": "2023-06-07"}
OLD_STEPS, NEW_STEPS = ("pinyin", "script"), ("space", "pinyin", "script", "repair")


@pytest.fixture(scope="module")
def config(scheme):
    return make_label_config(scheme)


@pytest.fixture
def send(studio, config, request):
    """Push tasks into a project of the test's own; it and what it holds after."""

    def send(tasks, title=None, **options):
        title = title or request.node.name[:50]
        delivery = push(studio.client, studio.url, title, config, tasks, **options)
        return delivery, list_tasks(studio.client, studio.url, delivery.project)

    return send


def make(name="a", steps=OLD_STEPS, version="m", score=0.5, raw=RAW):
    article = restore(raw, name, steps=steps, meta=META)
    place = article.text.index("临清市")
    return add_prediction(make_task(article), [Span(place, place + 3, "LOC")], [score], version)


def keep(tasks):
    """What must not change of tasks on the server."""
    return [(t["id"], t["data"], t["meta"], t["predictions"], t["annotations"]) for t in tasks]


def read_predictions(studio, project):
    return [
        (p.task, p.model_version, p.score, p.result[0]["value"]["start"])
        for p in sorted(studio.client.predictions.list(project=project), key=lambda p: p.task)
    ]


def test_a_project_is_made_and_a_second_push_adds_nothing(studio, send, config):
    guidelines = render_guidelines((ROOT / "annotation/guidelines.zh.md").read_text("utf-8"))
    tasks = [make("a"), make("b", score=0.25), make_task(restore("甲乙", "c"))]
    told = []
    delivery, there = send(tasks, instruction=guidelines, report=lambda *t: told.append(t))
    assert (delivery.added, told) == (["a", "b", "c"], [(3, 3)])
    assert [(t["data"], t["meta"]) for t in there] == [(t["data"], t["meta"]) for t in tasks]
    project = studio.client.projects.get(delivery.project)
    assert project.label_config == config.strip()
    assert (project.sampling, project.show_instruction) == ("Uncertainty sampling", True)
    assert "<h2>二、组织机构 ORG（键 1）</h2>" in project.expert_instruction
    assert "&lt;" not in project.expert_instruction
    assert (project.model_version, project.maximum_annotations) == ("m", 1)
    numbers = [task["id"] for task in there]
    assert read_predictions(studio, project.id) == [
        (numbers[0], "m", 0.5, 2),
        (numbers[1], "m", 0.25, 2),
    ]

    again, still = send(tasks, annotators=2)
    assert (again.project, again.added, again.updated) == (project.id, [], [])
    assert again.unchanged == ["a", "b", "c"]
    assert keep(still) == keep(there)
    assert studio.client.projects.get(project.id).maximum_annotations == 2


def test_the_queue_asks_for_the_most_doubtful_first(studio, send):
    delivery, there = send([make("a"), make("b", score=0.25), make("c", score=0.75)])
    queue = f"/api/projects/{delivery.project}/next"
    task = studio.ask(queue)
    assert (task["id"], task["data"]["article"]) == (there[1]["id"], "b")
    assert task["predictions"][0]["result"][0]["value"]["text"] == "临清市"


def test_new_pre_labels_take_the_place_of_the_old(studio, send):
    delivery, there = send([make("a"), make("b")])
    changed = [make("a", version="n", score=0.75), make("b")]
    again, still = send(changed)
    assert (again.updated, again.unchanged) == (["a"], ["b"])
    numbers = [task["id"] for task in there]
    assert [task["id"] for task in still] == numbers
    assert read_predictions(studio, delivery.project) == [
        (numbers[0], "n", 0.75, 2),
        (numbers[1], "m", 0.5, 2),
    ]
    assert send(changed)[0].unchanged == ["a", "b"]
    # Tasks without pre-labels say nothing about those that are there.
    assert send([make_task(restore(RAW, "a", steps=OLD_STEPS, meta=META))])[0].unchanged == ["a"]


def test_a_changed_text_goes_into_an_unlabelled_task(studio, send):
    delivery, there = send([make("a"), make("b")])
    changed = [make("a", NEW_STEPS), make_task(restore(RAW, "b", steps=NEW_STEPS))]
    again, still = send(changed)
    assert again.updated == ["a", "b"]
    assert [t["id"] for t in still] == [t["id"] for t in there]
    assert [t["data"]["text"] for t in still] == ["临清市有规模化?条"] * 2
    assert [(t["data"], t["meta"]) for t in still] == [(t["data"], t["meta"]) for t in changed]
    # Offsets in the old text mark something else in the new.
    assert read_predictions(studio, delivery.project) == [(there[0]["id"], "m", 0.5, 0)]
    assert send(changed)[0].unchanged == ["a", "b"]


@pytest.mark.parametrize("missing", ["tasks.update", "projects.import_predictions"])
def test_an_update_that_was_cut_off_goes_on(studio, send, monkeypatch, missing):
    room, name = missing.split(".")
    _, there = send([make("a")])
    with monkeypatch.context() as cut:
        cut.setattr(getattr(studio.client, room), name, lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send([make("a", NEW_STEPS)])
    again, still = send([make("a", NEW_STEPS)])
    assert again.updated == ["a"]
    assert still[0]["data"]["text"] == "临清市有规模化?条"
    assert read_predictions(studio, again.project) == [(there[0]["id"], "m", 0.5, 0)]


WORK = {
    "submitted": {"result": make_result("  临清市", [Span(2, 5, "LOC")]), "lead_time": 9.5},
    "skipped": {"result": [], "was_cancelled": True},
    "empty": {"result": []},
    "draft": {"result": make_result("  临清市", [Span(2, 5, "LOC")])},
}


@pytest.mark.parametrize("kind", WORK)
def test_what_people_have_labelled_is_not_touched(studio, send, kind):
    _, [task] = send([make("a")])
    path = "drafts" if kind == "draft" else "annotations"
    studio.ask(f"/api/tasks/{task['id']}/{path}", WORK[kind])
    for changed in (make("a", NEW_STEPS), make("a", NEW_STEPS, "n"), make("a", version="n")):
        again, still = send([changed])
        assert (again.added, again.updated) == ([], [])
        [there] = still
        assert (there["data"], there["meta"]) == (task["data"], task["meta"])
        assert there["predictions"] == task["predictions"]
        same = changed["data"]["text"] == task["data"]["text"]
        assert again.labelled == ({} if same else {"a": task["id"]})
        assert len(there[path]) == 1


def test_work_that_began_while_tasks_were_pushed_is_not_touched(studio, send, monkeypatch):
    _, [task] = send([make("a")])
    read = studio.client.predictions.list

    def label_first(**query):
        studio.ask(f"/api/tasks/{task['id']}/annotations", WORK["submitted"])
        return read(**query)

    monkeypatch.setattr(studio.client.predictions, "list", label_first)
    again, [still] = send([make("a", NEW_STEPS)])
    assert (again.labelled, again.updated) == ({"a": task["id"]}, [])
    assert still["data"] == task["data"]


def test_spans_are_carried_into_a_new_task_on_request(studio, send):
    _, [task] = send([make("a")])
    spans = [Span(0, 1, "FIGURE"), Span(2, 5, "LOC")]
    result = make_result(task["data"]["text"], spans)
    studio.ask(f"/api/tasks/{task['id']}/annotations", {"result": result})
    better = make("a", NEW_STEPS, version="n")
    delivery, there = send([better], carry=True)
    assert (delivery.carried, delivery.labelled, delivery.added) == ({"a": 1}, {}, [])
    assert [(lost.start, lost.end, lost.text) for lost in delivery.lost] == [(0, 1, " ")]
    old, new = there
    assert old["data"] == task["data"] and len(old["annotations"]) == 1
    assert new["data"] == better["data"] and new["annotations"] == []
    found = read_predictions(studio, delivery.project)
    assert found[1:] == [(new["id"], "carried", 0.5, 0), (new["id"], "n", 0.5, 0)]

    for again, carry in ((better, True), (better, False), (make("a", NEW_STEPS, "o"), True)):
        delivery, still = send([again], carry=carry)
        assert (delivery.unchanged, keep(still)) == (["a"], keep(there))

    # A third text: through raw once more, into the task that nobody has labelled yet.
    third = make("a", ("pinyin", "script", "repair"), version="n")
    delivery, still = send([third])
    assert (delivery.updated, delivery.carried) == (["a"], {"a": 2})
    assert [t["id"] for t in still] == [old["id"], new["id"]]
    assert still[1]["data"] == third["data"]
    assert read_predictions(studio, delivery.project)[1:] == [
        (new["id"], "carried", 1.0, 0),
        (new["id"], "n", 1.0, 0),
    ]


def test_nothing_is_carried_between_different_crawls(studio, send):
    _, [task] = send([make("a")])
    studio.ask(f"/api/tasks/{task['id']}/annotations", WORK["submitted"])
    delivery, there = send([make("a", raw=RAW + "。")], carry=True)
    assert (delivery.labelled, delivery.carried) == ({"a": task["id"]}, {})
    assert len(there) == 1


def test_a_project_whose_labels_the_scheme_lacks_is_left_alone(studio, send, config, request):
    _, there = send([add_annotation(make("a"), [Span(2, 5, "LOC")])])
    fewer = "\n".join(line for line in config.splitlines() if 'alias="LOC"' not in line)
    task = make_task(restore("甲", "b"))
    with pytest.raises(InputError, match=r"labels that the scheme lacks: LOC \(1\); push to"):
        push(studio.client, studio.url, request.node.name[:50], fewer, [task])
    _, still = send([])
    assert keep(still) == keep(there)


def test_a_project_labelled_with_another_config_is_left_alone(studio, send, config):
    other = config.replace('name="label"', 'name="ner"')
    project = studio.client.projects.create(title="Jiqun other", label_config=other).id
    studio.client.projects.import_tasks(project, request=[make_task(restore("甲乙", "a"))])
    [task] = list_tasks(studio.client, studio.url, project)
    [region] = make_result("甲乙", [Span(0, 1, "ORG")])
    result = [region | {"from_name": "ner"}]
    studio.ask(f"/api/tasks/{task['id']}/annotations", {"result": result})
    with pytest.raises(InputError, match=f"refuses the label config for project {project}, whose"):
        send([make("b")], title=" Jiqun other ")
    assert len(list_tasks(studio.client, studio.url, project)) == 1


def test_nothing_is_sent_of_tasks_that_do_not_fit(studio, send):
    before = len(list(studio.client.projects.list()))
    with pytest.raises(InputError, match="stands twice"):
        send([make("a"), make("a")])
    with pytest.raises(InputError, match="3 to 50 characters"):
        send([make("a")], title="题")
    assert len(list(studio.client.projects.list())) == before


def test_projects_of_one_title_are_not_guessed_between(studio, send, config):
    for _ in range(2):
        studio.client.projects.create(title="Jiqun twins", label_config=config)
    with pytest.raises(InputError, match="are all called 'Jiqun twins'"):
        send([make("a")], title="Jiqun twins")


def test_two_pushes_at_once_are_noticed(studio, send, monkeypatch):
    send([])
    import_tasks = studio.client.projects.import_tasks

    def import_twice(*arguments, **options):
        import_tasks(*arguments, **options)
        return import_tasks(*arguments, **options)

    with monkeypatch.context() as other:
        other.setattr(studio.client.projects, "import_tasks", import_twice)
        delivery, there = send([make("a"), make("b")])
    assert (len(there), delivery.doubled) == (4, ["a", "b"])
    assert send([make("a")])[0].doubled == ["a"]


def test_a_project_deleted_meanwhile_is_one_sentence(studio, send, monkeypatch):
    delivery, _ = send([])
    import_tasks = studio.client.projects.import_tasks

    def delete_first(*arguments, **options):
        studio.client.projects.delete(delivery.project)
        return import_tasks(*arguments, **options)

    monkeypatch.setattr(studio.client.projects, "import_tasks", delete_first)
    with pytest.raises(InputError) as caught:
        send([make("a")])
    assert str(caught.value) == (
        f"{studio.url}: the server knows no such project; it may have been deleted. "
        "0 of 1 tasks were sent; push again to go on from there."
    )


@pytest.mark.browser
def test_the_queue_shows_the_guidelines_and_then_carried_spans(studio, send, browser):
    _, [task] = send([make("a")])
    result = make_result(task["data"]["text"], [Span(2, 4, "PERSON")])
    studio.ask(f"/api/tasks/{task['id']}/annotations", {"result": result})
    guidelines = render_guidelines("# 标注指南\n\n2. **一处**不少")
    delivery, _ = send([make("a", NEW_STEPS)], carry=True, instruction=guidelines)
    page = log_in(studio, browser)
    page.goto(f"{studio.url}/projects/{delivery.project}/data")
    page.get_by_text("Label All Tasks").first.click()
    page.get_by_role("heading", name="标注指南").wait_for()
    assert page.get_by_text("2. 一处不少").count() == 1
    page.keyboard.press("Escape")
    page.locator(".htx-highlight").first.wait_for()
    assert page.locator(".htx-highlight").all_inner_texts() == ["临清"]
    page.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_5000_tasks_pushed_while_the_server_is_killed(start_studio, config):
    text = "临清市规模以上工业企业增长，" * 27 + "共计"
    assert len(text) == 380
    spans = [Span(n, n + 3, "LOC") for n in range(0, 14 * 20, 14)]
    tasks = [
        add_prediction(make_task(restore(f"{n}号{text}"[:380], f"a{n}")), [], [], "m")
        for n in range(5000)
    ]
    tasks[4000:] = [
        add_prediction(t, [Span(s.start + 5, s.end + 5, s.label) for s in spans], [0.5] * 20, "m")
        for t in tasks[4000:]
    ]
    studio = start_studio()
    told = []

    def kill_in_the_middle(done, total):
        told.append((done, total))
        if done == 12 * MOST_TASKS:
            threading.Timer(0.3, studio.kill).start()

    with pytest.raises(InputError, match=r"no answer .* of 5000 tasks were sent; push again"):
        push(studio.client, studio.url, "Jiqun 5000", config, tasks, report=kill_in_the_middle)
    assert told[-1][0] < 5000
    studio.close()

    studio = start_studio(studio.folder)
    delivery = push(studio.client, studio.url, "Jiqun 5000", config, tasks)
    there = list_tasks(studio.client, studio.url, delivery.project)
    sent = len(delivery.unchanged)
    assert sent in (told[-1][0], told[-1][0] + MOST_TASKS)
    assert (len(delivery.added), delivery.updated, delivery.doubled) == (5000 - sent, [], [])
    assert Counter(t["data"]["article"] for t in there) == {f"a{n}": 1 for n in range(5000)}
    by_article = {t["data"]["article"]: t for t in there}
    for task in tasks:
        held = by_article[task["data"]["article"]]
        assert (held["data"], held["meta"]) == (task["data"], task["meta"])
        assert len(held["predictions"]) == 1
    studio.close()
