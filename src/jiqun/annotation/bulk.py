"""Many exported tasks, fast: the checks of `choose_gold` on what a typed decoder gives.

A task that is plainly right passes here. All others go to `choose_gold`, which decides and has the
words for what is wrong.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, Literal, TypeVar

import msgspec

from ..errors import InputError
from ..files import decode, parse_json, read_bytes, read_json
from ..scheme import Scheme
from ..seeds.align import covers
from ..spans import Tagged, Tagset
from .export import choose_gold, is_earlier
from .tasks import hash_text

_Label = TypeVar("_Label")


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


def read_tagged(source: Path | str, scheme: Scheme) -> Iterator[Tagged]:
    """The gold of an export: a folder with a file a task, or one file that lists them.

    Yields:
        articles, their tags numbered as by `Tagset(scheme.names)`.

    Raises:
        InputError: there is no task, the file is no JSON, or what `read_labelled` raises of a task.
    """
    decoder = msgspec.json.Decoder(_Task[Literal[tuple(scheme.names)]])
    tagset = Tagset(scheme.names)
    for place, data in _list_tasks(Path(source)):
        tagged = _read(data, decoder, tagset)
        if tagged is None:
            task = parse_json(decode(bytes(data), place), place)
            tagged = tagset.tag(choose_gold(task, place, scheme)[0])
        yield tagged


def _list_tasks(source: Path) -> Iterator[tuple[str, bytes | msgspec.Raw]]:
    """The tasks of an export as JSON, each with its place.

    Tasks of earlier texts, which a pull keeps beside an article's own, are passed over.
    """
    if source.is_dir():
        # Paths as strings: there are thousands. The name of an earlier text's has a second dot.
        names = (name for name in os.listdir(source) if name.endswith(".json"))
        names = sorted(n for n in names if n.count(".") == 1 or not is_earlier(source / n))
        if not names:
            raise InputError(f"{source}: no labelled .json file in this folder; name another.")
        for name in names:
            path = os.path.join(source, name)
            yield path, read_bytes(path)
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


def _read(
    data: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[_Task], tagset: Tagset
) -> Tagged | None:
    """The gold of a task that is plainly right."""
    try:
        task = decoder.decode(data)
    # Strings are decoded when they are needed, and then may be no UTF-8.
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
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
    if [text[v.start : v.end] for v in values] != [v.text for v in values]:
        return None
    # People mark in any order.
    rows = sorted([(v.start, v.end, v.labels[0]) for v in values])
    try:
        return Tagged(task.data.article, text, tagset.encode(rows, len(text)))
    except ValueError:
        return None
