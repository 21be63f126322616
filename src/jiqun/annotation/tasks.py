"""Label Studio tasks made from restored articles, in Label Studio's own JSON."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..errors import InputError
from ..files import read_json
from ..seeds.restore import Article
from ..spans import Document, Span
from .condition import describe_condition
from .config import FROM_NAME, TO_NAME

SUSPECTS, SUSPICION = "suspects", "suspicion"
"""Fields of a task's data that an audit adds: its suspects in words, their greatest score."""


def make_task(article: Article) -> dict[str, Any]:
    """A task that shows `article`; its `meta` carries the way back to raw.

    The text must not change once people have labelled it, so the task holds its hash, and the
    alignment with which spans are carried to a better restoration later.
    """
    meta = article.meta
    # Not `source`: Label Studio's page shows the whole task for a field of that name.
    dateline = " · ".join(filter(None, (meta.get("publisher"), meta.get("date"))))
    return {
        "data": {
            "text": article.text,
            "title": meta.get("title") or article.id,
            "dateline": dateline or "—",
            "damage": describe_condition(article),
            "article": article.id,
        },
        "meta": {
            "text_sha256": hash_text(article.text),
            "raw_sha256": hash_text(article.raw),
            "alignment": article.alignment.segments(),
        },
    }


def read_tasks(path: Path | str) -> list[dict[str, Any]]:
    """The tasks of a file that `jiqun tasks` or `jiqun export label-studio` wrote.

    Raises:
        InputError: the file holds something else, or a text that is not the one its hash says.
    """
    found = read_json(path)
    tasks = found if isinstance(found, list) else [found]
    for number, task in enumerate(tasks, 1):
        try:
            data, expected = task["data"], task["meta"]["text_sha256"]
            whole = isinstance(data["article"], str) and hash_text(data["text"]) == expected
        except (TypeError, KeyError, AttributeError, ValueError):
            whole = False
        if not whole:
            raise InputError(
                f"{path}: task {number} is not as `jiqun tasks` makes it; make the file again."
            )
    return tasks


def hash_text(text: str) -> str:
    """The sha256 of a text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def make_region(span: Span, surface: str) -> dict[str, Any]:
    """A region of Label Studio that marks the characters `surface`."""
    value = {"start": span.start, "end": span.end, "text": surface, "labels": [span.label]}
    name = f"{span.start}-{span.end}"
    head = {"id": name, "from_name": FROM_NAME, "to_name": TO_NAME, "type": "labels"}
    return head | {"value": value}


def make_result(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Spans as the regions of a Label Studio annotation or prediction.

    Raises:
        ValueError: the spans overlap or leave the text.
    """
    document = Document("", text, tuple(spans))
    return [make_region(span, document.surface(span)) for span in document.spans]


def add_annotation(task: dict[str, Any], spans: Sequence[Span]) -> dict[str, Any]:
    """A copy of `task` that holds `spans` as a finished annotation."""
    return {**task, "annotations": [{"result": make_result(task["data"]["text"], spans)}]}


def add_prediction(
    task: dict[str, Any], spans: Sequence[Span], scores: Sequence[float], model_version: str
) -> dict[str, Any]:
    """A copy of `task` with `spans` as pre-labels.

    Each region carries the score of its span; the prediction's own score is the lowest of them
    (1 without spans), so that Label Studio can show the most doubtful tasks first.
    """
    result = make_result(task["data"]["text"], spans)
    for region, score in zip(result, scores, strict=True):
        region["score"] = round(float(score), 4)
    score = min((region["score"] for region in result), default=1.0)
    prediction = {"model_version": model_version, "score": score, "result": result}
    return {**task, "predictions": [prediction]}


def list_labels(label_config: str) -> list[str]:
    """The labels of a config by the names that they have in the data."""
    labels = ElementTree.fromstring(label_config).iter("Label")
    return [label.get("alias") or label.get("value") for label in labels]


def check_tasks(tasks: Sequence[dict[str, Any]], label_config: str) -> None:
    """Refuse tasks that Label Studio would take and then choke on, or show wrongly.

    Raises:
        InputError: something is no task, lacks data that the config shows, is not the text its hash
            says, stands twice, holds half of a surrogate pair, or has a region outside of its text,
            without an id of its own or with a control or label that the config lacks.
    """
    fields = set(re.findall(r'"\$(\w+)"', label_config)) | {"article"}
    labels, seen = set(list_labels(label_config)), set()
    controls = ElementTree.fromstring(label_config).iter("Labels")
    known = {(control.get("name"), control.get("toName")) for control in controls}
    for number, task in enumerate(tasks, 1):
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict):
            raise InputError(f"task {number} has no data; make tasks with `jiqun tasks`.")
        for name in sorted(fields):
            if not isinstance(data.get(name), str) or not data[name]:
                raise InputError(
                    f"task {number} has no {name} in its data; make tasks with `jiqun tasks`."
                )
        article, where = data["article"], f"task {number} ({data['article']!r})"
        if article in seen:
            raise InputError(f"{where}: the article stands twice; leave one task of it.")
        seen.add(article)
        for fault in _find_faults(task, known, labels):
            raise InputError(f"{where}: {fault}.")


def _find_faults(
    task: dict[str, Any], controls: set[tuple[str | None, str | None]], labels: set[str]
) -> Iterator[str]:
    text = task["data"]["text"]
    try:
        json.dumps(task, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError:
        yield "it holds half of a surrogate pair, which is no character; take it out"
    except (TypeError, ValueError):
        yield "it holds a value that JSON has no form for, such as NaN; correct it"
    if (task.get("meta") or {}).get("text_sha256", hash_text(text)) != hash_text(text):
        yield "its text is not the one its text_sha256 says; make it again"
    for kind in ("predictions", "annotations"):
        for one in task.get(kind) or ():
            if not isinstance(one, dict) or not isinstance(one.get("result"), list):
                yield f"one of its {kind} has no result"
                continue
            if kind == "predictions" and not isinstance(one.get("model_version"), str):
                yield "one of its predictions has no model_version"
            if not all(isinstance(region, dict) for region in one["result"]):
                yield f"one of its {kind} holds something that is no region"
                continue
            regions = [r for r in one["result"] if r.get("type") == "labels"]
            names = [region.get("id") for region in regions]
            if len(set(names)) < len(names) or not all(isinstance(n, str) and n for n in names):
                yield f"the regions of its {kind} need ids of their own, which are strings"
            for region in regions:
                if (region.get("from_name"), region.get("to_name")) not in controls:
                    yield f"a region is of {region.get('from_name')!r}, which the config lacks"
                yield from _find_region_faults(region, text, labels)


def _find_region_faults(region: dict[str, Any], text: str, labels: set[str]) -> Iterator[str]:
    value = region.get("value") or {}
    start, end, named = value.get("start"), value.get("end"), value.get("labels")
    whole = type(start) is int and type(end) is int
    if not whole or not 0 <= start < end <= len(text):
        yield f"a region marks {start}:{end}, outside its text of {len(text)} characters"
    elif value.get("text", text[start:end]) != text[start:end]:
        yield f"a region marks {text[start:end]!r} at {start}:{end}, but says {value['text']!r}"
    if not named or not isinstance(named, list) or not set(named) <= labels:
        yield f"a region has the labels {named!r}, of which the config knows not all"
