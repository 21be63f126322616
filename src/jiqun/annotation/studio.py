"""A Label Studio server, wherever it runs: who may speak to it, its projects and their tasks.

Keys come from the environment or the server's own database, and no message of the server's is
passed on whole (its errors carry session cookies).
"""

import json
import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
from label_studio_sdk import LabelStudio
from label_studio_sdk.core.api_error import ApiError

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
        client = LabelStudio(base_url=url, api_key=key, timeout=TIMEOUT, httpx_client=_open(url))
        if not isinstance(client.users.whoami().id, int):
            raise _name_misfit(url)
    return client


def read_version(url: str) -> str:
    """The release of the server at `url`, such as `1.23.2`; that needs no key.

    Raises:
        InputError: nothing answers, or what does is no Label Studio of version 1 or later.
    """
    release = None
    with plain_errors(url), _open(url) as http:
        answer = http.get(f"{url}/api/version")
        with suppress(ValueError, KeyError, TypeError):
            release = answer.json()["release"]
    if not isinstance(release, str) or not re.match(r"[1-9]\d*\.\d", release):
        raise InputError(
            f"{url}: what answers there is no Label Studio of version 1 or later; "
            "check the address, or bring the server up to date."
        )
    return release


def _open(url: str) -> httpx.Client:
    # A proxy in the environment is for other machines, and this one's key is not for it.
    host = urlsplit(url).hostname or ""
    here = host in ("localhost", "::1") or host.startswith("127.")
    try:
        return httpx.Client(timeout=TIMEOUT, follow_redirects=True, trust_env=not here)
    except ImportError:
        raise InputError(
            "the environment names a SOCKS proxy; unset it, or `pip install socksio`."
        ) from None


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
    except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        name = type(error).__name__
        raise InputError(f"{url}: no answer ({name}); is it running?") from None
    except Exception as error:
        if not isinstance(error, json.JSONDecodeError) and not _comes_from_sdk(error):
            raise
        raise _name_misfit(url) from None


def _comes_from_sdk(error: Exception) -> bool:
    """Whether the SDK was at work, which fails in many ways on answers that it does not know."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(str(f.f_globals.get("__name__")).startswith("label_studio_sdk.") for f in frames)


def _name_misfit(url: str) -> InputError:
    return InputError(
        f"{url}: the server's answer is not what Label Studio {'.'.join(map(str, MEASURED))} "
        "says; check the address and its version."
    )


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
    if not isinstance(tasks, list):
        raise _name_misfit(url)
    return sorted(tasks, key=lambda task: task["id"])


def list_people(client: LabelStudio, url: str) -> dict[int, str]:
    """The e-mail address of each account by its number."""
    with plain_errors(url):
        return {user.id: user.email for user in client.users.list()}


def is_labelled(task: dict[str, Any]) -> bool:
    """Whether people have worked on a task: an annotation, also a skipped one, or a draft."""
    return bool(task.get("annotations") or task.get("drafts"))
