"""A Label Studio server, wherever it runs: tasks pushed to it and pulled from it.

Keys come from the environment, and no message of the server's is passed on whole (its errors carry
session cookies).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

from ..errors import InputError


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
