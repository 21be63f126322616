"""Reading what users name, and writing so that nothing is ever half-written."""

import codecs
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import yaml

from .errors import InputError


def read_bytes(path: Path | str) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: the file is missing or cannot be read.
    """
    try:
        # Read in one go; of a folder with thousands of files, a buffer would cost a third.
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path.") from None


def decode(data: bytes, name: Path | str) -> str:
    """UTF-8 bytes as text, line ends as they are.

    Raises:
        InputError: the bytes are empty (white space counts as empty) or not UTF-8.
    """
    text = "".join(decode_blocks([data], name))
    if not text.strip():
        raise InputError(f"{name}: the file is empty; expected the text of an article.")
    return text


def decode_blocks(blocks: Iterable[bytes], name: Path | str) -> Iterator[str]:
    """UTF-8 bytes that come in blocks, cut anywhere, as text.

    Raises:
        InputError: they are not UTF-8.
    """
    decoder, read = codecs.getincrementaldecoder("utf-8")(), 0
    for block in chain(blocks, [b""]):
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}: byte {read - pending + error.start} is not UTF-8; "
                "convert the file to UTF-8 first."
            ) from None
        yield text
        read += len(block)


def read_text(path: Path | str) -> str:
    """A UTF-8 file as text, line ends as they are; raises what `read_bytes` and `decode` raise."""
    return decode(read_bytes(path), path)


def read_yaml(path: Path | str) -> object:
    """A YAML file as plain Python data.

    Raises:
        InputError: the file is missing, empty, not UTF-8 or not YAML.
    """
    return parse_yaml(read_text(path), path)


def parse_yaml(text: str, name: Path | str) -> object:
    """YAML as plain Python data.

    Raises:
        InputError: it is not YAML; `name` says where it stands.
    """
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "somewhere"
        problem = getattr(error, "problem", None) or "malformed"
        raise InputError(f"{name}: not valid YAML at {where} ({problem}); correct it.") from None


def read_json(path: Path | str) -> object:
    """A JSON file as plain Python data.

    Raises:
        InputError: the file is missing, empty, not UTF-8 or not JSON.
    """
    return parse_json(read_text(path), path)


def parse_json(text: str, name: Path | str) -> object:
    """JSON as plain Python data.

    Raises:
        InputError: it is not JSON; `name` says where it stands.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}: not valid JSON at line {error.lineno} ({error.msg}); correct it."
        ) from None


def read_json_lines(path: Path | str) -> Iterator[object]:
    """The values of a JSON Lines file, an empty line skipped.

    Raises:
        InputError: the file is missing, empty, not UTF-8, or a line is not JSON.
    """
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(
                    f"{path}: line {number} is not valid JSON ({error.msg}); correct it."
                ) from None


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` if the block succeeds.

    Missing parent folders are made. If the block raises, `path` stays as it was.

    Raises:
        InputError: the folder cannot be made or written to.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}).") from None
    os.close(handle)
    beside = Path(beside)
    try:
        yield beside
        # mkstemp makes private files; what we write is as public as the umask allows.
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path | str, text: str) -> None:
    """Write UTF-8 text at once or not at all, line ends as they are."""
    with replacing(path) as beside:
        beside.write_bytes(text.encode("utf-8"))


def to_json(value: object, indent: int | None = None) -> str:
    """JSON as this project writes it: Chinese readable, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, indent=indent)
