"""A Label Studio server on this machine alone.

It lives in an environment of its own; the toolkit speaks to it over HTTP (see `studio`). Its first
start makes an account and a key. The key stands in the server's database and nowhere else.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.request import ProxyHandler, build_opener

from ..errors import InputError
from ..files import to_json, write_text

START_TIMEOUT = 480.0
"""Seconds a first start may take; most of it goes into making the database."""

USER = "annotator@localhost.local"
SHORTEST_PASSWORD = 8
_DATABASE, _LOG = "label_studio.sqlite3", "server.log"
_RUNNING, _LOCK = "server.json", "server.lock"
# What else stands in the environment is not the server's: it would take PORT, HOST or PASSWORD.
_KEPT = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TMPDIR", "TZ")
# Its login page would have the server fetch tips from GitHub: whatever wants to leave this machine
# is sent to a port where nothing listens.
_NOWHERE = "http://127.0.0.1:9"
_QUIET = {
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "LATEST_VERSION_CHECK": "false",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "NO_PROXY": "127.0.0.1,localhost",
    **{name: _NOWHERE for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")},
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address, its process, and the account that was made first."""

    url: str
    process: subprocess.Popen[bytes]
    user: str


@contextmanager
def serve(
    executable: Path | str,
    folder: Path | str,
    port: int,
    user: str = USER,
    password: str | None = None,
    key: str | None = None,
) -> Iterator[Server]:
    """A Label Studio on the loopback interface for the length of the block.

    While it runs, `folder/server.json` holds its address and the number of its process.

    Args:
        executable: the `label-studio` of its own environment.
        folder: where the server keeps its data; made if missing, and closed to other accounts of
            this machine.
        port: a free port.
        user, password: of the account that a first start makes; later starts need no password.
        key: of that account, 40 characters, random if None; later starts only compare it.

    Raises:
        InputError: there is no such program, it does not come up or ends by itself, the port or
            the folder is taken, or a first start lacks a password.
    """
    folder = Path(folder).resolve()
    _prepare(folder)
    with (folder / _LOCK).open("wb") as lock:
        if not _take(lock):
            where = _read_running(folder).get("url", "another port")
            raise InputError(f"{folder}: a Label Studio runs on it already, at {where}.")
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _QUIET
        environment |= {
            "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "share"),
        }
        keys = _read_keys(folder)
        if keys:
            user = next(iter(keys))
            if key is not None and key not in keys.values():
                raise InputError(
                    f"{folder}: its database was made with another key than LABEL_STUDIO_API_KEY; "
                    "unset that, and let push, pull and status read the key with --folder."
                )
        else:
            _check_account(folder, user, password, key)
            environment |= {
                "LABEL_STUDIO_USERNAME": user,
                "LABEL_STUDIO_PASSWORD": password,
                "LABEL_STUDIO_USER_TOKEN": key or secrets.token_hex(20),
            }
        process = _start(executable, folder, port, environment, lock)
        url, log = f"http://127.0.0.1:{port}", folder / _LOG
        try:
            write_text(folder / _RUNNING, to_json({"url": url, "pid": process.pid}) + "\n")
            deadline = time.monotonic() + START_TIMEOUT
            while not is_up(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise InputError(f"Label Studio did not come up; see {log}.")
                time.sleep(0.1)
            yield Server(url, process, user)
        finally:
            _end(process)
            (folder / _RUNNING).unlink(missing_ok=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started, gently if it will."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        # The program may be a wrapper that waits for the server; both are of one group.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
            return


def is_up(url: str) -> bool:
    """Whether a Label Studio at `url` says that it is well."""
    try:
        # A proxy in the environment is for other machines.
        with build_opener(ProxyHandler({})).open(f"{url}/health", timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def read_address(folder: Path | str) -> tuple[str, str]:
    """The address and the key of the server that runs on a folder.

    Raises:
        InputError: none runs there.
    """
    folder = Path(folder)
    url, keys = _read_running(folder).get("url"), _read_keys(folder)
    if url is None or not keys:
        raise InputError(f"{folder}: no Label Studio runs on it; run `jiqun studio start`.")
    return url, next(iter(keys.values()))


def has_account(folder: Path | str) -> bool:
    """Whether a first start has made the account."""
    return bool(_read_keys(Path(folder)))


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        strangers = any(folder.iterdir()) and not (folder / _LOCK).exists()
        if strangers and not (folder / _DATABASE).exists():
            raise InputError(f"{folder}: holds other files; name a new or an empty folder.")
        folder.chmod(0o700)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be this server's own folder ({error.strerror}); name another."
        ) from None


def _take(lock: IO[bytes]) -> bool:
    """Lock a file for as long as this process or the server, which inherits it, is there."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read_running(folder: Path) -> dict[str, str | int]:
    """What the file of a running server says; nothing once it is gone, however it went."""
    try:
        with (folder / _LOCK).open("rb") as lock:
            return {} if _take(lock) else json.loads((folder / _RUNNING).read_bytes())
    except (OSError, ValueError):
        return {}


def _read_keys(folder: Path) -> dict[str, str]:
    """The key of each account by its e-mail address, the first account first."""
    path = folder / _DATABASE
    if not path.is_file():
        return {}
    query = (
        "SELECT email, key FROM htx_user JOIN authtoken_token ON user_id = htx_user.id "
        "ORDER BY htx_user.id"
    )
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return dict(database.execute(query))
    except sqlite3.OperationalError as error:
        # A first start that was cut off left a database without accounts.
        if "no such table" in str(error):
            return {}
        raise InputError(f"{path}: cannot be read ({error}).") from None
    except sqlite3.DatabaseError:
        raise InputError(f"{path}: not a database of Label Studio; name another folder.") from None


def _check_account(folder: Path, user: str, password: str | None, key: str | None) -> None:
    if "@" not in user:
        raise InputError(f"--user {user}: Label Studio's page takes an e-mail address only.")
    if password is None:
        raise InputError(
            f"{folder}: the first start makes an account; put its password in "
            "LABEL_STUDIO_PASSWORD, or start at a terminal."
        )
    if len(password) < SHORTEST_PASSWORD:
        raise InputError(f"the password is too short; Label Studio wants {SHORTEST_PASSWORD}.")
    if key is not None and not (len(key) == 40 and key.isascii() and key.isalnum()):
        raise InputError("LABEL_STUDIO_API_KEY is not 40 letters and digits; correct or unset it.")


def _start(
    executable: Path | str, folder: Path, port: int, environment: dict[str, str], lock: IO[bytes]
) -> subprocess.Popen[bytes]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise InputError(f"port {port} is taken; name a free one with --port.") from None
    command = [str(executable), "start", "--no-browser"]
    command += ["--internal-host", "127.0.0.1", "--port", str(port)]
    with (folder / _LOG).open("ab") as output:
        try:
            # In a session of its own Ctrl-C reaches us alone, and we stop it.
            return subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[lock.fileno()],
                start_new_session=True,
            )
        except OSError:
            raise InputError(
                f"{executable}: no Label Studio there; install it with `make .venv-studio/done`."
            ) from None
