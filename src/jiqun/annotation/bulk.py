"""Many exported tasks, fast: the checks of `choose_gold` on what a typed decoder gives.

A task that is plainly right passes here. All others go to `choose_gold`, which decides and has the
words for what is wrong.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, Literal, NamedTuple, TypeVar

import msgspec

from ..errors import InputError
from ..files import decode, parse_json, read_bytes, read_json
from ..scheme import Scheme
from ..seeds.align import covers
from ..spans import Tagged, Tagset
from .export import choose_gold, is_earlier
from .tasks import hash_text

_Label = TypeVar("_Label")

# How much a share holds: tasks of a folder, bytes of a file.
_FILES, _BYTES = 125, 1 << 21
# How far behind the place where a share should end the next task is looked for.
_WINDOW = 1 << 16
# How the first task of a file opens: its first key, with the second one behind a number.
_OPENING = re.compile(rb'\s*\[\s*(\{\s*"\w+"\s*:\s*(?:\d+\s*,\s*"\w+"\s*:)?)')


# What a task needs for its gold; the decoder passes over all else. Without references back, none
# of these needs the garbage collector.
class _Value(msgspec.Struct, Generic[_Label], gc=False):
    start: int
    end: int
    text: str
    labels: tuple[_Label]


class _Region(msgspec.Struct, Generic[_Label], gc=False):
    type: Literal["labels"]
    value: _Value[_Label]


class _Annotation(msgspec.Struct, Generic[_Label], gc=False):
    result: list[_Region[_Label]]
    was_cancelled: bool | None = None
    ground_truth: bool | None = None


class _Data(msgspec.Struct, gc=False):
    text: str
    article: str


class _Meta(msgspec.Struct, gc=False):
    text_sha256: str
    alignment: list[tuple[int, int, int, int]]


class _Task(msgspec.Struct, Generic[_Label], gc=False):
    data: _Data
    meta: _Meta
    annotations: list[_Annotation[_Label]]


class Piece(NamedTuple):
    """Some tasks of a file: its bytes `start:end`, from a comma or the beginning to one or the end.

    Attributes:
        size: the bytes of the whole file.
    """

    path: Path
    start: int
    end: int
    size: int


# Paths of tasks, or a piece of the file that lists them.
Share = list[str] | Piece


def read_tagged(source: Path | str, scheme: Scheme) -> Iterator[Tagged]:
    """The gold of an export: a folder with a file a task, or one file that lists them.

    Yields:
        articles, their tags numbered as by `Tagset(scheme.names)`.

    Raises:
        InputError: there is no task, the file is no JSON, or what `read_labelled` raises of a task.
    """
    return _read_each(_list_tasks(Path(source)), scheme)


def cut(source: Path | str) -> list[Share]:
    """An export in shares, in its order.

    Where a task ends in a file is guessed: at a comma, before what the first task opens with.
    `read_share` proves it.

    Raises:
        InputError: only `read_tagged` can read this source, or say what is wrong with it.
    """
    source = Path(source)
    if source.is_dir():
        paths = _list_paths(source)
        return [paths[first : first + _FILES] for first in range(0, len(paths), _FILES)]
    # A pipe could be read but once.
    if not source.is_file() or not (size := source.stat().st_size):
        raise InputError(f"{source}: cannot be read in shares.")
    cuts = [0]
    with open(source, "rb", buffering=0) as file:
        if opening := _OPENING.match(file.read(_WINDOW)):
            pattern = re.compile(rb",\s*" + re.sub(rb"\d+", rb"\\d+", re.escape(opening[1])))
            for place in range(_BYTES, size, _BYTES):
                file.seek(place)
                found = pattern.search(file.read(_WINDOW))
                if found and place + found.start() > cuts[-1]:
                    cuts.append(place + found.start())
    # The comma between two pieces belongs to both.
    return [Piece(source, start, end + 1, size) for start, end in zip(cuts, [*cuts[1:], size - 1])]


def read_share(share: Share, scheme: Scheme) -> list[Tagged]:
    """The gold of a share, as `read_tagged` yields it.

    If every piece of a file is read, every one was cut between tasks: with brackets for the commas
    at its ends it is a list, so the pieces are one list with the commas between them.

    Raises:
        InputError: the share, or a task in it, is not sound; which, `read_tagged` tells.
    """
    if isinstance(share, list):
        return list(_read_each(((path, read_bytes(path)) for path in share), scheme))
    content, tagset = _read_piece(share), Tagset(scheme.names)
    try:
        tasks = msgspec.json.decode(content, type=list[_specify(scheme)])
        tagged = [_tag(task, tagset) for task in tasks]
        if None not in tagged:
            return tagged
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        tasks = msgspec.json.decode(content, type=list[msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise InputError(f"{share.path}: not valid JSON ({error}).") from None
    return list(_read_each(((str(share.path), task) for task in tasks), scheme))


def _read_piece(piece: Piece) -> bytearray:
    content = bytearray(piece.end - piece.start)
    with open(piece.path, "rb", buffering=0) as file:
        file.seek(piece.start)
        file.readinto(content)
    if piece.start:
        content[0] = ord("[")
    if piece.end < piece.size:
        content[-1] = ord("]")
    return content


def _list_tasks(source: Path) -> Iterator[tuple[str, bytes | msgspec.Raw]]:
    """The tasks of an export as JSON, each with its place."""
    if source.is_dir():
        yield from ((path, read_bytes(path)) for path in _list_paths(source))
        return
    try:
        tasks = msgspec.json.decode(read_bytes(source), type=list[msgspec.Raw])
    except msgspec.MsgspecError:
        content = read_json(source)
        content = content if isinstance(content, list) else [content]
        tasks = [json.dumps(task).encode() for task in content]
    if not tasks:
        raise InputError(f"{source}: lists no task; export the project again.")
    for number, task in enumerate(tasks, 1):
        yield f"{source}: task {number}", task


def _list_paths(source: Path) -> list[str]:
    """The tasks of a folder.

    Tasks of earlier texts, which a pull keeps beside an article's own, are passed over.
    """
    # Paths as strings: there are thousands. The name of an earlier text's has a second dot.
    names = (name for name in os.listdir(source) if name.endswith(".json"))
    names = sorted(n for n in names if n.count(".") == 1 or not is_earlier(source / n))
    if not names:
        raise InputError(f"{source}: no labelled .json file in this folder; name another.")
    return [os.path.join(source, name) for name in names]


def _read_each(
    tasks: Iterable[tuple[str, bytes | msgspec.Raw]], scheme: Scheme
) -> Iterator[Tagged]:
    """The gold of tasks, each with its place."""
    decoder = msgspec.json.Decoder(_specify(scheme))
    tagset = Tagset(scheme.names)
    for place, data in tasks:
        try:
            tagged = _tag(decoder.decode(data), tagset)
        # Strings are decoded when they are needed, and then may be no UTF-8.
        except (msgspec.MsgspecError, UnicodeDecodeError):
            tagged = None
        if tagged is None:
            task = parse_json(decode(bytes(data), place), place)
            tagged = tagset.tag(choose_gold(task, place, scheme)[0])
        yield tagged


def _specify(scheme: Scheme) -> type[_Task]:
    return _Task[Literal[tuple(scheme.names)]]


def _tag(task: _Task, tagset: Tagset) -> Tagged | None:
    """The gold of a task that is plainly right."""
    text, meta = task.data.text, task.meta
    finished = [a for a in task.annotations if not a.was_cancelled]
    chosen = [a for a in finished if a.ground_truth] or finished
    if (
        len(chosen) != 1
        or hash_text(text) != meta.text_sha256
        or not covers(meta.alignment, len(text))
    ):
        return None
    values = [region.value for region in chosen[0].result]
    rows = [(v.start, v.end, v.labels[0]) for v in values if text[v.start : v.end] == v.text]
    if len(rows) != len(values):
        return None
    try:
        # People mark in any order.
        return Tagged(task.data.article, text, tagset.encode(sorted(rows), len(text)))
    except ValueError:
        return None
