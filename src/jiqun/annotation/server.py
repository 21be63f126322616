"""A Label Studio server on this machine alone.

It lives in an environment of its own; the toolkit speaks to it over HTTP (see `studio`). Keys and
passwords come from the environment.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

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
