"""A Label Studio server, wherever it runs: who may speak to it, its projects and their tasks.

Keys come from the environment or the server's own database, and no message of the server's is
passed on whole (its errors carry session cookies).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError
from label_studio_sdk.core.parse_error import ParsingError

from ..errors import InputError

TIMEOUT = 600.0
"""Seconds one request may take: an export of tens of thousands of tasks."""

MEASURED = (1, 23)
"""The version of Label Studio that this was built and tested on."""

_REASONS = {
    401: "refuses the key; check LABEL_STUDIO_API_KEY",
    403: "does not let this account do that; use the key of an account that may",
    404: "knows no such project; it may have been deleted",
}


def connect(url: str, key: str, warn: Callable[[str], None] = lambda sentence: None) -> LabelStudio:
    """A client whose key the server accepts.

    Args:
        warn: is told of a version that this was not tested on.

    Raises:
        InputError: there is no Label Studio at `url`, or it refuses the key.
    """
    if not re.fullmatch(r"https?://\S+", url):
        raise InputError(f"{url}: not the address of a server; expected http://host:port.")
    if not re.fullmatch("[!-~]+", key):
        raise InputError("the server's key is not printable ASCII; check LABEL_STUDIO_API_KEY.")
    release = read_version(url)
    if tuple(map(int, re.findall(r"\d+", release)[:2])) != MEASURED:
        known = ".".join(map(str, MEASURED))
        warn(f"{url} is Label Studio {release}; this was tested on {known}.")
    with plain_errors(url):
        client = LabelStudio(base_url=url, api_key=key, timeout=TIMEOUT)
        client.users.whoami()
    return client


def read_version(url: str) -> str:
    """The release of the server at `url`, such as `1.23.2`; that needs no key.

    Raises:
        InputError: nothing answers, or what does is no Label Studio of version 1 or later.
    """
    release = None
    try:
        with urlopen(f"{url}/api/version", timeout=TIMEOUT) as answer:
            release = json.load(answer)["release"]
    except (HTTPError, HTTPException, ValueError, KeyError, TypeError):
        pass
    except OSError as error:
        raise _name_silence(url, error) from None
    if not isinstance(release, str) or not re.match(r"[1-9]\d*\.\d", release):
        raise InputError(
            f"{url}: what answers there is no Label Studio of version 1 or later; "
            "check the address, or bring the server up to date."
        )
    return release


class RefusalError(InputError):
    """The server answered with an error, whose number is `status`."""

    def __init__(self, message: str, status: int | None):
        super().__init__(message)
        self.status = status


@contextmanager
def plain_errors(url: str, reasons: Mapping[int, str] = _REASONS) -> Iterator[None]:
    """Whatever a request to the server at `url` may raise, as an `InputError` without its text.

    Args:
        reasons: what an HTTP status means here, in the words that follow "the server".

    Raises:
        RefusalError: the server answered with an error.
        InputError: it did not answer, or not as Label Studio does.
    """
    try:
        yield
    except ApiError as error:
        status = error.status_code
        reason = {**_REASONS, **reasons}.get(status, f"answered with status {status}; see its log")
        raise RefusalError(f"{url}: the server {reason}.", status) from None
    except (ParsingError, json.JSONDecodeError):
        raise InputError(
            f"{url}: the server's answer is not what Label Studio {'.'.join(map(str, MEASURED))} "
            "says; check the address and its version."
        ) from None
    except Exception as error:
        # httpx errors derive from Exception alone, and httpx is the SDK's affair, not ours.
        room = type(error).__module__.partition(".")[0]
        if not isinstance(error, OSError) and room not in ("httpx", "httpcore"):
            raise
        raise _name_silence(url, error) from None


def _name_silence(url: str, error: Exception) -> InputError:
    name = type(getattr(error, "reason", error)).__name__
    return InputError(f"{url}: no answer ({name}); is it running?")


def find_project(client: LabelStudio, url: str, name: str | int) -> Any:
    """The project of that number (`3` or `"3"`) or exact title.

    Raises:
        InputError: there is none, or several of one title.
    """
    with plain_errors(url):
        if str(name).isdecimal():
            return client.projects.get(int(name))
        found = [p for p in client.projects.list(title=name) if p.title == name]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(f"{url}: no project is called {name!r}; make it with `jiqun studio push`.")
    numbers = ", ".join(str(p.id) for p in sorted(found, key=lambda p: p.id))
    raise InputError(f"{url}: the projects {numbers} are all called {name!r}; name one by number.")


def list_tasks(
    client: LabelStudio, url: str, project: int, numbers: Sequence[int] = ()
) -> list[dict[str, Any]]:
    """Every task of a project, also the unlabelled ones, by their numbers.

    One request. Each holds `id`, `data`, `meta`, whole `annotations` and `drafts`, and
    `predictions` as numbers; people are numbers, see `list_people`.

    Args:
        numbers: only these tasks, a few hundred at most, less those that are gone.
    """
    # The SDK's own parameter for that has no effect on the server.
    only = {"additional_query_parameters": {"ids[]": list(numbers)}} if numbers else None
    with plain_errors(url):
        chunks = client.projects.exports.download_sync(
            project,
            export_type="JSON",
            download_all_tasks=True,
            download_resources=False,
            request_options=only,
        )
        tasks = json.loads(b"".join(chunks))
    return sorted(tasks, key=lambda task: task["id"])


def list_people(client: LabelStudio, url: str) -> dict[int, str]:
    """The e-mail address of each account by its number."""
    with plain_errors(url):
        return {user.id: user.email for user in client.users.list()}


def is_labelled(task: dict[str, Any]) -> bool:
    """Whether people have worked on a task: an annotation, also a skipped one, or a draft."""
    return bool(task.get("annotations") or task.get("drafts"))
