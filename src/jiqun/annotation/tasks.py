"""Label Studio tasks made from restored articles, in Label Studio's own JSON."""

import hashlib
from collections.abc import Sequence
from typing import Any

from ..seeds.restore import Article
from ..spans import Document, Span
from .condition import describe_condition
from .config import FROM_NAME, TO_NAME


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


def hash_text(text: str) -> str:
    """The sha256 of a text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def make_result(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Spans as the regions of a Label Studio annotation or prediction.

    Raises:
        ValueError: the spans overlap or leave the text.
    """
    document = Document("", text, tuple(spans))
    return [
        {
            "id": f"{span.start}-{span.end}",
            "from_name": FROM_NAME,
            "to_name": TO_NAME,
            "type": "labels",
            "value": {
                "start": span.start,
                "end": span.end,
                "text": document.surface(span),
                "labels": [span.label],
            },
        }
        for span in document.spans
    ]


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
