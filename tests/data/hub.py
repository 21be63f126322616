"""A stand-in of the Hugging Face Hub on loopback: the part of its HTTP API that `push_to_hub` and
`load_dataset` of datasets 3, 4 and 5 call for data set repositories, files kept in memory.

It answers as the Hub does to a client without Xet: README.md goes into the commit, parquet through
Git LFS and back over a redirect. What these calls do not need is left out: private repositories,
branches, pull requests, deleting, pages of long listings, judging the front matter. A call to a
route that is not here gets 404 and is noted in `Hub.unknown`.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit

DATE = "2024-01-01T00:00:00.000Z"
ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n"


@dataclass(frozen=True)
class File:
    """A file's content, and whether the repository keeps it through Git LFS."""

    data: bytes
    lfs: bool

    @cached_property
    def blob(self) -> str:
        """What Git would store: of an LFS file, the pointer to it."""
        data = self.pointer if self.lfs else self.data
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pointer(self) -> bytes:
        version = "version https://git-lfs.github.com/spec/v1"
        return f"{version}\noid sha256:{self.sha256}\nsize {len(self.data)}\n".encode()

    def describe(self, path: str) -> dict:
        about = {"type": "file", "path": path, "size": len(self.data), "oid": self.blob}
        if self.lfs:
            size = len(self.pointer)
            about["lfs"] = {"oid": self.sha256, "size": len(self.data), "pointerSize": size}
        return about


@dataclass
class Repo:
    """A data set repository: its commits on main, each the whole tree."""

    commits: dict[str, dict[str, File]] = field(default_factory=dict)
    head: str = ""

    def commit(self, files: dict[str, File]) -> str:
        tree = "".join(f"{path} {file.blob}\n" for path, file in sorted(files.items()))
        self.head = hashlib.sha1(f"{self.head}\n{tree}".encode()).hexdigest()
        self.commits[self.head] = files
        return self.head

    def at(self, revision: str) -> tuple[str, dict[str, File]]:
        oid = self.head if revision == "main" else revision
        if oid not in self.commits:
            raise Refusal(404, f"No revision {revision}", "RevisionNotFound")
        return oid, self.commits[oid]


class Refusal(Exception):
    """An answer other than success; `code` is what clients tell one 404 from another by."""

    def __init__(self, status: int, message: str, code: str = "", **more: str):
        super().__init__(message)
        self.status, self.code, self.more = status, code, more


@dataclass
class Hub:
    """What the server keeps: repositories by `owner/name`, LFS content by its sha256."""

    token: str
    url: str = ""
    repos: dict[str, Repo] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def storage(self) -> str:
        """Where LFS content is: under another host name, since clients follow no redirect of a
        HEAD request that leaves the Hub, but take what it says."""
        return self.url.replace("127.0.0.1", "localhost") + "/lfs"

    def repo(self, name: str) -> Repo:
        if name not in self.repos:
            raise Refusal(404, "Repository not found", "RepoNotFound")
        return self.repos[name]


ROUTES: list[tuple[str, re.Pattern[str], str]] = []


def route(method: str, pattern: str):
    """Register a handler's method for paths like `pattern`, where `{path}` may hold slashes."""
    pattern = pattern.replace("{path}", "(?P<path>.*)").replace("{name}", "(?P<name>[^/]+/[^/]+?)")
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)

    def register(function):
        ROUTES.append((method, re.compile(pattern), function.__name__))
        return function

    return register


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body in one packet; two make the client wait
    hub: Hub

    @route("POST", "/api/repos/create")
    def create(self, body: bytes) -> None:
        asked = json.loads(body)
        if asked.get("type") != "dataset":
            raise Refusal(400, "only data sets are kept here")
        name = f"{asked.get('organization') or 'tester'}/{asked['name']}"
        url = f"{self.hub.url}/datasets/{name}"
        if name in self.hub.repos:
            raise Refusal(409, "You already created this dataset repo", url=url)
        self.hub.repos[name] = Repo()
        self.hub.repos[name].commit({".gitattributes": File(ATTRIBUTES, lfs=False)})
        self.answer({"url": url, "name": name})

    @route("GET", "/api/datasets/{name}")
    def info_of_main(self, body: bytes, name: str) -> None:
        self.info(body, name, "main")

    @route("GET", "/api/datasets/{name}/revision/{revision}")
    def info(self, body: bytes, name: str, revision: str) -> None:
        oid, files = self.hub.repo(name).at(revision)
        about = {"id": name, "author": name.split("/")[0], "sha": oid, "lastModified": DATE}
        about |= {"private": False, "gated": False, "disabled": False, "tags": []}
        self.answer(about | {"siblings": [{"rfilename": path} for path in sorted(files)]})

    @route("GET", "/api/datasets/{name}/tree/{revision}(?:/{path})?")
    def tree(self, body: bytes, name: str, revision: str, path: str | None) -> None:
        _, files = self.hub.repo(name).at(revision)
        prefix = f"{path}/" if path else ""
        below = list_tree({p: file for p, file in files.items() if p.startswith(prefix)})
        if prefix and not below:
            raise Refusal(404, f"{path} does not exist", "EntryNotFound")
        if self.query.get("recursive", ["false"])[0].lower() != "true":
            below = {p: about for p, about in below.items() if "/" not in p[len(prefix) :]}
        self.answer([about for p, about in sorted(below.items()) if p.startswith(prefix)])

    @route("POST", "/api/datasets/{name}/preupload/{revision}")
    def preupload(self, body: bytes, name: str, revision: str) -> None:
        _, files = self.hub.repo(name).at(revision)
        modes = []
        for asked in json.loads(body)["files"]:
            path = asked["path"]
            mode = "lfs" if path.endswith(".parquet") else "regular"
            mode = {"path": path, "uploadMode": mode, "shouldIgnore": False}
            modes.append(mode | ({"oid": files[path].blob} if path in files else {}))
        self.answer({"files": modes})

    @route("POST", "/datasets/{name}.git/info/lfs/objects/batch")
    def batch(self, body: bytes, name: str) -> None:
        self.hub.repo(name)
        objects = []
        for asked in json.loads(body)["objects"]:
            made = {"oid": asked["oid"], "size": asked["size"]}
            if asked["oid"] not in self.hub.blobs:
                made["actions"] = {"upload": {"href": f"{self.hub.storage}/{asked['oid']}"}}
            objects.append(made)
        self.answer({"transfer": "basic", "objects": objects})

    @route("PUT", "/lfs/{oid}")
    def store(self, body: bytes, oid: str) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            raise Refusal(400, "the content is not what its name says")
        self.hub.blobs[oid] = body
        self.send(200)

    @route("GET", "/lfs/{oid}")
    def fetch(self, body: bytes, oid: str) -> None:
        if oid not in self.hub.blobs:
            raise Refusal(404, "no such object")
        self.send_file(self.hub.blobs[oid], {"ETag": f'"{oid}"'})

    @route("POST", "/api/validate-yaml")
    def validate(self, body: bytes) -> None:
        self.answer({"errors": [], "warnings": []})

    @route("POST", "/api/datasets/{name}/commit/main")
    def commit(self, body: bytes, name: str) -> None:
        repo = self.hub.repo(name)
        files = dict(repo.commits[repo.head])
        for line in body.splitlines():
            operation = json.loads(line)
            kind, value = operation["key"], operation["value"]
            if kind == "header":
                if value.get("parentCommit", repo.head) != repo.head:
                    raise Refusal(412, "A commit has happened since. Please refresh and try again.")
            elif kind == "file":
                files[value["path"]] = File(base64.b64decode(value["content"]), lfs=False)
            elif kind == "lfsFile":
                if value["oid"] not in self.hub.blobs:
                    raise Refusal(400, f"{value['path']} was not uploaded before its commit")
                files[value["path"]] = File(self.hub.blobs[value["oid"]], lfs=True)
            else:
                raise Refusal(400, f"{kind} is not kept here")
        oid = repo.commit(files)
        url = f"{self.hub.url}/datasets/{name}/commit/{oid}"
        self.answer({"success": True, "commitOid": oid, "commitUrl": url, "hookOutput": ""})

    @route("GET", "/datasets/{name}/resolve/{revision}/{path}")
    def resolve(self, body: bytes, name: str, revision: str, path: str) -> None:
        oid, files = self.hub.repo(name).at(revision)
        if path not in files:
            raise Refusal(404, "Entry not found", "EntryNotFound")
        file, headers = files[path], {"X-Repo-Commit": oid}
        if not file.lfs:
            self.send_file(file.data, {"ETag": f'"{file.blob}"', **headers})
            return
        headers["Location"] = f"{self.hub.storage}/{file.sha256}"
        headers["X-Linked-Etag"] = f'"{file.sha256}"'
        self.send(302, headers=headers | {"X-Linked-Size": str(len(file.data))})

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        url = urlsplit(self.path)
        path, self.query = unquote(url.path), parse_qs(url.query)
        method = "GET" if self.command == "HEAD" else self.command
        try:
            for asked, pattern, name in ROUTES:
                if asked == method and (match := pattern.fullmatch(path)):
                    self.check_token(path)
                    with self.hub.lock:
                        getattr(self, name)(body, **match.groupdict())
                    return
            self.hub.unknown.append(f"{self.command} {self.path}")
            raise Refusal(404, "no such route")
        except Refusal as refusal:
            headers = {"X-Error-Message": str(refusal)}
            if refusal.code:
                headers["X-Error-Code"] = refusal.code
            body = json.dumps({"error": str(refusal), **refusal.more}).encode()
            self.send(refusal.status, body, headers)

    do_GET = do_HEAD = do_POST = do_PUT = serve

    def check_token(self, path: str) -> None:
        """Writing needs the token; storage, which is not the Hub's own, refuses to be told it."""
        sent = self.headers["Authorization"]
        if path.startswith("/lfs/") and sent:
            raise Refusal(400, "Only one auth mechanism allowed")
        if self.command == "POST" and sent != f"Bearer {self.hub.token}":
            raise Refusal(401, "Invalid credentials in Authorization header")

    def answer(self, value: object) -> None:
        self.send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def send_file(self, data: bytes, headers: dict[str, str]) -> None:
        headers = {"Accept-Ranges": "bytes", **headers}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["Range"] or "")
        if not asked:
            self.send(200, data, headers)
            return
        start, last = int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)
        if start > last:
            raise Refusal(416, "the range starts behind the end")
        headers["Content-Range"] = f"bytes {start}-{last}/{len(data)}"
        self.send(206, data[start : last + 1], headers)

    def send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(HTTPStatus(status))
        for key, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: what went wrong, the client reports."""


def list_tree(files: dict[str, File]) -> dict[str, dict]:
    """Files and the folders that hold them, by path, as the Hub describes them."""
    entries = {path: file.describe(path) for path, file in files.items()}
    for path in files:
        while "/" in path:
            path = path.rsplit("/", 1)[0]
            oid = hashlib.sha1(path.encode()).hexdigest()
            entries[path] = {"type": "directory", "path": path, "size": 0, "oid": oid}
    return entries


@contextmanager
def serve_hub(token: str) -> Iterator[Hub]:
    """A Hub on a free port of loopback, empty, stopped at the end."""
    hub = Hub(token)
    handler = type("HubHandler", (Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
