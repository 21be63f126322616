"""A Label Studio server: started here or elsewhere, tasks pushed to it and pulled from it.

Label Studio lives in an environment of its own; the toolkit speaks to it over HTTP alone. Keys
and passwords come from the environment, and no message of the server's is passed on whole (its
errors carry session cookies).
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from ..errors import InputError

START_TIMEOUT = 240.0
"""Seconds a first start may take; most of it goes into making the database."""

_QUIET = {
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
}


@contextmanager
def serve(
    executable: Path | str, folder: Path | str, port: int, user: str, password: str, key: str
) -> Iterator[str]:
    """A Label Studio on the loopback interface for the length of the block; yields its address.

    Args:
        executable: the `label-studio` of its own environment.
        folder: where the server keeps its data; made if missing. `password` and `key` take
            effect when its database is made, at the first start.
        port: a free port.

    Raises:
        InputError: there is no such program, or it does not come up.
    """
    folder = Path(folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | _QUIET
    environment |= {
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "share"),
        "LABEL_STUDIO_USERNAME": user,
        "LABEL_STUDIO_PASSWORD": password,
        "LABEL_STUDIO_USER_TOKEN": key,
    }
    command = [str(executable), "start", "--no-browser"]
    command += ["--internal-host", "127.0.0.1", "--port", str(port)]
    url, log = f"http://127.0.0.1:{port}", folder / "server.log"
    if _is_up(url):
        raise InputError(f"port {port} is taken by another server; name a free one with --port.")
    with log.open("ab") as output:
        try:
            server = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        except OSError:
            raise InputError(
                f"{executable}: no Label Studio there; install it with `make .venv-studio/done`."
            ) from None
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not _is_up(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise InputError(f"Label Studio did not come up; see {log}.")
            time.sleep(0.5)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _is_up(url: str) -> bool:
    try:
        with urlopen(f"{url}/health", timeout=5) as response:
            return response.status == 200
    except (URLError, OSError):
        return False


def connect(url: str, key: str) -> LabelStudio:
    """A client whose key the server accepts.

    Raises:
        InputError: there is no server at `url`, or it refuses the key.
    """
    client = LabelStudio(base_url=url, api_key=key)
    with _plain_errors(url):
        client.users.whoami()
    return client


@contextmanager
def _plain_errors(url: str) -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        known = {401: "refuses the key", 404: "knows no such project"}
        reason = known.get(error.status_code, f"answered with status {error.status_code}")
        raise InputError(f"{url}: the server {reason}; check the address, key and id.") from None
    except OSError as error:
        raise InputError(f"{url}: no answer ({type(error).__name__}); is it running?") from None
    except Exception as error:
        # httpx errors derive from Exception alone, and httpx is the SDK's affair, not ours.
        if type(error).__module__.partition(".")[0] not in ("httpx", "httpcore"):
            raise
        raise InputError(f"{url}: no answer ({type(error).__name__}); is it running?") from None


def push(
    client: LabelStudio, url: str, title: str, label_config: str, tasks: list[dict[str, Any]]
) -> tuple[int, int]:
    """Bring tasks into the project called `title`, which is made if there is none.

    Articles that the project has already are left alone.

    Returns:
        The project's number, and how many tasks were added.
    """
    with _plain_errors(url):
        projects = [p for p in client.projects.list(title=title) if p.title == title]
        if projects:
            project = projects[0].id
        else:
            project = client.projects.create(title=title, label_config=label_config).id
        present = {task["data"].get("article") for task in _export(client, project)}
        missing = [task for task in tasks if task["data"]["article"] not in present]
        if missing:
            client.projects.import_tasks(project, request=missing)
    return project, len(missing)


def pull(client: LabelStudio, url: str, project: int) -> list[dict[str, Any]]:
    """The project's tasks that have annotations, as Label Studio exports them.

    `completed_by` is the annotator's e-mail address instead of the server's number.
    """
    with _plain_errors(url):
        tasks = [task for task in _export(client, project) if task["annotations"]]
        names = {user.id: user.email for user in client.users.list()}
    for annotation in (a for task in tasks for a in task["annotations"]):
        number = annotation.get("completed_by")
        annotation["completed_by"] = names.get(number, f"user {number}")
    return tasks


def _export(client: LabelStudio, project: int) -> list[dict[str, Any]]:
    return client.projects.exports.as_json(project)
