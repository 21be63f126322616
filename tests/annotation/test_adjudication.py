import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from conftest import ROOT
from jiqun.annotation.adjudication import (
    AGREEMENT,
    Case,
    decide,
    is_decided,
    make_dispute,
    read_cases,
)
from jiqun.annotation.export import read_labelled
from jiqun.annotation.tasks import make_result, make_task
from jiqun.cli import app
from jiqun.files import read_json, to_json, write_text
from jiqun.seeds.restore import restore
from jiqun.spans import Document, Span
from servers import log_in

TEXT = "温岭市委书记王宏到访聊城市，签约两个项目。"
LABELS = ["ORG", "LOC", "OFFICIAL", "PERSON", "FIGURE"]
ORG, PLACE = Span(0, 4, "ORG"), Span(0, 2, "LOC")
OFFICIAL, LOC, FIGURE = Span(6, 8, "OFFICIAL"), Span(10, 13, "LOC"), Span(16, 18, "FIGURE")
FIRST, SECOND = (ORG, OFFICIAL, LOC), (PLACE, OFFICIAL, LOC, FIGURE)
ANNA, BERT, CARL, LEAD = "anna@x.org", "bert@x.org", "carl@x.org", "lead@x.org"


def annotate(who, spans, **more):
    result = make_result(TEXT, spans)
    kept = {"completed_by": who, "was_cancelled": False, "ground_truth": False}
    return kept | {"result": result} | more


def write_task(folder, name, *annotations):
    task = make_task(restore(TEXT, name)) | {"annotations": list(annotations)}
    write_text(folder / f"{name}.json", to_json(task, indent=1) + "\n")


def decision(name, *annotations):
    return {"data": {"article": name, "text": TEXT}, "annotations": list(annotations)}


@pytest.fixture
def folder(tmp_path):
    write_task(tmp_path, "alike", annotate(ANNA, FIRST), annotate(BERT, FIRST))
    write_task(tmp_path, "apart", annotate(ANNA, FIRST), annotate(BERT, SECOND))
    write_task(tmp_path, "once", annotate(ANNA, FIRST))
    return tmp_path


def read_gold(folder, name, scheme):
    [gold] = [a for a in read_json(folder / f"{name}.json")["annotations"] if a["ground_truth"]]
    return gold["completed_by"], read_labelled(folder / f"{name}.json", scheme)[0].spans


def test_what_all_read_alike_is_given_and_the_rest_stands_side_by_side(folder, scheme):
    alike, apart = read_cases([folder], scheme)
    assert (alike.article, list(alike.readings), alike.places) == ("alike", [(ANNA, BERT)], [])
    assert (apart.article, list(apart.readings)) == ("apart", [(ANNA,), (BERT,)])
    assert apart.agreed == {OFFICIAL, LOC}
    assert apart.places == [(0, 4), (16, 18)]
    task = make_dispute(apart, scheme)
    assert task["data"]["disagreements"] == (
        "一致 2 处，分歧 2 处\n"
        "1. 【温岭市委】书记王宏到访聊城　anna@x.org：组织机构 温岭市委；bert@x.org：地点 温岭\n"
        "2. 到访聊城市，签约【两个】项目。　anna@x.org：不标；bert@x.org：数字指标 两个"
    )
    assert [p["model_version"] for p in task["predictions"]] == [ANNA, BERT]
    assert [p["score"] for p in task["predictions"]] == [0.5, 0.5]
    for prediction, spans in zip(task["predictions"], (FIRST, SECOND)):
        values = [region["value"] for region in prediction["result"]]
        assert [Span(v["start"], v["end"], v["labels"][0]) for v in values] == list(spans)
    marked = [region.get("meta") for region in task["predictions"][0]["result"]]
    remark = "anna@x.org：组织机构 温岭市委；bert@x.org：地点 温岭"
    assert marked == [{"text": [remark]}, None, None]


def test_annotators_of_one_mind_share_a_reading_that_comes_last(tmp_path, scheme):
    marked = annotate(ANNA, FIRST), annotate(BERT, SECOND), annotate(CARL, FIRST)
    write_task(tmp_path, "a", *marked, annotate("d@x.org", (), was_cancelled=True))
    [case] = read_cases([tmp_path], scheme)
    assert list(case.readings) == [(BERT,), (ANNA, CARL)]
    versions = [(p["model_version"], p["score"]) for p in make_dispute(case, scheme)["predictions"]]
    assert versions == [(BERT, 0.3333), ("anna@x.org, carl@x.org", 0.6667)]


def test_a_decision_becomes_gold_beside_what_the_annotators_marked(folder, scheme):
    cases = read_cases([folder], scheme)
    done = decision("apart", annotate(LEAD, (PLACE, OFFICIAL, LOC), id=7, lead_time=3.2))
    verdict = decide(cases, [done], folder, scheme)
    assert (verdict.decided, verdict.waiting) == ({LEAD: 1, AGREEMENT: 1}, [])
    # 温岭 as bert read it, 两个 as anna did.
    assert verdict.outcomes == {ANNA: 1, BERT: 1}
    assert read_gold(folder, "apart", scheme) == (LEAD, (PLACE, OFFICIAL, LOC))
    assert read_gold(folder, "alike", scheme) == (AGREEMENT, FIRST)
    kept = read_json(folder / "apart.json")["annotations"][:2]
    assert kept == [annotate(ANNA, FIRST), annotate(BERT, SECOND)]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert read_cases([folder], scheme) == cases
    assert decide(cases, [done], folder, scheme).decided == {LEAD: 1, AGREEMENT: 1}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [is_decided(case, folder) for case in cases] == [False, True]
    assert decide(cases, [], folder, scheme).kept == ["apart"]
    again = decision("apart", annotate(LEAD, FIRST))
    decide(cases, [again], folder, scheme)
    assert read_gold(folder, "apart", scheme) == (LEAD, FIRST)


def test_what_is_decided_as_nobody_read_it_is_counted(folder, scheme):
    county = Span(10, 12, "LOC")
    done = decision("apart", annotate(LEAD, (Span(0, 3, "LOC"), OFFICIAL, county)))
    verdict = decide(read_cases([folder], scheme), [done], folder, scheme)
    # 温岭市 is nobody's reading; 聊城 was 聊城市 to both: one span gone, one new.
    assert verdict.outcomes == {"nobody": 1, ANNA: 1, "overruled": 2}


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        (
            [annotate(LEAD, FIRST), annotate(CARL, SECOND)],
            "apart: has decisions by lead@x.org, carl@x.org; delete all but one.",
        ),
        (
            [annotate(LEAD, FIRST), annotate(LEAD, FIRST)],
            "apart: has decisions by lead@x.org, lead@x.org; delete all but one.",
        ),
        (
            [
                annotate(LEAD, [ORG])
                | {"result": make_result(TEXT, [ORG]) + make_result(TEXT, [PLACE])}
            ],
            "overlaps the span before it or comes out of order",
        ),
    ],
)
def test_a_decision_that_cannot_be_is_set_aside(folder, scheme, annotations, reason):
    before = (folder / "apart.json").read_bytes()
    cases = read_cases([folder], scheme)
    verdict = decide(cases, [decision("apart", *annotations)], folder, scheme)
    assert reason in verdict.asides["apart"]
    assert (folder / "apart.json").read_bytes() == before


def test_skipped_and_other_texts_decide_nothing(folder, scheme):
    cases = read_cases([folder], scheme)
    skipped = decision("apart", annotate(LEAD, FIRST, was_cancelled=True))
    other = {"data": {"article": "apart", "text": "别的"}, "annotations": [annotate(LEAD, FIRST)]}
    assert decide(cases, [other, skipped], folder, scheme).waiting == ["apart"]
    assert read_json(folder / "apart.json")["annotations"][2:] == []


def test_gold_by_agreement_goes_when_the_agreement_does(folder, scheme):
    decide(read_cases([folder], scheme), [], folder, scheme)
    task = read_json(folder / "alike.json")
    task["annotations"][1] = annotate(BERT, SECOND)
    write_text(folder / "alike.json", to_json(task))
    cases = read_cases([folder], scheme)
    assert decide(cases, [], folder, scheme).waiting == ["alike", "apart"]
    assert read_json(folder / "alike.json")["annotations"] == task["annotations"][:2]


def test_a_folder_for_each_annotator(tmp_path, scheme):
    one, two, gold = tmp_path / "one", tmp_path / "two", tmp_path / "gold"
    one.mkdir(), two.mkdir()
    write_task(one, "a", annotate(ANNA, FIRST))
    marked = "{LOC|温岭}市委书记{OFFICIAL|王宏}到访{LOC|聊城市}，签约{FIGURE|两个}项目。"
    (two / "a.txt").write_text(marked, encoding="utf-8")
    (one / "b.txt").write_text(marked, encoding="utf-8")
    (two / "b.txt").write_text(marked, encoding="utf-8")
    cases = read_cases([one, two], scheme)
    assert [list(case.readings) for case in cases] == [[("one",), ("two",)], [("one", "two")]]
    verdict = decide(cases, [decision("a", annotate(LEAD, SECOND))], gold, scheme)
    assert verdict.decided == {LEAD: 1, AGREEMENT: 1}
    assert read_gold(gold, "a", scheme) == (LEAD, SECOND)
    assert read_gold(gold, "b", scheme) == (AGREEMENT, SECOND)
    everyone = [a["completed_by"] for a in read_json(gold / "a.json")["annotations"]]
    assert everyone == ["one", "two", LEAD]
    # What an annotator marks anew takes the place of what stood there.
    write_task(one, "a", annotate(ANNA, (LOC,)))
    cases = read_cases([one, two], scheme)
    decide(cases, [decision("a", annotate(LEAD, SECOND))], gold, scheme)
    [case] = [case for case in read_cases([gold], scheme) if case.article == "a"]
    assert {names: reading.spans for names, reading in case.readings.items()} == {
        ("one",): (LOC,),
        ("two",): SECOND,
    }


@st.composite
def labellings(draw):
    edges = draw(st.lists(st.integers(0, len(TEXT)), max_size=12, unique=True).map(sorted))
    return tuple(Span(a, b, draw(st.sampled_from(LABELS))) for a, b in zip(edges[::2], edges[1::2]))


@given(labellings(), labellings())
def test_every_reading_is_what_all_agree_on_and_its_own_places(first, second):
    readings = {("a",): Document("x", TEXT, first), ("b",): Document("x", TEXT, second)}
    case = Case(make_task(restore(TEXT, "x")), readings)
    places = case.places
    assert all(a[1] <= b[0] for a, b in pairwise(places))
    for spans in (first, second):
        inside = {s for s in spans if any(a <= s.start and s.end <= b for a, b in places)}
        assert case.agreed | inside == set(spans)
        assert not case.agreed & inside
    covered = {n for a, b in places for n in range(a, b)}
    differing = {n for s in set(first) ^ set(second) for n in range(s.start, s.end)}
    assert covered == differing


def test_from_the_command_line_without_a_server(folder, checkout):
    runner = CliRunner()
    (folder / "apart.json").unlink()
    command = ["adjudicate", "push", str(folder)]
    result = runner.invoke(app, command, catch_exceptions=False)
    assert result.stderr == (
        "adjudicate push: 1 articles labelled by several, 1 alike, 0 decided already; "
        "nothing to decide.\n"
    )
    command = ["adjudicate", "pull", str(folder), "--to", "gold"]
    result = runner.invoke(app, command, catch_exceptions=False)
    assert result.stderr == (
        "adjudicate pull: 1 by agreement, 0 decided before, 0 waiting, 0 set aside → gold\n"
    )
    assert json.loads((checkout / "gold/alike.json").read_text("utf-8"))["data"]["text"] == TEXT
    labelled = sorted((checkout / "annotation/labelled").iterdir())
    before = [path.read_bytes() for path in labelled]
    result = runner.invoke(app, ["adjudicate", "pull"], catch_exceptions=False)
    assert "5 decided before, 0 waiting" in result.stderr
    assert [path.read_bytes() for path in labelled] == before


def adjudicate(studio, *arguments):
    command = ["adjudicate", *map(str, arguments), "--folder", str(studio.folder)]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert studio.key not in result.output
    return result.stderr


def find_tasks(studio, title):
    [project] = [p for p in studio.client.projects.list(title=title) if p.title == title]
    return {task.data["article"]: task for task in studio.client.tasks.list(project=project.id)}


@pytest.mark.studio
def test_from_disagreement_to_gold_on_a_server(studio, folder, scheme, monkeypatch):
    monkeypatch.chdir(ROOT)
    title = ["--title", "Adjudicated by the SDK"]
    here = [folder, "--to", folder, *title]
    said = adjudicate(studio, "push", *here)
    assert "2 articles labelled by several, 1 alike, 0 decided already" in said
    assert "2 disagreements in 1 articles, 1 added, 0 updated, 0 there" in said
    assert "0 added, 0 updated, 1 there" in adjudicate(studio, "push", *here)
    assert "1 by agreement, 0 decided before, 1 waiting" in adjudicate(studio, "pull", *here)
    task = find_tasks(studio, title[1])["apart"]
    assert [p.model_version for p in studio.client.predictions.list(task=task.id)] == [ANNA, BERT]

    # Annotators who change their minds change what stands side by side.
    write_task(folder, "apart", annotate(ANNA, FIRST), annotate(BERT, (PLACE, OFFICIAL, LOC)))
    said = adjudicate(studio, "push", *here)
    assert "1 disagreements in 1 articles, 0 added, 1 updated, 0 there" in said

    result = make_result(TEXT, (PLACE, OFFICIAL, LOC))
    studio.client.annotations.create(task.id, result=result)
    said = adjudicate(studio, "pull", *here)
    assert f"1 by agreement, 1 by {studio.user}, 0 decided before, 0 waiting" in said
    assert "places as read by bert@x.org 1" in said
    assert read_gold(folder, "apart", scheme) == (studio.user, (PLACE, OFFICIAL, LOC))
    files = {path: path.read_bytes() for path in folder.iterdir()}
    adjudicate(studio, "pull", *here)
    assert {path: path.read_bytes() for path in folder.iterdir()} == files
    assert "1 decided already; nothing to decide" in adjudicate(studio, "push", *here)


@pytest.mark.studio
@pytest.mark.browser
def test_an_adjudicator_in_a_browser(studio, browser, folder, scheme, monkeypatch):
    """See who read what, take over the reading that does not stand first, submit, pull."""
    monkeypatch.chdir(ROOT)
    here = [folder, "--to", folder, "--title", "Adjudicated in a browser"]
    project = adjudicate(studio, "push", *here).rsplit("/", 1)[1].strip()
    page = log_in(studio, browser)
    page.goto(f"{studio.url}/projects/{project}/data")
    page.get_by_text("温岭市委书记").first.click()
    text = page.locator(".lsf-htx-richtext")
    text.locator(".lsf-richtext__line").first.wait_for()
    page.get_by_text("1. 【温岭市委】书记王宏到访聊城").wait_for()
    page.wait_for_function("document.querySelectorAll('.htx-highlight').length == 4")
    # It begins with the last reading, bert's.
    assert text.locator(".htx-highlight").all_inner_texts() == ["温岭", "王宏", "聊城市", "两个"]
    tabs = page.locator(".lsf-annotation-button")
    anna = tabs.filter(has_text=ANNA)
    assert tabs.filter(has_text=BERT).count() == 1
    anna.click()
    page.wait_for_function("document.querySelectorAll('.htx-highlight').length == 3")
    assert text.locator(".htx-highlight").all_inner_texts() == ["温岭市委", "王宏", "聊城市"]
    anna.hover()
    anna.locator(".lsf-annotation-button__trigger").click(force=True)
    page.get_by_text("Duplicate Annotation").click()
    with page.expect_response(lambda r: "/annotations" in r.url and r.request.method == "POST"):
        page.locator(".lsf-controls button", has_text="Submit").click()
    page.close()
    assert f"1 by {studio.user}" in adjudicate(studio, "pull", *here)
    assert read_gold(folder, "apart", scheme) == (studio.user, FIRST)
