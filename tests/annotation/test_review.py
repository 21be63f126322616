"""Suspects in a real Label Studio: a view that filters on them, and nothing else touched."""

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from jiqun.annotation.config import make_label_config
from jiqun.annotation.studio import list_tasks
from jiqun.annotation.tasks import add_annotation, add_prediction, make_task
from jiqun.cli import app
from jiqun.files import to_json, write_text
from jiqun.seeds.composed import parse_marked
from jiqun.seeds.restore import restore
from servers import log_in

MARKED = {
    "cut": "{LOC|温岭}市政府开会，{LOC|温岭}发展。",
    "limit": "产值{FIGURE|达12亿元}，超过{FIGURE|12亿元}。",
    "right": "{LOC|温岭}发展。",
    "other": "{ORG|甲厂}开工，甲厂投产。",
}


def make_labelled(scheme, name, marked):
    text, spans = parse_marked(marked, scheme.names, name)
    return add_annotation(make_task(restore(text, name)), spans)


@pytest.fixture
def labelled(tmp_path, scheme):
    folder = tmp_path / "labelled"
    for name, marked in MARKED.items():
        write_text(folder / f"{name}.json", to_json(make_labelled(scheme, name, marked)))
    return folder


def audit(studio, labelled, project):
    command = ["audit", str(labelled), "--push", str(project), "--folder", str(studio.folder)]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert studio.key not in result.output
    return result.stderr


@pytest.mark.studio
@pytest.mark.browser
def test_suspects_become_a_view(studio, browser, labelled, scheme, monkeypatch, draw):
    monkeypatch.chdir(ROOT)
    client = studio.client
    project = client.projects.create(title="Audited", label_config=make_label_config(scheme)).id
    tasks = [make_labelled(scheme, name, marked) for name, marked in MARKED.items()]
    tasks[3] = make_labelled(scheme, "other", "{ORG|甲厂}开工。")
    plain = make_task(restore("没有标注。", "plain"))
    client.projects.import_tasks(project, request=[*tasks, add_prediction(plain, [], [], "rules")])
    assert client.projects.get(project).model_version == "rules"
    before = list_tasks(client, studio.url, project)
    assert len(draw(project)[1].written) == 4

    said = audit(studio, labelled, project)
    assert "audit: 1 articles are not in the project with this text." in said
    assert "audit: 3 suspects in 2 tasks, 2 changed" in said
    after = list_tasks(client, studio.url, project)
    for old, new in zip(before, after, strict=True):
        assert (old["annotations"], old["meta"]) == (new["annotations"], new["meta"])
        assert old["data"].items() <= new["data"].items()
    assert after[0]["data"]["suspects"] == (
        "cut: [温岭]市政府开会，温岭发展 (the name may go on with 市)"
    )
    # What people did is what it was, and so is what a pull writes.
    assert draw(project)[1].written == []
    assert [task["data"].get("suspicion") for task in after] == [0.7, 0.9, None, None, None]
    assert client.projects.get(project).model_version == "rules"
    [first, view] = client.views.list(project=project)
    assert (first.data["title"], view.data["title"]) == ("Default", "audit")
    shown = client.tasks.list(project=project, view=view.id)
    assert [task.data["article"] for task in shown] == ["limit", "cut"]

    page = log_in(studio, browser)
    page.goto(f"{studio.url}/projects/{project}/data?tab={view.id}")
    page.get_by_text("the name may go on with 市").wait_for()
    assert page.get_by_text("没有标注").count() == 0
    page.get_by_text("the name may go on with 市").click()
    page.locator(".lsf-annotation-button").filter(has_text="audit").click()
    page.wait_for_function("document.querySelectorAll('.htx-highlight').length == 1")
    page.locator(".htx-highlight").click()
    page.get_by_text("cut: the name may go on with 市").last.wait_for()
    page.close()

    assert "3 suspects in 2 tasks, 0 changed" in audit(studio, labelled, project)
    assert list_tasks(client, studio.url, project) == after
    assert len(client.views.list(project=project)) == 2
    assert len(client.predictions.list(project=project)) == 3

    # What is mended is no suspect any more.
    write_text(
        labelled / "cut.json", to_json(make_labelled(scheme, "cut", "温岭市政府开会，温岭发展。"))
    )
    assert "2 suspects in 1 tasks, 1 changed" in audit(studio, labelled, project)
    assert list_tasks(client, studio.url, project)[0]["data"] == before[0]["data"]
    assert len(client.predictions.list(project=project)) == 2
