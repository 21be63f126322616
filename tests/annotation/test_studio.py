"""A real Label Studio, started for these tests, spoken to by the SDK and by a browser."""

import json
import os
import secrets
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from conftest import ROOT
from jiqun.annotation.config import make_label_config
from jiqun.annotation.delivery import push
from jiqun.annotation.export import read_labelled
from jiqun.annotation.studio import (
    find_project,
    list_tasks,
    read_version,
)
from jiqun.annotation.tasks import add_annotation, add_prediction, make_result, make_task
from jiqun.cli import app
from jiqun.errors import InputError
from jiqun.files import read_json, to_json
from jiqun.seeds.restore import restore
from jiqun.spans import Span
from servers import drag, log_in

pytestmark = pytest.mark.studio

META = {"title": "题", "publisher": "大众网", "date": "2023-06-07"}
HARD = "甲𠮷👩‍👩‍👧乙\r\n丙\u3000<b>&amp;丁</b>e\u0301\ufeff  戊\t李娜说"


def test_the_gold_goes_in_and_comes_out_unchanged(studio, gold, scheme, draw):
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
    for path in draw(delivery.project)[1].written:
        assert read_json(path) == expected.pop(path.stem)
    assert not expected


def test_hard_text_keeps_its_offsets(studio, scheme, draw):
    article = restore(HARD, "hard", steps=())
    spans = [Span(n, n + 1, "ORG") for n in range(len(article.text))]
    task = add_annotation(make_task(article), spans)
    project = push(
        studio.client, studio.url, "Jiqun hard", make_label_config(scheme), [task]
    ).project
    [path] = draw(project)[1].written
    document, _ = read_labelled(path, scheme)
    assert (document.text, list(document.spans)) == (article.text, spans)


def jiqun(*arguments, cwd=ROOT, **environment):
    """`jiqun studio …` as another process; its exit code and all it said."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("LABEL_STUDIO_")}
    done = subprocess.run(
        [sys.executable, "-m", "jiqun", "studio", *map(str, arguments)],
        env={**clean, "PYTHONPATH": str(ROOT / "src"), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        timeout=300,
    )
    return done.returncode, done.stdout.decode()


def test_from_the_command_line(studio, checkout):
    CliRunner().invoke(app, ["tasks"], catch_exceptions=False)
    server = {"LABEL_STUDIO_URL": studio.url + "/", "LABEL_STUDIO_API_KEY": studio.key}
    code, said = jiqun("push", "--title", "Jiqun cli", cwd=checkout, **server)
    number = said.rsplit("/", 1)[1].strip()
    assert (code, said) == (
        0,
        f"studio push: project {number}, 5 added, 0 updated, 0 unchanged, 0 labelled and changed, "
        f"0 carried → {studio.url}/projects/{number}\n",
    )
    code, said = jiqun("pull", number, "--to", "pulled", cwd=checkout, **server)
    assert code == 0 and "0 labelled tasks" in said


def test_what_was_labelled_and_changed_is_named(studio, checkout):
    tasks = [make_task(restore("臨清市(shì)", "x", steps=["script"]))]
    (checkout / "t.json").write_text(to_json(tasks), encoding="utf-8")
    command = ("push", "t.json", "--title", "Jiqun changed", "--folder", studio.folder)
    assert jiqun(*command, cwd=checkout)[0] == 0
    project = find_project(studio.client, studio.url, "Jiqun changed").id
    [task] = list_tasks(studio.client, studio.url, project)
    result = make_result("临清市(shì)", [Span(0, 3, "LOC"), Span(3, 8, "ORG")])
    studio.ask(f"/api/tasks/{task['id']}/annotations", {"result": result})
    tasks = [make_task(restore("臨清市(shì)", "x"))]
    (checkout / "t.json").write_text(to_json(tasks), encoding="utf-8")
    code, said = jiqun(*command, cwd=checkout)
    assert (code, said.splitlines()[0]) == (
        0,
        f"studio push: x changed, but task {task['id']} is labelled and stays; "
        "--carry makes a new task with its spans.",
    )
    assert "1 labelled and changed, 0 carried" in said
    code, said = jiqun(*command, "--carry", cwd=checkout)
    assert code == 0
    assert "studio push: x 3:8 ORG '(shì)' cannot be carried over.\n" in said
    assert "0 labelled and changed, 1 carried" in said


FAILURES = {
    "a wrong key": ("key", "the server refuses the key; check LABEL_STUDIO_API_KEY"),
    "a key that is none": ("line", "is not printable ASCII; check LABEL_STUDIO_API_KEY"),
    "no key": ("none", "LABEL_STUDIO_API_KEY is not set; put it in the environment, or name"),
    "no server": ("silence", "no answer (ConnectError); is it running?"),
    "no address": ("address", "not the address of a server; expected http://host:port"),
    "a folder without a server": ("folder", "no Label Studio runs on it; run `jiqun studio start`"),
    "an answer that repeats the key": ("echo", "the server answered with status 500; see its log"),
    "an answer that is cut off": ("cut", "no answer (RemoteProtocolError); is it running?"),
    "an answer of another shape": (
        "list",
        "the server's answer is not what Label Studio 1.23 says",
    ),
    "an answer without an account": ("nobody", "the server's answer is not what Label Studio"),
    "a proxy of another kind": ("socks", "names a SOCKS proxy; unset it, or `pip install socksio`"),
    "another program": ("stranger", "what answers there is no Label Studio of version 1 or later"),
    "a version before 1": ("old", "what answers there is no Label Studio of version 1 or later"),
}


@pytest.mark.parametrize(
    ("failure", "command"),
    [*((failure, "status") for failure in FAILURES)]
    + [(f, c) for c in ("push", "pull") for f in ("a wrong key", "no server", "no key")],
)
def test_a_failure_is_one_sentence_without_the_key(studio, checkout, failure, command, stub):
    what, sentence = FAILURES[failure]
    key = secrets.token_hex(20)
    server = {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": key}
    more = {"push": ["t.json"], "pull": ["1", "--to", "out"], "status": []}[command]
    (checkout / "t.json").write_text("[]", encoding="utf-8")
    if what in STUBS:
        server["LABEL_STUDIO_URL"] = stub(what)
    changes = {
        "line": {"LABEL_STUDIO_API_KEY": key + "\n"},
        "none": {"LABEL_STUDIO_API_KEY": ""},
        "silence": {"LABEL_STUDIO_URL": "http://127.0.0.1:9"},
        "address": {"LABEL_STUDIO_URL": "localhost:8080"},
        "socks": {"LABEL_STUDIO_URL": "http://studio.invalid", "ALL_PROXY": "socks5://127.0.0.1:9"},
    }
    more += ["--folder", "nowhere"] if what == "folder" else []
    code, said = jiqun(command, *more, cwd=checkout, **server | changes.get(what, {}))
    assert code == 2
    assert said.startswith("jiqun: ") and said.count("\n") == 1 and sentence in said
    assert key not in said and "sessionid" not in said
    assert not (checkout / "out").exists()


@pytest.fixture
def stub():
    """A server that answers in a way of its own; its address."""
    servers = []

    def start(what):
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Stub", (Stub,), {"what": what}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


STUBS = ("echo", "cut", "list", "nobody", "stranger", "old")
RELEASES = {"stranger": None, "old": "0.9.1", "newer": "1.99.0"}


class Stub(BaseHTTPRequestHandler):
    what = ""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if self.path.startswith("/api/version"):
            return self.answer(200, {"release": RELEASES.get(self.what, "1.23.2")})
        if self.what == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            return self.wfile.write(b"{")
        if self.what == "newer":
            return self.answer(404, {})
        if self.what in ("list", "nobody"):
            return self.answer(200, [] if self.what == "list" else {})
        return self.answer(500, {"seen": self.headers["Authorization"]})

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "sessionid=1")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def test_another_version_is_warned_of(stub, checkout):
    url = stub("newer")
    assert read_version(url) == "1.99.0"
    server = {"LABEL_STUDIO_URL": url, "LABEL_STUDIO_API_KEY": secrets.token_hex(20)}
    code, said = jiqun("status", "1", cwd=checkout, **server)
    assert code == 2
    assert said.splitlines() == [
        f"studio: {url} is Label Studio 1.99.0; this was tested on 1.23.",
        f"jiqun: {url}: the server knows no such project; it may have been deleted.",
    ]


def test_a_proxy_is_not_asked_for_a_server_on_this_machine(studio):
    proxies = {"http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "socks5://127.0.0.1:9"}
    server = {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": studio.key}
    code, said = jiqun("status", "no such", **server, **proxies)
    assert (code, said) == (
        2,
        f"jiqun: {studio.url}: no project is called 'no such'; make it with `jiqun studio push`.\n",
    )


def test_a_personal_access_token_is_a_key_too(studio):
    """Servers that were not started by us give out such tokens and no other keys."""
    token = studio.ask("/api/token/", {})["token"]
    for key, told in ((token, "no project is called"), (token[:-4] + "AAAA", "refuses the key")):
        server = {"LABEL_STUDIO_URL": studio.url, "LABEL_STUDIO_API_KEY": key}
        code, said = jiqun("status", "no such", **server)
        assert (code, said.count("\n")) == (2, 1)
        assert told in said and key not in said


def test_projects_are_found_by_number_and_title(studio, draw, scheme):
    config = make_label_config(scheme)
    made = push(studio.client, studio.url, "Jiqun found", config, []).project
    assert find_project(studio.client, studio.url, "Jiqun found").id == made
    assert find_project(studio.client, studio.url, str(made)).title == "Jiqun found"
    with pytest.raises(InputError, match="no project is called 'Jiqun foun'"):
        find_project(studio.client, studio.url, "Jiqun foun")
    with pytest.raises(InputError, match="knows no such project"):
        draw(98765)
    for _ in range(2):
        last = studio.client.projects.create(title="Jiqun both", label_config=config).id
    with pytest.raises(InputError, match=f"{last - 1}, {last} are all called 'Jiqun both'"):
        find_project(studio.client, studio.url, "Jiqun both")


def test_some_tasks_of_many(studio, scheme):
    tasks = [make_task(restore("甲", f"a{n}")) for n in range(3)]
    config = make_label_config(scheme)
    project = push(studio.client, studio.url, "Jiqun some", config, tasks).project
    numbers = [task["id"] for task in list_tasks(studio.client, studio.url, project)]
    found = list_tasks(studio.client, studio.url, project, [numbers[2], numbers[0], 10**6])
    assert [task["id"] for task in found] == [numbers[0], numbers[2]]


COLOURS = "all => all.map((one) => getComputedStyle(one).{})"


def rgb(label):
    return f"rgb{tuple(bytes.fromhex(label.color[1:]))}"


@pytest.mark.browser
def test_an_annotator_in_a_browser(studio, browser, scheme, draw):
    """Log in, see Chinese labels and a pre-label where it belongs, mark a name, submit, pull."""
    article = restore("副省長(zhǎng)周立偉出席𠮷會(huì)議。\n記者李娜", "browser", meta=META)
    name = article.text.index("周立伟")
    task = add_prediction(
        make_task(article), [Span(name, name + 3, "OFFICIAL")], [0.9], "prelabels"
    )
    config = make_label_config(scheme)
    project = push(studio.client, studio.url, "Jiqun browser", config, [task]).project
    [number] = [t.id for t in studio.client.tasks.list(project=project)]
    asked = []
    page = log_in(studio, browser)
    page.on("request", lambda request: asked.append(request.url))
    # A project that nobody opened yet may hide its pre-labels on a first deep link.
    page.goto(f"{studio.url}/projects/{project}/data")
    page.get_by_text("副省长周立伟").first.wait_for()
    page.goto(f"{studio.url}/projects/{project}/data?task={number}")
    text = page.locator(".lsf-htx-richtext")
    text.locator(".lsf-richtext__line").first.wait_for()
    labels = page.locator(".lsf-label")
    names = [label.split() for label in labels.all_inner_texts()]
    assert names == [[label.chinese, label.key] for label in scheme.labels]
    assert labels.evaluate_all(COLOURS.format("borderLeftColor")) == list(map(rgb, scheme.labels))
    page.locator(".htx-highlight").first.wait_for()
    assert text.locator(".htx-highlight").all_inner_texts() == ["周立伟"]
    headings = page.locator(".lsf-main-content, .lsf-main-view").first.inner_text()
    assert "题\n大众网 · 2023-06-07\n已修复：注音 2 处、繁体转简体 5 字\n" in headings

    page.keyboard.press("4")
    drag(page, "李娜")
    page.wait_for_function("document.querySelectorAll('.htx-highlight').length >= 2")
    with page.expect_response(lambda r: "/annotations" in r.url and r.request.method == "POST"):
        page.locator(".lsf-controls button", has_text="Submit").click()
    page.close()
    assert {urlsplit(url).netloc for url in asked} <= {urlsplit(studio.url).netloc, ""}

    [path] = draw(project)[1].written
    document, alignment = read_labelled(path, scheme)
    assert [(s.label, document.surface(s)) for s in document.spans] == [
        ("OFFICIAL", "周立伟"),
        ("PERSON", "李娜"),
    ]
    raw = alignment.to_raw(document.spans[0].start, document.spans[0].end)
    assert article.raw[slice(*raw)] == "周立偉"


@pytest.mark.browser
def test_hard_text_in_a_browser(studio, browser, scheme, draw):
    """Pre-labels light up, and a mouse marks, the very characters, whatever stands before them."""
    article = restore("\ufeff" + HARD, "hard", steps=(), meta=META)
    assert article.text == "\ufeff" + HARD

    def find(surface, label):
        start = article.text.index(surface)
        return Span(start, start + len(surface), label)

    pre = {"𠮷": "ORG", "<b>": "LOC", "e\u0301": "OFFICIAL", "戊": "FIGURE"}
    spans = [find(*one) for one in pre.items()]
    task = add_prediction(make_task(article), spans, [0.9] * 4, "prelabels")
    config = make_label_config(scheme)
    project = push(studio.client, studio.url, "Jiqun hard browser", config, [task]).project
    page = log_in(studio, browser)
    page.goto(f"{studio.url}/projects/{project}/data")
    page.get_by_text("李娜").first.click()
    lit = page.locator(".lsf-htx-richtext .htx-highlight")
    lit.nth(3).wait_for()
    assert lit.all_inner_texts() == list(pre)
    colours = {label.name: rgb(label) for label in scheme.labels}
    shades = lit.evaluate_all(COLOURS.format("backgroundColor"))
    assert [shade.replace("rgba", "rgb").replace(", 0.3", "") for shade in shades] == [
        colours[label] for label in pre.values()
    ]

    marked = {"李娜": "PERSON", "👩‍👩‍👧乙": "ORG", "&amp;丁": "LOC"}
    keys = {label.name: label.key for label in scheme.labels}
    for count, (surface, label) in enumerate(marked.items(), 5):
        page.keyboard.press(keys[label])
        drag(page, surface)
        lit.nth(count - 1).wait_for()
        page.keyboard.press("u")
    with page.expect_response(lambda r: "/annotations" in r.url and r.request.method == "POST"):
        page.locator(".lsf-controls button", has_text="Submit").click()
    page.close()

    _, intake = draw(project)
    document, _ = read_labelled(*intake.written, scheme)
    assert (intake.repairs, intake.quarantined) == ({}, [])
    assert list(document.spans) == sorted(find(*one) for one in [*pre.items(), *marked.items()])
