"""Label Studio: start it, push tasks, pull labels."""

import os
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .console import LABELLED, SCHEME, SchemeOption, say

app = typer.Typer(help=__doc__, no_args_is_help=True)
UrlOption = Annotated[
    str, typer.Option("--url", envvar="LABEL_STUDIO_URL", help="Address of the server.")
]


@app.command("start")
def studio_start(
    folder: Annotated[Path, typer.Argument(help="Where the server keeps its data.")],
    port: Annotated[int, typer.Option(help="A free port on the loopback interface.")] = 8080,
    user: Annotated[str, typer.Option(help="Name to log in with.")] = "annotator@localhost.local",
    executable: Annotated[Path, typer.Option(help="Label Studio in its own environment.")] = Path(
        ".venv-studio/bin/label-studio"
    ),
) -> None:
    """Start a Label Studio on this machine alone, until Ctrl-C.

    The first start makes an account and a key. Its password is LABEL_STUDIO_PASSWORD, or asked for.
    The key stays in the folder, where push, pull and status find it with --folder;
    LABEL_STUDIO_API_KEY (40 characters) makes it yours to choose.
    """
    import signal
    import sys

    from ..annotation.server import has_account, serve

    password = os.environ.get("LABEL_STUDIO_PASSWORD") or None
    key = os.environ.get("LABEL_STUDIO_API_KEY") or None
    known = has_account(folder)
    if not known:
        if password is None and sys.stdin.isatty():
            prompt = f"A password for {user}"
            password = typer.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True)
        say("studio: the first start makes a database; that takes a few minutes.")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with serve(executable, folder, port, user, password, key) as server:
            say(f"studio: {server.url} is up; log in as {server.user}. Ctrl-C stops it.")
            server.process.wait()
            raise InputError(f"Label Studio ended by itself; see {folder}/server.log.")
    except KeyboardInterrupt:
        say("studio: stopped.")


@app.command("push")
def studio_push(
    file: Annotated[Path, typer.Argument(help="Tasks made by `jiqun tasks`.")] = Path(
        "annotation/tasks.json"
    ),
    title: Annotated[str, typer.Option(help="The project's title, 3 to 50 characters.")] = "Jiqun",
    scheme: SchemeOption = SCHEME,
    url: UrlOption = "http://127.0.0.1:8080",
) -> None:
    """Bring tasks into a Label Studio project; articles it has already are left alone.

    The key comes from LABEL_STUDIO_API_KEY.
    """
    from ..annotation.config import make_label_config
    from ..annotation.studio import connect, push
    from ..files import read_json
    from ..scheme import read_scheme

    tasks = read_json(file)
    if not isinstance(tasks, list) or not all(
        isinstance(t, dict) and isinstance(t.get("data"), dict) and "article" in t["data"]
        for t in tasks
    ):
        raise InputError(f"{file}: expected a list of tasks; make it with `jiqun tasks`.")
    config = make_label_config(read_scheme(scheme))
    client = connect(url, read_secret("LABEL_STUDIO_API_KEY"))
    project, added = push(client, url, title, config, tasks)
    say(
        f"studio push: project {project}, {added} tasks added, "
        f"{len(tasks) - added} there already → {url}/projects/{project}"
    )


@app.command("pull")
def studio_pull(
    project: Annotated[int, typer.Argument(help="The project's number.")],
    to: Annotated[Path, typer.Option(help="Folder for a file a task.")] = LABELLED,
    url: UrlOption = "http://127.0.0.1:8080",
) -> None:
    """Fetch the labelled tasks of a project, a file a task. The key is LABEL_STUDIO_API_KEY."""
    from ..annotation.export import write_labelled
    from ..annotation.studio import connect, pull

    client = connect(url, read_secret("LABEL_STUDIO_API_KEY"))
    labelled = pull(client, url, project)
    paths = write_labelled(labelled, to)
    spans = sum(len(a["result"] or []) for task in labelled for a in task["annotations"])
    say(f"studio pull: {len(paths)} labelled tasks, {spans} regions → {to}")


def read_secret(name: str) -> str:
    """A secret from the environment; never shown."""
    value = os.environ.get(name, "")
    if not value:
        raise InputError(f"{name} is not set; put it in the environment.")
    return value
