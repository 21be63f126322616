"""Label Studio servers for tests: each started in seconds on a copy of one migrated folder."""

import hashlib
import json
import os
import shutil
import signal
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from urllib.request import Request, urlopen

import pytest

from jiqun.annotation.retrieval import pull
from jiqun.annotation.server import USER, read_address, serve
from jiqun.annotation.studio import connect, find_project

ROOT = Path(__file__).resolve().parent.parent
EXECUTABLE = ROOT / ".venv-studio/bin/label-studio"
PASSWORD = "of a server on loopback, in tests"


@dataclass
class Studio:
    """A running server: its address, data folder, first account, and a client for it."""

    url: str
    folder: Path
    pid: int
    stack: ExitStack
    user: str = USER
    password: str = PASSWORD

    def __post_init__(self):
        self.key = read_address(self.folder)[1]
        self.client = connect(self.url, self.key)

    def kill(self):
        """End the server at once, as a power cut does; another can then start on its folder."""
        os.killpg(self.pid, signal.SIGKILL)

    def close(self):
        self.stack.close()

    def ask(self, path: str, body: object = None):
        """What the SDK has no call for: POST a body, or GET."""
        headers = {"Authorization": f"Token {self.key}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.url + path, data, headers)) as answer:
            return json.load(answer)


def log_in(studio: Studio, browser):
    """A page of the browser in which the server's first account is logged in."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(180_000)
    page.goto(f"{studio.url}/user/login")
    page.fill("input[name=email]", studio.user)
    page.fill("input[name=password]", studio.password)
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.click("button[type=submit]")
    return page


_FIND = """(root, surface) => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const places = [];
  let shown = "";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (let at = 0; at < node.data.length; at++) places.push([node, at]);
    shown += node.data;
  }
  const first = shown.indexOf(surface);
  return [first, first + surface.length - 1].map((at) => {
    const [node, place] = places[at];
    const range = document.createRange();
    range.setStart(node, place);
    range.setEnd(node, place + 1);
    const box = range.getBoundingClientRect();
    return [box.left, box.right, (box.top + box.bottom) / 2];
  });
}"""


def drag(page, surface: str):
    """Select the first place of some characters in a labelling page's text, with the mouse."""
    (left, _, above), (_, right, below) = page.locator(".lsf-htx-richtext").evaluate(_FIND, surface)
    page.mouse.move(left + 3, above)
    page.mouse.down()
    page.mouse.move((left + right) / 2, (above + below) / 2, steps=4)
    page.mouse.move(right - 3, below, steps=4)
    page.mouse.up()


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def studio_template(request):
    """A folder whose database is made (minutes), kept between runs; never started itself."""
    from conftest import set_up

    set_up(EXECUTABLE.exists(), "Label Studio in .venv-studio")
    pins = (ROOT / "annotation/studio-constraints.txt").read_bytes()
    parent = request.config.cache.mkdir("studio")
    template = parent / hashlib.sha256(pins).hexdigest()[:16]
    if not template.exists():
        made = Path(mkdtemp(dir=parent))
        with serve(EXECUTABLE, made, find_port(), password=PASSWORD):
            pass
        try:
            made.rename(template)
        except OSError:
            shutil.rmtree(made)
    return template


def start(folder: Path, template: Path | None = None) -> Studio:
    """A server on a folder, made as a copy of the template if that is named."""
    if template:
        shutil.copytree(template, folder, dirs_exist_ok=True)
    stack = ExitStack()
    server = stack.enter_context(serve(EXECUTABLE, folder, find_port()))
    return Studio(server.url, folder, server.process.pid, stack)


@pytest.fixture(scope="session")
def studio(studio_template, tmp_path_factory):
    """One server for all tests that only add projects of their own."""
    folder = tmp_path_factory.mktemp("studio")
    studio = start(folder, studio_template)
    yield studio
    studio.close()
    log = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
    assert studio.key not in log and PASSWORD not in log


@pytest.fixture
def start_studio(studio_template, tmp_path):
    """A function that starts a server of the test's own; with the folder of a closed one, again."""
    started = []

    def start_one(folder: Path | None = None) -> Studio:
        fresh = tmp_path / f"studio{len(started)}"
        one = start(folder) if folder else start(fresh, studio_template)
        started.append(one)
        return one

    yield start_one
    for one in started:
        one.close()


@pytest.fixture
def draw(studio, scheme, tmp_path):
    """Pull a project, by its number, into the folder `to`; what is set aside goes to `aside`."""

    def draw(project: int):
        found = find_project(studio.client, studio.url, project)
        return pull(studio.client, studio.url, found, scheme, tmp_path / "to", tmp_path / "aside")

    return draw
