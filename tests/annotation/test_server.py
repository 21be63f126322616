"""Starting and stopping Label Studio: mostly an imitation, then the real one."""

import json
import os
import pty
import re
import secrets
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from conftest import ROOT, set_up
from jiqun.annotation.export import read_labelled
from jiqun.annotation.server import is_up, read_address, serve
from jiqun.annotation.studio import connect, list_tasks
from jiqun.annotation.tasks import make_result
from jiqun.cli import app
from jiqun.errors import InputError
from jiqun.spans import Span
from servers import EXECUTABLE, PASSWORD, find_port

IMITATION = '''#!{python}
"""Does what `label-studio start` does, as far as whoever starts it can see."""
import http.server, json, os, pathlib, sqlite3, sys, time
folder = pathlib.Path(os.environ["LABEL_STUDIO_BASE_DATA_DIR"])
(folder / "seen.json").write_text(json.dumps([sys.argv, dict(os.environ)]))
if (folder / "fail").exists():
    sys.exit(3)
with sqlite3.connect(folder / "label_studio.sqlite3") as database:
    database.execute("CREATE TABLE IF NOT EXISTS htx_user (id INTEGER PRIMARY KEY, email)")
    database.execute("CREATE TABLE IF NOT EXISTS authtoken_token (key, user_id)")
    if "LABEL_STUDIO_USERNAME" in os.environ:
        user, token = os.environ["LABEL_STUDIO_USERNAME"], os.environ["LABEL_STUDIO_USER_TOKEN"]
        database.execute("INSERT INTO htx_user VALUES (1, ?)", [user])
        database.execute("INSERT INTO authtoken_token VALUES (?, 1)", [token])
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        if self.path == "/exit":
            os._exit(4)
address = sys.argv[sys.argv.index("--internal-host") + 1]
http.server.HTTPServer((address, int(sys.argv[-1])), Health).serve_forever()
'''


@pytest.fixture
def imitation(tmp_path):
    path = tmp_path / "label-studio"
    path.write_text(IMITATION.replace("{python}", sys.executable), encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


def read_seen(folder):
    return json.loads((folder / "seen.json").read_bytes())


@pytest.fixture
def run(tmp_path):
    """Start `jiqun studio …` as another process, in an environment without its secrets."""

    started = []

    def run(*arguments, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("LABEL_STUDIO_")}
        started.append(Process(tmp_path, arguments, {**clean, **environment}))
        return started[-1]

    yield run
    for one in started:
        if one.process.poll() is None:
            one.stop(signal.SIGTERM)


class Process:
    def __init__(self, place, arguments, environment):
        self.output = place / f"output{len(list(place.glob('output*')))}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jiqun", "studio", *map(str, arguments)],
                env={**environment, "PYTHONPATH": str(ROOT / "src")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                # Whoever runs the tests in the background may have had them ignore Ctrl-C.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    @property
    def said(self):
        return self.output.read_text(encoding="utf-8")

    def wait_for(self, text, seconds=60):
        wait_until(lambda: text in self.said or self.process.poll() is not None, seconds)
        assert text in self.said

    def stop(self, number=None):
        """The exit code, after a signal if one is named."""
        if number:
            self.process.send_signal(number)
        return self.process.wait(timeout=300)


def wait_until(ready, seconds=60):
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def says_that_none_runs(folder):
    try:
        read_address(folder)
    except InputError as error:
        return "no Label Studio runs on it" in str(error)


def test_a_first_start_makes_an_account_and_a_key(imitation, folder):
    port = find_port()
    with serve(imitation, folder, port, password="12345678") as server:
        assert (server.url, server.user) == (
            f"http://127.0.0.1:{port}",
            "annotator@localhost.local",
        )
        url, key = read_address(folder)
        assert url == server.url and len(key) == 40
        said = json.loads((folder / "server.json").read_bytes())
        assert said == {"url": server.url, "pid": server.process.pid}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not (folder / "server.json").exists()
    with pytest.raises(InputError, match="no Label Studio runs on it"):
        read_address(folder)
    files = [path for path in folder.iterdir() if path.name != "seen.json"]
    assert [p.name for p in files if key.encode() in p.read_bytes()] == ["label_studio.sqlite3"]


def test_later_starts_need_no_secret(imitation, folder):
    key = secrets.token_hex(20)
    with serve(imitation, folder, find_port(), "lead@a.cn", "12345678", key):
        pass
    environment = read_seen(folder)[1]
    assert environment["LABEL_STUDIO_PASSWORD"] == "12345678"
    with serve(imitation, folder, find_port()) as server:
        assert server.user == "lead@a.cn"
        assert read_address(folder)[1] == key
    assert not {name for name in read_seen(folder)[1] if "PASSWORD" in name or "TOKEN" in name} - {
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN"
    }
    with serve(imitation, folder, find_port(), key=key):
        pass
    other = secrets.token_hex(20)
    with (
        pytest.raises(
            InputError, match="made with another key than LABEL_STUDIO_API_KEY"
        ) as caught,
        serve(imitation, folder, find_port(), key=other),
    ):
        pass
    assert key not in str(caught.value) and other not in str(caught.value)


def test_the_server_listens_here_and_sends_nothing_out(imitation, folder, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "the lead's own")
    monkeypatch.setenv("DATABASE_NAME", "elsewhere")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    with serve(imitation, folder, port := find_port(), password="12345678"):
        pass
    command, environment = read_seen(folder)
    expected = ["start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    assert command[1:] == expected
    assert "the lead's own" not in environment.values()
    assert "DATABASE_NAME" not in environment
    assert environment["LABEL_STUDIO_BASE_DATA_DIR"] == str(folder)
    assert environment["https_proxy"] == environment["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert environment["COLLECT_ANALYTICS"] == environment["LATEST_VERSION_CHECK"] == "false"


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({}, "the first start makes an account; put its password in LABEL_STUDIO_PASSWORD"),
        ({"password": "1234567"}, "the password is too short; Label Studio wants 8"),
        ({"password": "12345678", "user": "lead"}, "--user lead: Label Studio's page takes an"),
        ({"password": "12345678", "key": "short"}, "LABEL_STUDIO_API_KEY is not 40 letters and"),
    ],
)
def test_a_first_start_that_lacks_something_is_one_sentence(imitation, folder, options, fault):
    with pytest.raises(InputError) as caught, serve(imitation, folder, find_port(), **options):
        pass
    assert fault in str(caught.value) and "1234567" not in str(caught.value)
    assert not (folder / "label_studio.sqlite3").exists()


def test_a_taken_port_and_a_missing_program(imitation, folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(InputError, match=f"port {port} is taken; name a free one with --port"),
            serve(imitation, folder, port, password="12345678"),
        ):
            pass
    with (
        pytest.raises(InputError, match=r"none: no Label Studio there; install it with `make"),
        serve("none", folder, find_port(), password="12345678"),
    ):
        pass


def test_a_folder_of_others_is_left_alone(imitation, tmp_path):
    mode = stat.S_IMODE(tmp_path.stat().st_mode)
    with (
        pytest.raises(InputError, match="holds other files; name a new or an empty folder"),
        serve(imitation, tmp_path, find_port(), password="12345678"),
    ):
        pass
    assert stat.S_IMODE(tmp_path.stat().st_mode) == mode
    assert [path.name for path in tmp_path.iterdir()] == ["label-studio"]
    with (
        pytest.raises(InputError, match="cannot be this server's own folder"),
        serve(imitation, imitation, find_port(), password="12345678"),
    ):
        pass


def test_one_server_a_folder(imitation, folder):
    with (
        serve(imitation, folder, find_port(), password="12345678") as server,
        pytest.raises(InputError, match=f"runs on it already, at {server.url}"),
        serve(imitation, folder, find_port()),
    ):
        pass


def test_a_database_that_is_none(imitation, folder):
    folder.mkdir()
    (folder / "label_studio.sqlite3").write_bytes(b"x" * 5000)
    with (
        pytest.raises(InputError, match="not a database of Label Studio"),
        serve(imitation, folder, find_port(), password="12345678"),
    ):
        pass


def test_a_first_start_that_was_cut_off_is_made_up_for(imitation, folder):
    folder.mkdir()
    sqlite3.connect(folder / "label_studio.sqlite3").close()
    (folder / "label_studio.sqlite3").write_bytes(b"")
    with serve(imitation, folder, find_port(), password="12345678"):
        assert len(read_address(folder)[1]) == 40


def test_a_server_that_does_not_come_up(imitation, folder):
    with serve(imitation, folder, find_port(), password="12345678"):
        pass
    (folder / "fail").touch()
    with (
        pytest.raises(InputError, match=r"did not come up; see .*server\.log"),
        serve(imitation, folder, find_port()),
    ):
        pass
    assert not (folder / "server.json").exists()


@pytest.fixture
def start(imitation, folder, run):
    """Start `jiqun studio start` with the imitation."""

    def start(**environment):
        return run("start", folder, "--port", find_port(), "--executable", imitation, **environment)

    return start


def read_pid(folder):
    return json.loads((folder / "server.json").read_bytes())["pid"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_start_stops_cleanly(start, folder, number):
    started = start(LABEL_STUDIO_PASSWORD="12345678")
    started.wait_for("is up")
    (url, key), pid = read_address(folder), read_pid(folder)
    assert started.stop(number) == 0
    assert f"studio: {url} is up; log in as annotator@localhost.local." in started.said
    assert started.said.endswith("studio: stopped.\n")
    assert key not in started.said and "12345678" not in started.said
    assert not (folder / "server.json").exists() and not Path(f"/proc/{pid}").exists()


def test_start_says_when_the_server_ends_by_itself(start, folder):
    started = start(LABEL_STUDIO_PASSWORD="12345678")
    started.wait_for("is up")
    os.killpg(read_pid(folder), signal.SIGKILL)
    assert started.stop() == 2
    assert "jiqun: Label Studio ended by itself; see" in started.said
    assert "Traceback" not in started.said


def test_a_server_behind_a_wrapper_is_stopped_too(imitation, folder, tmp_path):
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\n"{imitation}" "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    with serve(wrapper, folder, find_port(), password="12345678") as server:
        pass
    wait_until(lambda: not is_up(server.url), 20)


def test_a_server_whose_starter_was_killed_is_still_found(start, folder):
    started = start(LABEL_STUDIO_PASSWORD="12345678")
    started.wait_for("is up")
    started.stop(signal.SIGKILL)
    url, _ = read_address(folder)
    again = start()
    assert again.stop() == 2 and f"runs on it already, at {url}." in again.said
    os.killpg(read_pid(folder), signal.SIGKILL)
    # Its file stays, but says nothing of a server that is gone. The system takes back the port
    # and the lock of a killed process one after the other.
    wait_until(lambda: says_that_none_runs(folder))
    assert not is_up(url)
    assert (folder / "server.json").exists()


def test_without_a_terminal_the_password_is_not_asked_for(start):
    started = start()
    assert started.stop() == 2
    assert "put its password in LABEL_STUDIO_PASSWORD, or start at a terminal." in started.said


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(imitation, folder):
    child, terminal = pty.fork()
    if not child:
        for name in [name for name in os.environ if name.startswith("LABEL_STUDIO_")]:
            del os.environ[name]
        os.environ["PYTHONPATH"] = str(ROOT / "src")
        # Who runs the tests in the background has them ignore Ctrl-C.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        arguments = ["-m", "jiqun", "studio", "start", str(folder), "--port", str(find_port())]
        arguments += ["--executable", str(imitation)]
        os.execv(sys.executable, [sys.executable, *arguments])
    said = b""

    def read_until(text):
        nonlocal said
        while text not in said:
            said += os.read(terminal, 1000)

    read_until(b"password for annotator@localhost.local: ")
    os.write(terminal, b"geheim-12\n")
    # To the last blank: what is typed before the terminal hides it is thrown away.
    read_until(b"epeat for confirmation: ")
    os.write(terminal, b"geheim-12\n")
    read_until(b"is up; log in")
    os.write(terminal, b"\x03")
    read_until(b"studio: stopped.")
    assert os.waitpid(child, 0)[1] == 0
    assert b"geheim" not in said
    assert read_seen(folder)[1]["LABEL_STUDIO_PASSWORD"] == "geheim-12"


WATCH = """
import sys
def tell(event, details):
    if event in ("socket.connect", "socket.bind"):
        seen.write(f"{event} {details[1][0]}\\n")
    elif event == "socket.getaddrinfo":
        seen.write(f"{event} {details[0]}\\n")
seen = open("SEEN", "a", buffering=1)
sys.addaudithook(tell)
"""


@pytest.fixture
def watched(tmp_path):
    """The real program, in whose processes every address that is asked for is written down."""
    set_up(EXECUTABLE.exists(), "Label Studio in .venv-studio")
    (tmp_path / "watch").mkdir()
    seen, wrapper = tmp_path / "seen", tmp_path / "watched"
    watch = WATCH.replace("SEEN", str(seen))
    (tmp_path / "watch/sitecustomize.py").write_text(watch, encoding="utf-8")
    command = f'#!/bin/sh\nPYTHONPATH={tmp_path}/watch exec "{EXECUTABLE}" "$@"\n'
    wrapper.write_text(command, encoding="utf-8")
    wrapper.chmod(0o755)
    return wrapper


@pytest.mark.studio
@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_real_server_from_nothing_to_pull_and_the_key_nowhere(
    checkout, tmp_path, run, watched, scheme
):
    """Start, push, status, label, pull, stop, start again: only a password is ever named."""
    CliRunner().invoke(app, ["tasks"], catch_exceptions=False)
    folder, home, pulled = tmp_path / "studio", tmp_path / "home", tmp_path / "pulled"
    home.mkdir()
    command = ("start", folder, "--port", port := find_port(), "--executable", watched)
    started = run(*command, LABEL_STUDIO_PASSWORD=PASSWORD, HOME=str(home))
    processes = [started]

    def follow(*steps):
        for step, said in steps:
            processes.append(run(*step, "--folder", folder))
            assert processes[-1].stop() == 0
            assert said in processes[-1].said

    try:
        started.wait_for("is up", 600)
        url, key = read_address(folder)
        assert len(key) == 40 and stat.S_IMODE(folder.stat().st_mode) == 0o700
        follow(
            (("push", checkout / "annotation/tasks.json"), "5 added, 0 updated, 0 unchanged"),
            (("push", checkout / "annotation/tasks.json"), "0 added, 0 updated, 5 unchanged"),
            (("status",), "5 tasks, 0 done"),
            (("status", "1", "--format", "json"), '"waiting": 5'),
        )
        client = connect(url, key)
        task = list_tasks(client, url, 1)[0]
        name = Span(*re.search("浙江省", task["data"]["text"]).span(), "LOC")
        client.annotations.create(task["id"], result=make_result(task["data"]["text"], [name]))
        follow((("pull", "1", "--to", pulled), "1 labelled tasks, 4 waiting; annotations: 1 fin"))
        [labelled] = pulled.glob("*.json")
        assert read_labelled(labelled, scheme)[0].spans == (name,)
        # The page that would have the server look for tips elsewhere.
        with urlopen(f"{url}/user/login") as page:
            assert page.status == 200
        # All of 127.0.0.0/8 is this machine: a server that listened to others would answer here.
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port)):
            pass
    finally:
        assert started.stop(signal.SIGTERM) == 0
    assert not is_up(url)

    again = run(*command)
    again.wait_for("is up", 300)
    processes.append(again)
    assert read_address(folder) == (url, key)
    assert again.stop(signal.SIGINT) == 0 and not is_up(url)

    seen = [line.split() for line in (tmp_path / "seen").read_text("utf-8").splitlines()]
    assert ["socket.bind", "127.0.0.1"] in seen
    assert {address for _, address in seen} <= {"127.0.0.1", "localhost", "::1"}
    assert list(home.iterdir()) == []
    holders = {
        path.name
        for path in tmp_path.rglob("*")
        for secret in (key, PASSWORD)
        if path.is_file() and secret.encode() in path.read_bytes()
    }
    assert holders == {"label_studio.sqlite3"}
    for process in processes:
        assert key not in process.said and PASSWORD not in process.said
