"""A real Label Studio, started for these tests, spoken to by the SDK and by a browser."""

import secrets

import pytest

from conftest import ROOT
from jiqun.annotation.config import make_label_config
from jiqun.annotation.delivery import push
from jiqun.annotation.export import read_labelled, write_labelled
from jiqun.annotation.studio import connect, pull
from jiqun.annotation.tasks import add_annotation, add_prediction, make_task
from jiqun.cli import app
from jiqun.errors import InputError
from jiqun.files import read_json
from jiqun.seeds.restore import restore
from jiqun.spans import Span

pytestmark = pytest.mark.studio

META = {"title": "题", "publisher": "大众网", "date": "2023-06-07"}
HARD = "甲𠮷👩‍👩‍👧乙\r\n丙\u3000<b>&amp;丁</b>e\u0301\ufeff  戊\t李娜说"


def test_the_gold_goes_in_and_comes_out_unchanged(studio, gold, scheme, tmp_path):
    """The committed labels, imported as annotations and exported again by the API."""
    tasks, expected = [], {}
    for item in gold:
        committed = read_json(ROOT / f"annotation/labelled/{item.seed.id}.json")
        for annotation in committed["annotations"]:
            del annotation["completed_by"]
        task = make_task(item.article) | {key: committed[key] for key in ("meta", "annotations")}
        tasks.append(task)
        named = [{"completed_by": studio.user} | annotation for annotation in task["annotations"]]
        expected[item.seed.id] = {**task, "annotations": named}
    config = make_label_config(scheme)
    delivery = push(studio.client, studio.url, "Jiqun gold", config, tasks)
    assert len(delivery.added) == 5
    for path in write_labelled(pull(studio.client, studio.url, delivery.project), tmp_path):
        assert read_json(path) == expected.pop(path.stem)
    assert not expected


def test_hard_text_keeps_its_offsets(studio, scheme, tmp_path):
    article = restore(HARD, "hard", steps=())
    spans = [Span(n, n + 1, "ORG") for n in range(len(article.text))]
    task = add_annotation(make_task(article), spans)
    project = push(
        studio.client, studio.url, "Jiqun hard", make_label_config(scheme), [task]
    ).project
    [path] = write_labelled(pull(studio.client, studio.url, project), tmp_path)
    document, _ = read_labelled(path, scheme)
    assert (document.text, list(document.spans)) == (article.text, spans)


def test_from_the_command_line(studio, checkout, monkeypatch):
    from typer.testing import CliRunner

    monkeypatch.setenv("LABEL_STUDIO_URL", studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", studio.key)
    runner = CliRunner()
    runner.invoke(app, ["tasks"], catch_exceptions=False)
    result = runner.invoke(app, ["studio", "push", "--title", "Jiqun cli"], catch_exceptions=False)
    assert "5 tasks added, 0 there already" in result.stderr
    assert studio.key not in result.output
    project = result.stderr.rsplit("/", 1)[1].strip()
    command = ["studio", "pull", project, "--to", "pulled"]
    result = runner.invoke(app, command, catch_exceptions=False)
    assert "0 labelled tasks" in result.stderr


def test_a_wrong_key_is_one_sentence(studio):
    wrong = secrets.token_hex(20)
    with pytest.raises(InputError, match="refuses the key") as caught:
        connect(studio.url, wrong)
    assert wrong not in str(caught.value)


def test_a_missing_server_and_a_missing_project(studio):
    with pytest.raises(InputError, match="no answer"):
        connect("http://127.0.0.1:9", studio.key)
    with pytest.raises(InputError, match="knows no such project"):
        pull(studio.client, studio.url, 98765)


@pytest.mark.browser
def test_an_annotator_in_a_browser(studio, browser, scheme, tmp_path):
    """Log in, see Chinese labels and a pre-label where it belongs, mark a name, submit, pull."""
    article = restore("副省長(zhǎng)周立偉出席𠮷會(huì)議。\n記者李娜", "browser", meta=META)
    name = article.text.index("周立伟")
    task = add_prediction(
        make_task(article), [Span(name, name + 3, "OFFICIAL")], [0.9], "prelabels"
    )
    project = push(studio.client, studio.url, "Jiqun browser", make_label_config(scheme), [task])
    [number] = [t.id for t in studio.client.tasks.list(project=project)]
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{studio.url}/user/login")
    page.fill("input[name=email]", studio.user)
    page.fill("input[name=password]", studio.password)
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.click("button[type=submit]")
    # A project that nobody opened yet may hide its pre-labels on a first deep link.
    page.goto(f"{studio.url}/projects/{project}/data")
    page.get_by_text("副省长周立伟").first.wait_for()
    page.goto(f"{studio.url}/projects/{project}/data?task={number}")
    text = page.locator(".lsf-htx-richtext")
    text.locator(".lsf-richtext__line").first.wait_for()
    labels = page.locator(".lsf-label").all_inner_texts()
    assert [label.split()[0] for label in labels[:5]] == [label.chinese for label in scheme.labels]
    page.locator(".htx-highlight").first.wait_for()
    assert text.locator(".htx-highlight").all_inner_texts() == ["周立伟"]
    headings = page.locator(".lsf-main-content, .lsf-main-view").first.inner_text()
    assert "题" in headings and "大众网 · 2023-06-07" in headings

    page.keyboard.press("4")
    left, right, middle = text.evaluate(
        """(root, name) => {
          const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(name);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(walker.currentNode, at);
            range.setEnd(walker.currentNode, at + name.length);
            const box = range.getBoundingClientRect();
            return [box.left + 3, box.right - 3, (box.top + box.bottom) / 2];
          }
        }""",
        "李娜",
    )
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move((left + right) / 2, middle, steps=4)
    page.mouse.move(right, middle, steps=4)
    page.mouse.up()
    page.wait_for_function("document.querySelectorAll('.htx-highlight').length >= 2")
    page.screenshot(path=tmp_path / "label-studio.png")
    with page.expect_response(lambda r: "/annotations" in r.url and r.request.method == "POST"):
        page.locator(".lsf-controls button", has_text="Submit").click()
    page.close()

    [path] = write_labelled(pull(studio.client, studio.url, project), tmp_path)
    document, alignment = read_labelled(path, scheme)
    assert [(s.label, document.surface(s)) for s in document.spans] == [
        ("OFFICIAL", "周立伟"),
        ("PERSON", "李娜"),
    ]
    raw = alignment.to_raw(document.spans[0].start, document.spans[0].end)
    assert article.raw[slice(*raw)] == "周立偉"
