"""Label Studio: start it, push tasks, pull labels."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .console import (
    LABELLED,
    QUARANTINE,
    SCHEME,
    QuarantineOption,
    SchemeOption,
    emit,
    say,
    show_steps,
)
from .tables import describe_intake, show_intake, show_progress

app = typer.Typer(help=__doc__, no_args_is_help=True)
UrlOption = Annotated[
    str, typer.Option("--url", envvar="LABEL_STUDIO_URL", help="Address of the server.")
]
FolderOption = Annotated[
    Path | None,
    typer.Option("--folder", help="The folder of `studio start`, in place of address and key."),
]
URL = "http://127.0.0.1:8080"
GUIDELINES = Path("annotation/guidelines.zh.md")


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
    guidelines: Annotated[
        Path, typer.Option(help="Markdown that annotators read first.")
    ] = GUIDELINES,
    annotators: Annotated[
        int | None, typer.Option(min=1, help="How many label each task; 1 in a new project.")
    ] = None,
    carry: Annotated[
        bool,
        typer.Option("--carry", help="Labelled, and changed: a new task with the old spans."),
    ] = False,
    url: UrlOption = URL,
    folder: FolderOption = None,
) -> None:
    """Bring tasks into a Label Studio project, made or brought up to date; again adds nothing.

    What people have labelled is never changed. The key is LABEL_STUDIO_API_KEY, unless --folder
    finds it.
    """
    from ..annotation.config import make_label_config, render_guidelines
    from ..annotation.delivery import push
    from ..files import read_json, read_text
    from ..scheme import read_scheme

    tasks = read_json(file)
    if not isinstance(tasks, list):
        raise InputError(f"{file}: expected a list of tasks; make it with `jiqun tasks`.")
    config = make_label_config(read_scheme(scheme))
    instruction = render_guidelines(read_text(guidelines))
    client, url = open_studio(url, folder)
    with show_steps("studio push") as report:
        done = push(client, url, title, config, tasks, instruction, carry, annotators, report)
    for article, number in done.labelled.items():
        why = (
            "its crawled text changed too, so nothing can be carried"
            if carry
            else ("--carry makes a new task with its spans")
        )
        say(f"studio push: {article} changed, but task {number} is labelled and stays; {why}.")
    for lost in done.lost:
        place = f"{lost.start}:{lost.end} {'/'.join(lost.labels)}"
        say(f"studio push: {lost.article} {place} {lost.text!r} cannot be carried over.")
    for article in done.doubled:
        say(f"studio push: {article} stands in the project twice; delete one of its tasks.")
    counts = {
        "added": len(done.added),
        "updated": len(done.updated),
        "unchanged": len(done.unchanged),
        "labelled and changed": len(done.labelled),
        "carried": len(done.carried),
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items())
    say(f"studio push: project {done.project}, {said} → {url}/projects/{done.project}")


@app.command("pull")
def studio_pull(
    project: Annotated[str, typer.Argument(help="The project's number or title.")],
    to: Annotated[Path, typer.Option(help="Folder for a file a task.")] = LABELLED,
    quarantine: QuarantineOption = QUARANTINE,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that hold what the server has not.")
    ] = False,
    scheme: SchemeOption = SCHEME,
    url: UrlOption = URL,
    folder: FolderOption = None,
) -> None:
    """Fetch every annotation of every annotator, a file a task.

    Spans that do not prove themselves are repaired where that is certain, or set aside with their
    reason. A pull that was cut off goes on with the next one. The key is LABEL_STUDIO_API_KEY,
    unless --folder finds it.
    """
    from ..annotation.retrieval import pull
    from ..annotation.studio import find_project
    from ..scheme import read_scheme

    client, url = open_studio(url, folder)
    labels = read_scheme(scheme)
    found = find_project(client, url, project)
    retrieved, intake = pull(client, url, found, labels, to, quarantine, overwrite)
    if retrieved.resumed:
        say(f"studio pull: {retrieved.resumed} tasks were there from a pull that was cut off.")
    if retrieved.gone:
        say(f"studio pull: {retrieved.gone} tasks were deleted meanwhile.")
    show_intake("studio pull", intake, quarantine)
    files = len(intake.written) + len(intake.same) + len(intake.kept)
    say(
        f"studio pull: {files} labelled tasks, {intake.waiting} waiting; {describe_intake(intake)} "
        f"→ {to} ({len(intake.written)} files new or changed)"
    )


@app.command("status")
def studio_status(
    project: Annotated[str, typer.Argument(help="The project's number or title.")] = "Jiqun",
    format: Annotated[str, typer.Option(help="text, or json: an object.")] = "text",
    url: UrlOption = URL,
    folder: FolderOption = None,
) -> None:
    """How far a project is: what is done, by whom and how fast, and what waits."""
    from ..annotation.progress import measure_progress
    from ..files import to_json

    if format not in ("text", "json"):
        raise InputError(f"--format {format}: expected text or json.")
    client, url = open_studio(url, folder)
    progress = measure_progress(client, url, project)
    if format == "json":
        emit(to_json(asdict(progress)) + "\n")
    else:
        show_progress(progress)
    say(
        f"studio status: project {progress.project}, {progress.tasks} tasks, {progress.done} done, "
        f"{progress.partly} partly, {progress.skipped} skipped, {progress.begun} begun, "
        f"{progress.waiting} waiting; {progress.drafts} with drafts"
    )


def open_studio(url: str, folder: Path | None):
    """A client for the server of a folder or of an address, and that address.

    Raises:
        InputError: no server runs there, or there is no key for it.
    """
    from ..annotation.server import read_address
    from ..annotation.studio import connect

    if folder is not None:
        url, key = read_address(folder)
    else:
        key = os.environ.get("LABEL_STUDIO_API_KEY", "")
        if not key:
            raise InputError(
                "LABEL_STUDIO_API_KEY is not set; put it in the environment, or name the folder "
                "of `jiqun studio start` with --folder."
            )
    url = url.rstrip("/")
    return connect(url, key, lambda sentence: say(f"studio: {sentence}")), url
